"""Who may do what with a vault's secrets: by its access policies, or by roles on it."""

import time
from collections.abc import Sequence

from emulator.arm.address_rules import covers
from emulator.arm.base import Caller
from emulator.arm.roles import has_role
from emulator.errors import AzureError
from emulator.state import Resource, State
from emulator.values import child, flag, number, objects, same, text, texts

_SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
_SECRETS_OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
_ADMINISTRATOR = "00482a5a-887f-4fb3-b363-3b7fe8e74483"
_HERE = "127.0.0.1"  # where every caller of this cloud is


def require_secret_right(
    state: State, vault: Resource, secret: str, caller: Caller, action: str
) -> None:
    """Refuse a caller whom the vault's firewall or its policies keep from a secret."""
    rules = child(vault.properties, "networkAcls")
    place = f"{vault.name};location={text(vault.body, 'location')}"
    if text(rules, "defaultAction") == "Deny" and not covers(rules, _HERE):
        raise AzureError(
            403,
            "Forbidden",
            "Client address is not authorized and caller is not a trusted service.\r\nClient "
            f"address: {_HERE}\r\nVault: {place}",
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
    state: State,
    vault: Resource,
    secret: str,
    principals: Sequence[str],
    action: str,
    *,
    delay_seconds: float = 0,
) -> bool:
    """Tell whether one of the principals may do an action ("get", "recover", ...) on a secret.

    A grant that is younger than the delay is none yet.
    """
    if flag(vault.properties, "enableRbacAuthorization"):
        roles = [_SECRETS_OFFICER, _ADMINISTRATOR]
        if action in ("get", "list"):
            roles.append(_SECRETS_USER)
        scope = f"{vault.id}/secrets/{secret}"
        return has_role(state, scope, principals, roles, delay_seconds=delay_seconds)
    latest = time.time() - delay_seconds
    granted = child(vault.private, "granted")
    for policy in objects(vault.properties, "accessPolicies"):
        is_meant = any(same(text(policy, "objectId"), principal) for principal in principals)
        rights = [right.lower() for right in texts(policy, "permissions", "secrets")]
        is_in_effect = number(granted, text(policy, "objectId").lower()) <= latest
        if is_meant and is_in_effect and (action in rights or "all" in rights):
            return True
    return False
