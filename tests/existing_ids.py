"""Things that exist before a side is made, by their IDs."""

from mock_engine import SUBSCRIPTION

PROVIDERS = f"{SUBSCRIPTION}/resourceGroups/rg-shared/providers"
IDENTITY = f"{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/theirs"
VAULT = f"{PROVIDERS}/Microsoft.KeyVault/vaults/theirs-policies"
ACCOUNT = f"{PROVIDERS}/Microsoft.Storage/storageAccounts/theirs"
CONTAINER = f"{ACCOUNT}/blobServices/default/containers/outbox"
WORKSPACE = f"{PROVIDERS}/Microsoft.OperationalInsights/workspaces/logs"
ROLES_VAULT = f"{PROVIDERS}/Microsoft.KeyVault/vaults/theirs-roles"
PRINCIPALS = {
    "user-assigned": "00000000-0000-0000-0000-00000000aaaa",
    "system-assigned": "00000000-0000-0000-0000-00000000dddd",
    IDENTITY: "00000000-0000-0000-0000-00000000cccc",
}
