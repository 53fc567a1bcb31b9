"""What is shown of many tenants: live rows on a terminal, lines elsewhere, a table at the end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from fleet.records import FleetReport, Row
from fleet.tasks import Task
from transfer.console import Console
from transfer.markdown import plain
from transfer.markdown import row as table_row
from transfer.stopping import Asked
from transfer.tables import fitting_table

_SPARE_COLUMNS = ("log", "seconds")
# What is told after the first Ctrl-C, the second one, and each that follows.
_ASKED = (
    "Stopping: nothing is begun any more, and the end of what runs is awaited, which may take "
    "minutes: {names}. Another Ctrl-C stops it at once, and leaves it in doubt.",
    "Stopping at once. In doubt, as Azure may have done what was begun or not: {names}. Another "
    "Ctrl-C kills the engine, and leaves these stacks locked.",
    "Killed: {names}. What was begun is in doubt, and the stacks stay locked until you type "
    "pulumi cancel, as the rows say.",
)


class Display:
    """Rows of what runs, and lines for what has ended."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._ended = 0
        self._running: dict[str, str] = {}
        self._lock = Lock()
        self._live: Live | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show what runs, where there is a terminal."""
        if not self._console.rich.is_terminal:
            yield
            return
        with Live(console=self._console.rich, transient=True, refresh_per_second=4) as live:
            self._live = live
            try:
                yield
            finally:
                self._live = None

    def progress(self, task: Task, text: str) -> None:
        """Tell what is done in a task now."""
        with self._lock:
            self._running[task.name] = text
            self._draw()

    def ended(self, row: Row) -> None:
        """Tell that the work on a row has ended."""
        with self._lock:
            self._ended += 1
            self._running.pop(row.name, None)
            took = f" in {row.seconds:.1f} s" if row.seconds else ""
            cause = row.cause.partition("\n")[0]
            said = f": {cause or row.reason}" if row.is_bad or (row.stack and cause) else ""
            changes = len(row.changes)
            count = f", {changes} change{'s' * (changes > 1)}" if changes else ""
            if broken := len(row.violations):
                count += f", {broken} policy violation{'s' * (broken > 1)}"
            place = f"[{self._ended}/{self._total}]"
            self._console.line(f"{place} {row.name} {row.result}{took}{count}{said}")
            self._draw()

    def asked(self, asked: Asked) -> None:
        """Tell what happens after a Ctrl-C, and what another one would do."""
        with self._lock:
            names = ", ".join(sorted(self._running)) or "nothing"
            self._console.line(_ASKED[min(asked.times, len(_ASKED)) - 1].format(names=names))

    def _draw(self) -> None:
        if self._live is None:
            return
        table = Table.grid(padding=(0, 2))
        for name, text in sorted(self._running.items()):
            table.add_row(escape(name), escape(text))
        self._live.update(table)


def report_table(report: FleetReport, width: int | None) -> Table:
    """Show the rows that need a look, or all where there is none."""
    rows: Sequence[Row] = report.bad or report.rows
    return fitting_table(
        {
            "stack": [Text(row.name) for row in rows],
            "result": [Text(row.result) for row in rows],
            "reason": [Text(row.reason or "") for row in rows],
            "seconds": [Text(f"{row.seconds:.1f}") for row in rows],
            "log": [Text(row.log) for row in rows],
            "cause": [Text(row.cause.partition("\n")[0]) for row in rows],
        },
        _SPARE_COLUMNS,
        width,
    )


def as_markdown(report: FleetReport) -> str:
    """Give the report as Markdown: what needs a look first, then a count."""
    lines = [f"**{report.command}**: {report.summary()}", ""]
    if report.bad:
        lines += [table_row(["stack", "result", "reason", "cause"]), "|---|---|---|---|"]
        lines += [
            table_row([row.name, row.result, row.reason or "", plain(row.cause.partition("\n")[0])])
            for row in report.bad
        ]
    return "\n".join(lines) + "\n"
