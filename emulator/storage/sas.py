"""Signs shared access signatures as Azure Storage does, and reads what one claims."""

import base64
import hashlib
import hmac
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlencode

# Pinned: newer versions change what is signed, and the blob service beneath knows this one.
VERSION = "2021-12-02"

_TIMES = (
    (re.compile(r"\d{4}-\d\d-\d\d"), "%Y-%m-%d"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\dZ"), "%Y-%m-%dT%H:%MZ"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "%Y-%m-%dT%H:%M:%SZ"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z"), "%Y-%m-%dT%H:%M:%S.%fZ"),
)


@dataclass(frozen=True)
class SasClaims:
    """What a token in a request claims; whether its signature is right is not said here."""

    permissions: str
    start: datetime | None
    expiry: datetime | None
    ip_range: str
    has_policy: bool  # a stored access policy (`si`) may hold the times instead
    is_delegated: bool  # signed with a user's delegation key, not with a key of the account


def account_sas(
    account: str,
    key: str,
    *,
    services: str,
    resource_types: str,
    permissions: str,
    start: str,
    expiry: str,
    protocol: str = "https",
) -> str:
    """Sign an account SAS; the token has no leading '?'."""
    signed = [account, permissions, services, resource_types, start, expiry]
    signed += ["", protocol, VERSION, "", ""]
    kind = {"ss": services, "srt": resource_types}
    return _token(kind, permissions, start, expiry, protocol, _signature(key, signed))


def container_sas(
    account: str,
    key: str,
    container: str,
    *,
    permissions: str,
    start: str,
    expiry: str,
    protocol: str = "https",
) -> str:
    """Sign a service SAS of one container; the token has no leading '?'."""
    signed = [permissions, start, expiry, f"/blob/{account}/{container}"]
    signed += ["", "", protocol, VERSION, "c", "", "", "", "", "", "", ""]
    return _token({"sr": "c"}, permissions, start, expiry, protocol, _signature(key, signed))


def parse_sas(query: str) -> SasClaims | None:
    """Read the SAS of a query string; None when it has none; ValueError when a time is not one."""
    fields = dict(parse_qsl(query.removeprefix("?"), keep_blank_values=True))
    if "sig" not in fields:
        return None
    return SasClaims(
        permissions=fields.get("sp", ""),
        start=parse_time("st", fields["st"]) if "st" in fields else None,
        expiry=parse_time("se", fields["se"]) if "se" in fields else None,
        ip_range=fields.get("sip", ""),
        has_policy="si" in fields,
        is_delegated="skoid" in fields,
    )


def parse_time(name: str, value: str) -> datetime:
    """Read a time as Azure Storage writes it; ValueError, with its name, when it is none."""
    for pattern, layout in _TIMES:
        # The pattern keeps out what strptime would forgive, such as months of one digit.
        if pattern.fullmatch(value):
            with suppress(ValueError):
                return datetime.strptime(value, layout).replace(tzinfo=UTC)
    raise ValueError(f"{name} is not a time in UTC")


def _signature(key: str, signed: list[str]) -> str:
    message = "\n".join(signed).encode()
    digest = hmac.new(base64.b64decode(key), message, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _token(
    kind: dict[str, str], permissions: str, start: str, expiry: str, protocol: str, signature: str
) -> str:
    fields = {
        "sv": VERSION,
        **kind,
        "sp": permissions,
        "st": start,
        "se": expiry,
        "spr": protocol,
        "sig": signature,
    }
    return urlencode({name: value for name, value in fields.items() if value}, quote_via=quote)
