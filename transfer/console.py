"""What the command shows while it works: a live line on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console as RichConsole
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from transfer.clock import Clock
from transfer.redaction import redact

HEARTBEAT_SECONDS = 15.0
# Of sentences where there is no terminal: log files are read too.
_PLAIN_WIDTH = 160


class Console:
    """Lines for finished things, and one moving line for what goes on."""

    def __init__(self, stream: TextIO | None = None, clock: Clock | None = None) -> None:
        self._clock = clock or Clock()
        self.rich = RichConsole(
            file=stream or sys.stdout, highlight=False, soft_wrap=True, emoji=False
        )
        if not self.rich.is_terminal:
            self.rich.width = _PLAIN_WIDTH
        self._progress: Progress | None = None
        self._task = TaskID(0)
        self._title = ""
        self._last_line = self._clock.seconds()

    @property
    def table_width(self) -> int | None:
        """The columns that a table may take; None where there is no terminal to fit."""
        return self.rich.width if self.rich.is_terminal else None

    def line(self, text: str) -> None:
        """Print a line that stays."""
        self.rich.print(redact(text), markup=False)
        self._last_line = self._clock.seconds()

    def status(self, text: str, fraction: float | None = None) -> None:
        """Tell what goes on: in the moving line, or as a line at most every 15 seconds."""
        if self._progress is not None:
            total = None if fraction is None else 1.0
            description = f"{self._title}: {redact(text)}"
            self._progress.update(
                self._task, description=description, completed=fraction or 0.0, total=total
            )
        elif self._clock.seconds() - self._last_line >= HEARTBEAT_SECONDS:
            share = "" if fraction is None else f" ({fraction:.0%})"
            self.line(f"{self._title}: {text}{share}")

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show a step while it runs, and a line with the time that it took when it is done."""
        began = self._clock.seconds()
        self._title = title
        with self._moving_line():
            yield
        self.line(f"{title} done in {self._clock.seconds() - began:.1f} s")

    @contextmanager
    def _moving_line(self) -> Iterator[None]:
        if not self.rich.is_terminal:
            yield
            return
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.rich, transient=True) as progress:
            self._task = progress.add_task(self._title, total=None)
            self._progress = progress
            try:
                yield
            finally:
                self._progress = None
