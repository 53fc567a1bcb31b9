"""What people see of a rehearsal."""

from collections.abc import Iterator

from rich.text import Text

from rehearsal.changes import named
from rehearsal.records import Outcome, PairRow, RehearsalReport
from transfer.console import Console
from transfer.tables import fitting_table

_COLOURS = {
    Outcome.PROVED: "green",
    Outcome.FAILED: "red",
    Outcome.NOT_NEEDED: "",
    Outcome.NOT_REACHED: "yellow",
}


def show(report: RehearsalReport, console: Console) -> None:
    """Print each step of a single pair, of several pairs those that failed; then all in words."""
    shown = report.pairs if len(report.pairs) == 1 else report.failed
    rows = [(pair, row) for pair in shown for row in pair.steps]
    if rows:
        columns = {
            "stacks": [Text(pair.name) for pair, _ in rows],
            "step": [Text(row.step) for _, row in rows],
            "outcome": [Text(row.outcome, _COLOURS[row.outcome]) for _, row in rows],
            "seconds": [Text(f"{row.seconds:.1f}") for _, row in rows],
            "found": [Text(row.said.partition("\n")[0]) for _, row in rows],
        }
        console.rich.print(fitting_table(columns, ("seconds", "stacks"), console.table_width))
    for pair in report.pairs:
        for line in (*_changes(pair), *_failure(pair)):
            console.line(line)
    console.line("What a rehearsal does not prove:")
    for text in report.not_proved:
        console.line(f"  - {text}")
    console.line(f"{report.summary()}, in {report.seconds:.0f} s")


def _changes(pair: PairRow) -> Iterator[str]:
    for item in pair.changed:
        yield f"{item.stack}: {named(item.changes) or 'nothing changes'}"
    if pair.changed:
        yield f"{pair.name}: moved {', '.join(pair.moved) or 'nothing'}"


def _failure(pair: PairRow) -> Iterator[str]:
    if pair.failure:
        yield f"{pair.name}, {pair.failure.step}: {pair.failure.said}"
