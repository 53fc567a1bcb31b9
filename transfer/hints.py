"""What to do after a failure, as data until the command prints it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from components.model.names import Side

# The words of a command line, not quoted yet.
Command = tuple[str, ...]


@dataclass(frozen=True)
class Pulumi:
    """A command of the engine for a side's stack."""

    side: Side
    words: Command


@dataclass(frozen=True)
class Rerun:
    """Raise the `rerun` of a side's stack by one, so that all its runs are repeated."""

    side: Side


@dataclass(frozen=True)
class Option:
    """Give the pipeline of a side's stack an option; no command where it has it."""

    side: Side
    name: str


@dataclass(frozen=True)
class Lock:
    """Write the lock of images anew, in the way that these words tell."""

    words: Command = ()


Step = Command | Pulumi | Rerun | Option | Lock


@dataclass(frozen=True)
class Hint:
    """What to do next: in words, then by commands to type in this order."""

    words: str = ""
    steps: tuple[Step, ...] = ()
    is_repeated: bool = field(default=True, kw_only=True)
    """Whether the command that failed is the last step; not where no command is sure to help."""


def renew(names: Iterable[str]) -> Lock:
    """Have artifacts, or what batches carry, carried by other runs: each blob is written once."""
    return Lock(tuple(word for name in names for word in ("--renew", name)))


def split(batch: str) -> Lock:
    """Halve the run of a batch, to find the artifact that it fails at."""
    return Lock(("--split", batch))
