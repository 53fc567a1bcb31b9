"""Who may do what with a vault's secrets and keys: by its access policies, or by roles on it."""

import time
from collections.abc import Sequence

from emulator.arm.address_rules import covers
from emulator.arm.base import Caller
from emulator.arm.roles import has_role
from emulator.errors import AzureError
from emulator.state import Resource, State
from emulator.values import child, flag, number, objects, same, text, texts

_OFFICERS = {
    "secrets": "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
    "keys": "14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
}
_USERS = {
    "secrets": ("4633458b-17de-408a-b874-0445c86b69e6", ("get", "list")),
    "keys": ("12338af0-0e69-4776-bea7-57ae8d297424", ("get", "list", "encrypt", "decrypt")),
}
_ADMINISTRATOR = "00482a5a-887f-4fb3-b363-3b7fe8e74483"
_HERE = "127.0.0.1"  # where every caller of this cloud is


def require_right(state: State, vault: Resource, what: str, caller: Caller, action: str) -> None:
    """Refuse a caller whom the vault's firewall or its policies keep from a secret or a key.

    Args:
        what: "secrets/NAME" or "keys/NAME".
    """
    rules = child(vault.properties, "networkAcls")
    place = f"{vault.name};location={text(vault.body, 'location')}"
    if text(rules, "defaultAction") == "Deny" and not covers(rules, _HERE):
        raise AzureError(
            403,
            "Forbidden",
            "Client address is not authorized and caller is not a trusted service.\r\nClient "
            f"address: {_HERE}\r\nVault: {place}",
        )
    if not may_use(state, vault, what, [caller.object_id], action):
        kind = what.partition("/")[0]
        raise AzureError(
            403,
            "Forbidden",
            f"The user, group or application 'appid={caller.client_id};oid={caller.object_id}'"
            f" does not have {kind} {action} permission on key vault '{place}'. For help "
            "resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287",
        )


def may_use(
    state: State,
    vault: Resource,
    what: str,
    principals: Sequence[str],
    action: str,
    *,
    delay_seconds: float = 0,
) -> bool:
    """Tell whether one of the principals may do "get" or another action on "secrets/NAME".

    A grant that is younger than the delay is none yet.
    """
    kind = what.partition("/")[0]
    if flag(vault.properties, "enableRbacAuthorization"):
        roles = [_OFFICERS[kind], _ADMINISTRATOR]
        user, actions = _USERS[kind]
        if action in actions:
            roles.append(user)
        scope = f"{vault.id}/{what}"
        return has_role(state, scope, principals, roles, delay_seconds=delay_seconds)
    latest = time.time() - delay_seconds
    granted = child(vault.private, "granted")
    for policy in objects(vault.properties, "accessPolicies"):
        is_meant = any(same(text(policy, "objectId"), principal) for principal in principals)
        rights = [right.lower() for right in texts(policy, "permissions", kind)]
        is_in_effect = number(granted, text(policy, "objectId").lower()) <= latest
        if is_meant and is_in_effect and (action in rights or "all" in rights):
            return True
    return False
