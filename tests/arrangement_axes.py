"""The axes of an arrangement: what can be chosen, and which choices go together."""

from collections.abc import Sequence
from typing import Any

from mock_engine import SIGNATURE, SUBSCRIPTION

ELSEWHERE = "/subscriptions/00000000-0000-0000-0000-00000000000e"
OWN_SAS = (
    "?sv=2021-12-02&sr=c&sp=rawdl&st=2026-11-01T00:00:00Z&se=2027-01-31T00:00:00Z&spr=https"
    f"&sig={SIGNATURE}"
)
# Suffixes of the addresses of storage and vaults: shared facts of the three clouds.
CLOUDS = {
    "public": ("blob.core.windows.net", "vault.azure.net"),
    "usgovernment": ("blob.core.usgovcloudapi.net", "vault.usgovcloudapi.net"),
    "china": ("blob.core.chinacloudapi.cn", "vault.azure.cn"),
}


def existing(subscription: str, kind: str, name: str) -> str:
    return f"{subscription}/resourceGroups/rg-shared/providers/Microsoft.{kind}/{name}"


def account(subscription: str) -> str:
    return existing(subscription, "Storage", "storageAccounts/theirs")


def vault(subscription: str, name: str) -> str:
    return existing(subscription, "KeyVault", f"vaults/{name}")


def identity(subscription: str) -> str:
    return existing(subscription, "ManagedIdentity", "userAssignedIdentities/theirs")


AXES: dict[str, list[dict[str, Any]]] = {
    "side": [{"side": "source", "images": ["shop/web:1.4", "shop/api:2"]}, {"side": "target"}],
    "access": [
        {},
        {"sas_kind": "account"},
        {"sas": OWN_SAS, "storage": account(SUBSCRIPTION)},
        {"storage_access": "managed-identity"},
    ],
    "identity": [
        {},
        {"identity": "system-assigned"},
        {"identity": identity(SUBSCRIPTION)},
        {"identity": identity(ELSEWHERE)},
    ],
    "vault": [
        {},
        {"vault": "roles"},
        {"vault": vault(SUBSCRIPTION, "theirs-policies")},
        {"vault": vault(SUBSCRIPTION, "theirs-roles")},
        {"vault": vault(ELSEWHERE, "theirs-policies")},
    ],
    "storage": [
        {},
        {"storage": account(SUBSCRIPTION)},
        {"storage": f"{account(SUBSCRIPTION)}/blobServices/default/containers/outbox"},
        {"storage": account(ELSEWHERE)},
        {"storage": f"{account(ELSEWHERE)}/blobServices/default/containers/outbox"},
    ],
    "registry": [{}, {"create_registry": True, "location": "westeurope"}],
    "group": [
        {},
        {"resource_group": "rg-transfer"},
        {"resource_group": f"{ELSEWHERE}/resourceGroups/rg-transfer"},
    ],
    "blobs": [{}, {"blobs": "shared"}],
    "import": [
        {},
        {"import_by": "runs"},
        {"import_by": "both", "options": ["OverwriteTags", "ContinueOnErrors"]},
    ],
    "options": [
        {},
        {"options": ["OverwriteBlobs", "ContinueOnErrors"]},
        {"options": ["OverwriteTags", "DeleteSourceBlobOnSuccess"]},
    ],
    "company": [
        {},
        {"protect": True, "tags": {"owner": "platform"}},
        {"sas_policy": "block"},
        {
            "vault_addresses": ["203.0.113.0/24"],
            "log_analytics_workspace": existing(
                SUBSCRIPTION, "OperationalInsights", "workspaces/logs"
            ),
        },
    ],
    "cloud": [{"cloud": cloud} for cloud in CLOUDS],
}


def merged(row: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {key: value for part in row for key, value in part.items()}


def goes_together(row: Sequence[dict[str, Any]]) -> bool:
    """Tell whether values may be combined; what the program refuses has tests of its own."""
    values = merged(row)
    keys = [key for part in row for key in part]
    if len(keys) != len(set(keys)):
        return False
    options = values.get("options", ())
    of_source = "images" in values or "OverwriteBlobs" in options
    of_target = {"blobs", "import_by"} & values.keys() or "OverwriteTags" in options
    if of_source and (of_target or values.get("side") == "target"):
        return False
    if values.get("blobs") == "shared" and "storage" in values:
        return False
    of_a_sas = {"vault", "sas_policy", "vault_addresses"} & values.keys()
    return not (values.get("storage_access") == "managed-identity" and of_a_sas)
