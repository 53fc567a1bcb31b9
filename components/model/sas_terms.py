"""What a SAS of a pipeline allows, when it is valid, and which key signs it.

A SAS that is made from a reading of the clock is a new one at each `pulumi up`. Start and expiry
are therefore those of a fixed window of calendar time: within a window every `up` gets the same
SAS, the first `up` of the next window rotates it.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from .names import Side

SasKind = Literal["container", "account"]

# A Monday: windows of 7 days then run from Monday to Monday.
_FIRST_WINDOW = datetime(1970, 1, 5, tzinfo=UTC)
# The clocks of storage servers may be behind ours by some minutes.
_CLOCK_SKEW = timedelta(minutes=15)

# Account SAS: the document that started this project. Container SAS: Microsoft's later pages, which
# ask for delete always; here it is added only when the pipeline deletes what it imported.
_PERMISSIONS: dict[tuple[SasKind, Side], str] = {
    ("account", "source"): "rwlac",
    ("account", "target"): "rl",
    ("container", "source"): "rawl",
    ("container", "target"): "rl",
}
_ACCOUNT_RESOURCE_TYPES: dict[Side, str] = {"source": "co", "target": "sco"}


_PERIOD = re.compile(r"(?:(\d+)\.)?(\d+):(\d+):(\d+)")


@dataclass(frozen=True)
class SasWindow:
    """The time that a SAS is valid for, in UTC, and the account key that signs it."""

    start: datetime
    expiry: datetime
    key: Literal["key1", "key2"]

    @classmethod
    def at(cls, now: datetime, days: int, grace_days: int) -> "SasWindow":
        """Find the window of `days` days that holds `now`.

        The SAS outlives its window by `grace_days`, the time left to run the next `up`, less the
        skew that it starts before: it is valid for just so many days, which a policy may limit.
        Windows are signed by the two account keys in turn, so that a key can be renewed while the
        other one is in use.
        """
        length = timedelta(days=days)
        index = (now - _FIRST_WINDOW) // length
        opens = _FIRST_WINDOW + index * length
        return cls(
            start=opens - _CLOCK_SKEW,
            expiry=opens + length + timedelta(days=grace_days) - _CLOCK_SKEW,
            key="key1" if index % 2 == 0 else "key2",
        )

    @property
    def length(self) -> timedelta:
        """The time that the SAS is valid for, whole days."""
        return self.expiry - self.start

    @property
    def period(self) -> str:
        """The length as a storage account's SAS policy writes it: DD.HH:MM:SS."""
        return f"{self.length.days}.00:00:00"


@dataclass(frozen=True)
class Grant:
    """What a pipeline may do in its container: no more than its side and its options need."""

    side: Side
    kind: SasKind
    deletes_blobs: bool = False

    @property
    def permissions(self) -> str:
        """The letters of the SAS, in the order in which storage signs them."""
        letters = _PERMISSIONS[self.kind, self.side]
        return letters.replace("r", "rd", 1) if self.deletes_blobs else letters

    @property
    def resource_types(self) -> str:
        """The resource types of an account SAS."""
        return _ACCOUNT_RESOURCE_TYPES[self.side]


def read_period(text: str) -> timedelta | None:
    """Read the period of a storage account's SAS policy, DD.HH:MM:SS; None if it is none."""
    match = _PERIOD.fullmatch(text)
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
