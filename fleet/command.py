"""A command over many tenants, from the plan to the report."""

from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

from fleet.display import Display
from fleet.inputs import read_inputs
from fleet.programs import ready_programs
from fleet.records import FleetReport, Reason, Row
from fleet.reports import folder_of, journal, keep, read_last
from fleet.schedule import Work, work_through
from fleet.selection import Wanted, only_bad, select
from fleet.skip import Skipping, remembered
from fleet.stack_list import list_stacks
from fleet.tasks import Plan, Verb, plan
from fleet.tenants.folder import FOLDER, tenants_of
from fleet.work import Worker
from transfer.console import Console
from transfer.engine import EngineError
from transfer.errors import CommandFailedError, WrongUseError
from transfer.stopping import SideBySide
from transfer.wiring import Machine

# After these an engine could not take its lock away.
_CUT_OFF = (Reason.KILLED, Reason.BACKEND, Reason.DISK)


@dataclass(frozen=True)
class Fleet:
    """The tenants of a checkout, and what they are worked on with."""

    root: Path
    machine: Machine
    console: Console
    policies: tuple[str, ...] = ()
    """Options by which the engine is told of policy packs."""

    def do(
        self, verb: Verb, wanted: Wanted, jobs: int, *, is_fail_fast: bool, is_all_anew: bool
    ) -> FleetReport:
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
            report = self.work(
                verb,
                todo,
                jobs,
                kept.add,
                cut_off=_cut_off(last),
                is_fail_fast=is_fail_fast,
                is_all_anew=is_all_anew,
            )
            keep(self.root, verb, report)
        return report

    def work(
        self,
        verb: Verb,
        todo: Plan,
        jobs: int,
        on_row: Callable[[Row], None] = lambda _: None,
        *,
        cut_off: Collection[str] = (),
        is_fail_fast: bool = False,
        is_all_anew: bool = False,
    ) -> FleetReport:
        """Work through a plan, and report; nothing is kept but the logs.

        Args:
            on_row: Told each row that has ended.
            cut_off: Names of tasks that may have left locks the last time.
            is_all_anew: Preview what has not changed since its last preview, too.
        """
        began = monotonic()
        side_by_side = SideBySide()
        display = Display(self.console, len(todo.tasks))
        logs = folder_of(self.root) / "logs"

        def ended(row: Row) -> None:
            on_row(row)
            display.ended(row)

        with ExitStack() as open_ones:
            for one in (side_by_side.handing_on(display.asked), display.shown()):
                open_ones.enter_context(one)
            worker = Worker(
                verb,
                self.machine,
                logs,
                side_by_side,
                display.progress,
                options=self.policies,
                cut_off=cut_off,
            )
            work: Work = worker
            if verb is Verb.UP:
                work = replace(worker, missing=self._missing(todo))
            if verb is Verb.PREVIEW:
                work = self._previewing(worker, open_ones, is_all_anew=is_all_anew)
            rows = work_through(
                todo, work, jobs, ended, side_by_side.stop, is_fail_fast=is_fail_fast
            )
        seconds = round(monotonic() - began, 1)
        return FleetReport(command=verb, seconds=seconds, rows=tuple(rows))

    def _missing(self, todo: Plan) -> set[str]:
        """Name the stacks that are to be made: an `up` would not find them.

        The engine would then end without the language host that it has begun to start.
        """
        try:
            listed = list_stacks(self.machine.engine, self.root)
        except (EngineError, CommandFailedError):
            # Each stack then tells of it.
            return set()
        return {task.stack for task in todo.tasks} - listed.keys()

    def _previewing(self, worker: Worker, open_ones: ExitStack, *, is_all_anew: bool) -> Work:
        """Have programs ready, and leave out what would tell nothing new."""
        # What rules say is not remembered.
        is_all_anew = is_all_anew or bool(self.policies)
        ready = ready_programs(self.root, is_needed=is_all_anew)
        programs = open_ones.enter_context(ready)
        worker = replace(worker, programs=programs)
        try:
            inputs = read_inputs(self.root, self.machine.engine, self.machine.environment)
        except (EngineError, CommandFailedError):
            # Each stack then tells of it.
            return worker
        seen = open_ones.enter_context(remembered(self.root))
        return Skipping(worker, inputs, seen, is_all_anew)


def _cut_off(last: FleetReport | None) -> list[str]:
    return [row.name for row in last.bad if row.reason in _CUT_OFF] if last else []
