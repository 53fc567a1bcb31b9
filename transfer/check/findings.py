"""What a check finds: the level, the thing, why it matters, and the fix."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Literal

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from components.model.names import Side
from transfer.check.facts import SideFacts, Unread


class Level(StrEnum):
    """How a finding weighs, the heaviest first."""

    UNREAD = "unread"
    FAILS = "fails"
    WARNS = "warns"
    UNKNOWN = "unknown"
    GOOD = "good"


_COLOURS = {
    Level.UNREAD: "magenta",
    Level.FAILS: "red",
    Level.WARNS: "yellow",
    Level.UNKNOWN: "cyan",
    Level.GOOD: "green",
}
_ORDER = list(Level)
# Above, right, below, left: the reason stands below the thing.
_INDENT = (0, 0, 0, 16)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    level: Level
    side: Side | Literal["both"]
    what: str
    """The thing and its value."""
    why: str
    """What follows from it, with Azure's own message where one is known."""
    fix: str = ""
    """A command or a line of YAML; empty when nothing is to be done."""


@dataclass(frozen=True)
class Report:
    """All findings of a check."""

    findings: tuple[Finding, ...]

    @property
    def fails(self) -> bool:
        """Whether a transfer would fail."""
        return any(finding.level is Level.FAILS for finding in self.findings)

    @property
    def is_complete(self) -> bool:
        """Whether everything could be read."""
        return not any(finding.level is Level.UNREAD for finding in self.findings)

    def sorted(self) -> list[Finding]:
        """Give the findings, the heaviest first."""
        return sorted(self.findings, key=lambda finding: _ORDER.index(finding.level))

    def summary(self) -> str:
        """Say it in one line."""
        counts = Counter(finding.level for finding in self.findings)
        parts = [f"{counts[level]} {level}" for level in Level if counts[level]]
        return f"{len(self.findings)} things checked: {', '.join(parts)}"

    def as_json(self) -> dict[str, object]:
        """Give what machines read."""
        return {
            "fails": self.fails,
            "complete": self.is_complete,
            "findings": [asdict(finding) for finding in self.sorted()],
        }

    def show(self, console: Console, *, is_all: bool) -> None:
        """Print what people read: what is not good, and how much is.

        Only the reasons are folded: names and commands are copied from here.
        """
        for finding in self.sorted():
            if finding.level is Level.GOOD and not is_all:
                continue
            level = Text(f"{finding.level:<7} ", style=_COLOURS[finding.level])
            console.print(Text.assemble(level, f"{finding.side:<6}  {finding.what}"))
            console.print(Padding(Text(finding.why), _INDENT, expand=False), soft_wrap=False)
            for line in finding.fix.splitlines():
                console.print(Text.assemble(" " * _INDENT[-1], (line, "bold")))
        good = sum(finding.level is Level.GOOD for finding in self.findings)
        if good and not is_all:
            console.print(f"{good} things are good; --all lists them.")


def good(side: Side | Literal["both"], what: str, why: str) -> list[Finding]:
    """Give the finding of a rule that is kept."""
    return [Finding(Level.GOOD, side, what, why)]


def joined(parts: Sequence[Sequence[Finding]]) -> Report:
    """Put the findings of several rules together."""
    return Report(tuple(finding for part in parts for finding in part))


def not_read(here: SideFacts, unread: Unread) -> Finding:
    """Give the finding of something that could not be read."""
    return Finding(Level.UNREAD, here.side, unread.what, unread.why, unread.fix)
