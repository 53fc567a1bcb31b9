"""The SAS policy of a storage account: how long a SAS may be valid there."""

import re
from datetime import datetime, timedelta

from emulator.arm.base import check_choice
from emulator.errors import AzureError
from emulator.values import JsonObject, child, same, text

_PERIOD = re.compile(r"(?:(\d{1,8})\.)?([01]\d|2[0-3]):([0-5]\d):([0-5]\d)", re.ASCII)


def check_sas_policy(account: JsonObject) -> None:
    """Refuse the properties of an account whose SAS policy could not be kept."""
    policy = child(account, "sasPolicy")
    if not policy:
        return
    period = text(policy, "sasExpirationPeriod")
    if _read_period(period) is None:
        raise AzureError(
            400,
            "InvalidValuesForRequestProperty",
            f"The value '{period}' of property sasExpirationPeriod is not valid. "
            "It has the form DD.HH:MM:SS.",
        )
    check_choice(
        text(policy, "expirationAction") or "none", ("Log", "Block"), "sasPolicy.expirationAction"
    )


def blocking_period(account: JsonObject) -> str:
    """Give the longest time that a SAS may be valid for; "" when no longer one is blocked."""
    policy = child(account, "sasPolicy")
    is_blocking = same(text(policy, "expirationAction"), "Block")
    return text(policy, "sasExpirationPeriod") if is_blocking else ""


def blocks(account: JsonObject, start: datetime | None, expiry: datetime | None) -> bool:
    """Tell whether an account takes no SAS of these times; one without a start is too long."""
    longest = _read_period(blocking_period(account))
    return longest is not None and (start is None or expiry is None or expiry - start > longest)


def _read_period(period: str) -> timedelta | None:
    """Read `DD.HH:MM:SS` or `HH:MM:SS`; None if it is neither."""
    found = _PERIOD.fullmatch(period)
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
