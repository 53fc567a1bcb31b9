"""What a check finds: the level, the thing, why it matters, and the fix."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Literal

from rich.table import Table
from rich.text import Text

from components.model.names import Side
from transfer.check.facts import SideFacts, Unread


class Level(StrEnum):
    """How a finding weighs, the heaviest first."""

    FAILS = "fails"
    WARNS = "warns"
    UNKNOWN = "unknown"
    GOOD = "good"


_COLOURS = {
    Level.FAILS: "red",
    Level.WARNS: "yellow",
    Level.UNKNOWN: "cyan",
    Level.GOOD: "green",
}
_ORDER = list(Level)


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
            "findings": [asdict(finding) for finding in self.sorted()],
        }

    def table(self) -> Table:
        """Give what people read."""
        table = Table(show_lines=True)
        for title in ("level", "side"):
            table.add_column(title, no_wrap=True)
        table.add_column("what", ratio=2, overflow="fold")
        table.add_column("why, and the fix", ratio=3, overflow="fold")
        for finding in self.sorted():
            table.add_row(
                Text(finding.level, style=_COLOURS[finding.level]),
                finding.side,
                Text(finding.what),
                Text.assemble(finding.why, (f"\n{finding.fix}" if finding.fix else "", "bold")),
            )
        return table


def good(side: Side | Literal["both"], what: str, why: str) -> list[Finding]:
    """Give the finding of a rule that is kept."""
    return [Finding(Level.GOOD, side, what, why)]


def joined(parts: Sequence[Sequence[Finding]]) -> Report:
    """Put the findings of several rules together."""
    return Report(tuple(finding for part in parts for finding in part))


def unknown(here: SideFacts, unread: Unread) -> Finding:
    """Give the finding of something that could not be read."""
    return Finding(Level.UNKNOWN, here.side, unread.what, unread.why, unread.fix)
