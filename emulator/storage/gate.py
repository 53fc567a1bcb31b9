"""Refuses blob requests that Azure Storage refuses and Azurite would let pass."""

from collections.abc import Sequence
from ipaddress import ip_address

from emulator.arm.roles import has_role
from emulator.errors import AzureError
from emulator.resource_types import ACCOUNT_TYPE
from emulator.sas_policy import blocks
from emulator.state import Resource, State
from emulator.storage.sas import SasClaims, parse_sas
from emulator.values import flag, same, text

_WRITERS = (
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe",  # Storage Blob Data Contributor
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",  # Storage Blob Data Owner
)
_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"  # Storage Blob Data Reader


def find_account(state: State, name: str) -> Resource | None:
    """Give the storage account of a name; names are unique in the world."""
    accounts = state.list(ACCOUNT_TYPE)
    return next((account for account in accounts if same(account.name, name)), None)


def check_request(
    account: Resource, *, query: str, authorization: str | None, client_ip: str
) -> SasClaims | None:
    """Refuse what the account's network, keys or SAS policy forbid; give what a SAS claims."""
    if is_closed(account):
        raise forbidden(
            "AuthorizationFailure", "This request is not authorized to perform this operation."
        )
    try:
        claims = parse_sas(query)
    except ValueError as exc:
        raise not_authenticated() from exc
    uses_key = (authorization or "").startswith("SharedKey")
    if claims is not None:
        uses_key = not claims.is_delegated
    if uses_key and not flag(account.properties, "allowSharedKeyAccess", default=True):
        raise forbidden(
            "KeyBasedAuthenticationNotPermitted",
            "Key based authentication is not permitted on this storage account.",
        )
    if claims is not None:
        _check_address(claims, client_ip)
        _check_policy(account, claims)
    elif authorization is None and not _allows_anonymous(account):
        raise AzureError(
            409,
            "PublicAccessNotPermitted",
            "Public access is not permitted on this storage account.",
        )
    return claims


def check_rights(
    state: State, account: Resource, container: str, principals: Sequence[str], method: str
) -> None:
    """Refuse what no role of a pipeline's identity at the container or above it allows."""
    roles = (*_WRITERS, _READER) if method in ("GET", "HEAD") else _WRITERS
    scope = f"{account.id}/blobServices/default/containers/{container}"
    delay = state.settings.grant_seconds
    if not has_role(state, scope, principals, roles, delay_seconds=delay):
        raise forbidden(
            "AuthorizationPermissionMismatch",
            "This request is not authorized to perform this operation using this permission.",
        )


def is_closed(account: Resource) -> bool:
    """Tell whether the storage firewall keeps out whoever comes over the public network.

    Address rules are not looked at: every caller here has the same address, and the transfer
    service, which is not a trusted service of Azure Storage, must stay outside.
    """
    action = text(account.properties, "networkAcls", "defaultAction", default="Allow")
    access = text(account.properties, "publicNetworkAccess", default="Enabled")
    return same(action, "Deny") or not same(access, "Enabled")


def forbidden(code: str, message: str) -> AzureError:
    """Make a refusal with status 403."""
    return AzureError(403, code, message)


def not_authenticated() -> AzureError:
    """Refuse a signature, or what it signs."""
    return forbidden(
        "AuthenticationFailed",
        "Server failed to authenticate the request. Make sure the value of Authorization header "
        "is formed correctly including the signature.",
    )


def _allows_anonymous(account: Resource) -> bool:
    return flag(account.properties, "allowBlobPublicAccess")


def _check_address(claims: SasClaims, client_ip: str) -> None:
    if not claims.ip_range:
        return
    first, _, last = claims.ip_range.partition("-")
    try:
        low, high, client = ip_address(first), ip_address(last or first), ip_address(client_ip)
    except ValueError as exc:
        raise not_authenticated() from exc
    if not int(low) <= int(client) <= int(high):
        raise forbidden(
            "AuthorizationSourceIPMismatch",
            "This request is not authorized to perform this operation using this source IP "
            f"{client_ip}.",
        )


def _check_policy(account: Resource, claims: SasClaims) -> None:
    if not claims.has_policy and blocks(account.properties, claims.start, claims.expiry):
        raise forbidden(
            "AuthorizationFailure", "This request is not authorized to perform this operation."
        )
