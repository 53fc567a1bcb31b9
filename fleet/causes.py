"""What is told of a failure: a reason of the closed set, and a cause that its first line tells."""

import re
from collections.abc import Iterable, Sequence

from fleet.left_locks import LOCK
from fleet.records import Reason
from transfer.engine_hints import (
    CUT_OFF_STATE,
    KILLED,
    LOCKED,
    NO_KEY,
    NOT_SIGNED_IN,
    PROTECTED,
)
from transfer.redaction import redact

# The first row that matches wins.
_TABLE = (
    (Reason.KILLED, KILLED),
    (Reason.DISK, r"no space left on device|disk quota exceeded"),
    (Reason.LOCKED, LOCKED),
    (Reason.ENCRYPTION, rf"{NO_KEY}|decrypt"),
    (Reason.RUN_FAILED, r"pipeline run '[^']*' failed"),
    (
        Reason.SETTINGS,
        r"The configuration has \d+ problem|is not valid:|hand-over file|invalid YAML file",
    ),
    (Reason.NOT_ARRIVED, r"artifacts: .*(missing|differs|incomplete|moved-since-lock)"),
    (
        Reason.BACKEND,
        rf"{NOT_SIGNED_IN}|{CUT_OFF_STATE}|could not get (cloud|url)|unable to open bucket|"
        r"blob \(key|read-only file system|(saving|save) snapshot|"
        r"bucket .* is (not )?accessible|could not (list|read|write) bucket|"
        # Files of the store; and the library for it, which crashes where the store is lost.
        r"\"\.pulumi/|gocloud\.dev/blob",
    ),
    (Reason.PROTECTED, PROTECTED),
    (Reason.POLICY, r"does not keep policy"),
    (Reason.PROGRAM, r"unhandled (exception|error)"),
)
_PATTERNS = tuple((reason, re.compile(text, re.IGNORECASE)) for reason, text in _TABLE)
# What the engine says around, or after, what has happened.
_BANNER = re.compile(
    r"an unhandled error occurred: program exited|Program failed with an unhandled exception|"
    r"(update|preview|refresh|destroy) failed|warning: ",
    re.IGNORECASE,
)
_AROUND = re.compile(r"^(error: |getting stack configuration: |get stack secrets manager: )+")
_CRASH = "panic: "
_TOLD_LINES = 12
_TRACEBACK = "Traceback (most recent call last)"


def reason_of(said: str) -> Reason:
    """Give the reason for a failure, by what was written about it."""
    return next((reason for reason, pattern in _PATTERNS if pattern.search(said)), Reason.ENGINE)


def cause_of(said: Sequence[str], steps: Iterable[str]) -> tuple[Reason, str]:
    """Tell a failure: its reason, and in words that begin with a line of what it is.

    Args:
        said: What was written about it; secrets are left out of what is given.
        steps: Commands that mend it; they stand in the first line, too.
    """
    text = redact("\n".join(said)).strip() or "the engine failed, and did not say why"
    reason = reason_of(text)
    first = _headline(text, reason)
    if typed := " && ".join(steps):
        first = f"{first.rstrip('.')}. Then type: {typed}"
    told = "\n".join(text.splitlines()[:_TOLD_LINES])
    return reason, first if first == told else f"{first}\n{told}"


def _headline(text: str, reason: Reason) -> str:
    """Give the line that tells what has happened."""
    if (holder := LOCK.search(text)) is not None:
        return f"locked by {holder['who']} (pid {holder['pid']}) since {holder['at']}"
    pattern = dict(_PATTERNS).get(reason)
    if reason is Reason.PROTECTED and pattern and (kept := pattern.search(text)):
        stack, *_, name = kept["urn"].removeprefix("urn:pulumi:").split("::")
        return (
            f"{name} is protected, and neither deleted nor replaced. If its side's account and "
            f"vault are to go: write acr-transfer:protect: false in Pulumi.{stack}.yaml, and "
            "deploy that before this change"
        )
    lines = text.splitlines()
    if reason is Reason.BACKEND and (crash := [one for one in lines if one.startswith(_CRASH)]):
        return f"the engine crashed as it used the store of the stacks' states: {crash[0]}"
    if _TRACEBACK in text:
        _, _, frames = text.partition(_TRACEBACK)
        # The error stands below the frames, which are indented.
        lines = [line for line in frames.splitlines()[1:] if line[:1].strip()] or lines
    lines = [line for line in lines if line.strip() and not _BANNER.search(line)] or lines
    found = (place for place, line in enumerate(lines) if pattern and pattern.search(line))
    first, *others = (_AROUND.sub("", line.strip()) for line in lines[next(found, 0) :])
    # What ends so only introduces what follows.
    return f"{first} {others[0].removeprefix('* ')}" if first.endswith(":") and others else first
