"""Which reason of the closed set a failure has, by what the engine or the command says."""

import re

from fleet.records import Reason

# The first row that matches wins.
_TABLE = (
    (Reason.KILLED, r"engine was killed"),
    (Reason.DISK, r"no space left on device|disk quota exceeded"),
    (Reason.LOCKED, r"stack is currently locked|another update is currently in progress"),
    (Reason.ENCRYPTION, r"incorrect passphrase|passphrase must be set|decrypt"),
    (Reason.RUN_FAILED, r"pipeline run '[^']*' failed"),
    (Reason.SETTINGS, r"The configuration has \d+ problem|is not valid:|hand-over file"),
    (Reason.NOT_ARRIVED, r"artifacts: .*(missing|differs|incomplete|moved-since-lock)"),
    (
        Reason.BACKEND,
        r"PULUMI_ACCESS_TOKEN must be set|could not get (cloud|url)|unable to open bucket|"
        r"failed to load checkpoint|blob \(key|read-only file system",
    ),
)
_PATTERNS = tuple((reason, re.compile(text, re.IGNORECASE)) for reason, text in _TABLE)


def reason_of(said: str) -> Reason:
    """Give the reason for a failure, by what was written about it."""
    return next((reason for reason, pattern in _PATTERNS if pattern.search(said)), Reason.ENGINE)
