"""Signs shared access signatures for those who may manage an account, as far as it allows."""

from datetime import UTC, datetime
from typing import TypedDict

from emulator.arm.base import check_choice
from emulator.errors import AzureError
from emulator.sas_policy import blocking_period, blocks
from emulator.state import Resource
from emulator.storage import sas
from emulator.values import JsonObject, flag, text, texts

_PROTOCOLS = ("https", "https,http")


class _Terms(TypedDict):
    permissions: str
    start: str
    expiry: str
    protocol: str


def account_token(account: Resource, body: JsonObject) -> str:
    """Sign an account SAS; the token has no leading '?'."""
    _check_letters(text(body, "signedServices"), "bfqt", "signedServices")
    _check_letters(text(body, "signedResourceTypes"), "sco", "signedResourceTypes")
    return sas.account_sas(
        account.name,
        _key(account, body),
        services=text(body, "signedServices"),
        resource_types=text(body, "signedResourceTypes"),
        **_terms(account, body),
    )


def service_token(account: Resource, body: JsonObject) -> str:
    """Sign a service SAS of one container; the token has no leading '?'."""
    resource = text(body, "canonicalizedResource")
    kind, _, rest = resource.strip("/").partition("/")
    owner, _, container = rest.partition("/")
    if kind != "blob" or owner != account.name or not container or "/" in container:
        raise _invalid("canonicalizedResource", resource)
    if text(body, "signedResource") != "c":
        raise _invalid("signedResource", text(body, "signedResource"))
    return sas.container_sas(account.name, _key(account, body), container, **_terms(account, body))


def _terms(account: Resource, body: JsonObject) -> _Terms:
    permissions = text(body, "signedPermission")
    _check_letters(permissions, "rwdlacupxytif", "signedPermission")
    start, expiry = _window(account, body)
    protocol = text(body, "signedProtocol", default="https,http")
    check_choice(protocol, _PROTOCOLS, "signedProtocol")
    return _Terms(permissions=permissions, start=start, expiry=expiry, protocol=protocol)


def _window(account: Resource, body: JsonObject) -> tuple[str, str]:
    if not flag(account.properties, "allowSharedKeyAccess", default=True):
        raise AzureError(
            403,
            "KeyBasedAuthenticationNotPermitted",
            "Key based authentication is not permitted on this storage account.",
        )
    expiry = _time(body, "signedExpiry")
    if expiry is None:
        raise _invalid("signedExpiry", "")
    start = _time(body, "signedStart")
    if start and start >= expiry:
        raise _invalid("signedExpiry", text(body, "signedExpiry"))
    _check_policy(account, start, expiry)
    return (_write(start) if start else ""), _write(expiry)


def _check_policy(account: Resource, start: datetime | None, expiry: datetime) -> None:
    if blocks(account.properties, start, expiry):
        raise AzureError(
            403,
            "AuthorizationFailure",
            "This request is not authorized to perform this operation. The interval between the "
            f"start and the expiry of the SAS is missing or above the account's SAS expiration "
            f"policy of {blocking_period(account.properties)} with the action Block.",
        )


def _key(account: Resource, body: JsonObject) -> str:
    name = text(body, "keyToSign", default="key1")
    check_choice(name, ("key1", "key2"), "keyToSign")
    return texts(account.private, "keys")[0 if name == "key1" else 1]


def _time(body: JsonObject, name: str) -> datetime | None:
    value = text(body, name)
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as exc:
        raise _invalid(name, value) from exc
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _write(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _check_letters(value: str, letters: str, name: str) -> None:
    if not value or set(value) - set(letters) or len(set(value)) != len(value):
        raise _invalid(name, value)


def _invalid(name: str, value: str) -> AzureError:
    return AzureError(
        400,
        "InvalidValuesForRequestParameters",
        f"Values for request parameters are invalid: {name} ('{value}').",
    )
