"""A command over many tenants, from the plan to the report."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from fleet.display import Display
from fleet.records import FleetReport, Row
from fleet.reports import folder_of, journal, keep, read_last
from fleet.schedule import work_through
from fleet.selection import Wanted, only_bad, select
from fleet.tasks import Plan, Verb, plan
from fleet.tenants.folder import FOLDER, tenants_of
from fleet.work import Worker
from transfer.console import Console
from transfer.errors import WrongUseError
from transfer.stopping import SideBySide
from transfer.wiring import Machine


@dataclass(frozen=True)
class Fleet:
    """The tenants of a checkout, and what they are worked on with."""

    root: Path
    machine: Machine
    console: Console

    def do(self, verb: Verb, wanted: Wanted, jobs: int, *, is_fail_fast: bool) -> FleetReport:
        """Do a verb for the tenants that are wanted, and keep the report.

        Raises:
            WrongUseError: what is wanted is not clear, or does not exist.
        """
        if not tenants_of(self.root):
            raise WrongUseError(
                f"{self.root / FOLDER} holds no tenant. Make one by acr-transfer tenant new, or "
                "name the program's directory by --dir."
            )
        last = read_last(self.root, verb)
        tenants = select(self.root, wanted, last)
        todo = plan(verb, tenants)
        if wanted.is_failed and last is not None:
            todo = only_bad(todo, last)
        with journal(self.root, verb).kept(todo.tasks) as kept:
            report = self.work(verb, todo, jobs, kept.add, is_fail_fast=is_fail_fast)
            keep(self.root, verb, report)
        return report

    def work(
        self,
        verb: Verb,
        todo: Plan,
        jobs: int,
        on_row: Callable[[Row], None] = lambda _: None,
        *,
        is_fail_fast: bool = False,
    ) -> FleetReport:
        """Work through a plan, and report; nothing is kept but the logs.

        Args:
            on_row: Told each row that has ended.
        """
        began = monotonic()
        side_by_side = SideBySide()
        display = Display(self.console, len(todo.tasks))
        logs = folder_of(self.root) / "logs"
        worker = Worker(verb, self.machine, logs, side_by_side, display.progress)

        def ended(row: Row) -> None:
            on_row(row)
            display.ended(row)

        with side_by_side.handing_on(display.asked), display.shown():
            rows = work_through(
                todo, worker, jobs, ended, side_by_side.stop, is_fail_fast=is_fail_fast
            )
        seconds = round(monotonic() - began, 1)
        return FleetReport(command=verb, seconds=seconds, rows=tuple(rows))
