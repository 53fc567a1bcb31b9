"""Who may do what with a vault's secrets: by its access policies, or by roles on it."""

from collections.abc import Sequence

from emulator.arm.base import Caller
from emulator.errors import AzureError
from emulator.state import Resource, State
from emulator.values import child, flag, objects, same, text, texts

_SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
_SECRETS_OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
_ADMINISTRATOR = "00482a5a-887f-4fb3-b363-3b7fe8e74483"


def require_secret_right(
    state: State, vault: Resource, secret: str, caller: Caller, action: str
) -> None:
    """Refuse a caller whom the vault's firewall or its policies keep from a secret."""
    rules = child(vault.properties, "networkAcls")
    place = f"{vault.name};location={text(vault.body, 'location')}"
    allowed = [text(rule, "value").partition("/")[0] for rule in objects(rules, "ipRules")]
    if text(rules, "defaultAction") == "Deny" and "127.0.0.1" not in allowed:
        raise AzureError(
            403,
            "Forbidden",
            "Client address is not authorized and caller is not a trusted service.\r\nClient "
            f"address: 127.0.0.1\r\nVault: {place}",
        )
    if not may_use_secret(state, vault, secret, [caller.object_id], action):
        raise AzureError(
            403,
            "Forbidden",
            f"The user, group or application 'appid={caller.client_id};oid={caller.object_id}'"
            f" does not have secrets {action} permission on key vault '{place}'. For help "
            "resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287",
        )


def may_use_secret(
    state: State, vault: Resource, secret: str, principals: Sequence[str], action: str
) -> bool:
    """Tell whether one of the principals may do an action ("get", "set", "delete") on a secret."""
    if flag(vault.properties, "enableRbacAuthorization"):
        roles = [_SECRETS_OFFICER, _ADMINISTRATOR]
        if action == "get":
            roles.append(_SECRETS_USER)
        return _has_role(state, f"{vault.id}/secrets/{secret}", principals, roles)
    for policy in objects(vault.properties, "accessPolicies"):
        is_meant = any(same(text(policy, "objectId"), principal) for principal in principals)
        rights = [right.lower() for right in texts(policy, "permissions", "secrets")]
        if is_meant and (action in rights or "all" in rights):
            return True
    return False


def _has_role(state: State, scope: str, principals: Sequence[str], roles: Sequence[str]) -> bool:
    for assignment in state.list("Microsoft.Authorization/roleAssignments"):
        properties = assignment.properties
        granted = text(properties, "scope").lower().rstrip("/")
        if (
            any(same(text(properties, "principalId"), principal) for principal in principals)
            and text(properties, "roleDefinitionId").lower().endswith(tuple(roles))
            and f"{scope.lower()}/".startswith(f"{granted}/")
        ):
            return True
    return False
