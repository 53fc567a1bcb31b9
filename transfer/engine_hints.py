"""The one table of what to do about the engine's failures, by what it says."""

import re
from pathlib import Path

from transfer.errors import StoppedError
from transfer.hints import Command, Hint
from transfer.pair import pulumi
from transfer.stopping import Asked


def hint_about(said: str, stack: str, directory: Path) -> Hint:
    """Say what to do about a failure of the engine; the first row that matches wins.

    Args:
        said: What the engine wrote about it, and in it what our program did.
    """
    for pattern, text, words in _TABLE:
        found = pattern.search(said)
        if found:
            filled = tuple(found.expand(word) for word in words)
            return Hint(text, (pulumi(stack, directory, *filled),) if filled else ())
    return Hint()


def stopped(stack: str, directory: Path, asked: Asked, *, is_change: bool) -> StoppedError:
    """Say what a command of the engine that somebody stopped has left behind.

    Args:
        is_change: Whether the command changes something in Azure.
    """
    if asked.times == 1 or not is_change:
        return StoppedError(
            f"Stopped. What was begun in stack {stack!r} has ended, and what is done stays.",
            "To go on from there:",
        )
    # Only an engine that is killed leaves its lock.
    cancel = (pulumi(stack, directory, "cancel"),) if asked.is_killed else ()
    return StoppedError(
        f"Stopped at once. What was begun in stack {stack!r} is in doubt: Azure may have done it "
        "or not.",
        Hint("To go on, and take over what Azure has made:", cancel),
    )


# What it says of these; fleet/causes.py has reasons for them.
LOCKED = r"stack is currently locked|another update is currently in progress"
KILLED = r"engine was killed"
CUT_OFF_STATE = r"failed to load checkpoint"
NO_KEY = r"incorrect passphrase|passphrase must be set"
NOT_SIGNED_IN = r"PULUMI_ACCESS_TOKEN must be set"
# A replacement is refused in other words than a deletion.
PROTECTED = r"resource \"(?P<urn>[^\"]+)\"( cannot be deleted)?\s+(as|because) it is [a-z ]*protect"
# What it says, what to do, and the engine's command for it with what was found in its place.
_ROWS: tuple[tuple[str, str, Command], ...] = (
    (
        rf"{LOCKED}|{KILLED}",
        "A command that is killed leaves the stack locked. If nobody else is at work on it, take "
        "the lock away:",
        ("cancel",),
    ),
    (
        rf"{CUT_OFF_STATE}: EOF",
        "A kill has cut off a write of the stack's state. In a backend of your own delete the "
        "empty file that ends in .attrs beside the stack's .json, in .pulumi/stacks; then:",
        (),
    ),
    (
        NO_KEY,
        "Set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE, to the passphrase that "
        "the stack was made with; then:",
        (),
    ),
    (
        NOT_SIGNED_IN,
        "Sign in to where the stacks are kept, by pulumi login; then:",
        (),
    ),
    (
        PROTECTED,
        "The engine deletes and replaces nothing that is protected. If it is to go, write "
        "acr-transfer:protect: false in the stack's file, and bring that up before this change:",
        (),
    ),
    (r"snapshot integrity", "Repair what the stack knows of its resources:", ("state", "repair")),
    # Words of our own components: explained.py.
    (r"--replace '(\*\*::[\w-]+)'", "Take another name:", ("up", "--replace", r"\1")),
)

_TABLE = tuple((re.compile(pattern, re.IGNORECASE), text, words) for pattern, text, words in _ROWS)
