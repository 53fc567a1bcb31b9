"""A rehearsal from its start to its end: a stage, pairs of stacks on it, and the report."""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fleet.budget import default_jobs
from fleet.display import Display
from fleet.log import opened_log
from fleet.log_console import LogConsole
from fleet.programs import ready_programs
from fleet.records import Reason, Result, Row
from fleet.reports import folder_of
from fleet.schedule import work_through
from fleet.tasks import Plan, Task
from fleet.tenants.folder import Tenant
from rehearsal.base import pairs_at
from rehearsal.chosen import Chosen, Readings
from rehearsal.files import PairFiles
from rehearsal.fixtures import Fixture, Fixtures
from rehearsal.pair_rehearsal import PairRehearsal
from rehearsal.records import PairRow, RehearsalReport, Step
from rehearsal.stage import Stage
from transfer.clock import Clock
from transfer.console import Console
from transfer.errors import StoppedError
from transfer.stopping import SideBySide
from transfer.wiring import Machine

KEPT = ".rehearsal"
"""The folder of a stage that is kept, in the directory of the program."""
Work = Callable[[PairRehearsal], None]


@contextmanager
def set_stage(folder: Path | None, console: Console) -> Iterator[Stage]:
    """Start a cloud in a folder, and have this process reach it; it stays.

    Args:
        folder: None: a new one, which is removed at the end, and the cloud is ended.
    """
    stage = Stage(folder or Path(tempfile.mkdtemp(prefix="acr-transfer-")))
    before = dict(os.environ)
    try:
        with console.step("emulated cloud"):
            stage.set_up()
        # The clients of this process read it too.
        here = stage.environment(before)
        os.environ.clear()
        os.environ.update(here)
        yield stage
    finally:
        os.environ.clear()
        os.environ.update(before)
        if folder is None:
            stage.remove()


@dataclass
class Rehearsals:
    """Pairs of one program, rehearsed on a stage that is set."""

    chosen: Chosen
    stage: Stage
    console: Console
    is_kept: bool = False
    """Whether the stacks stay up for a look."""
    _rehearsals: dict[str, PairRehearsal] = field(default_factory=dict)
    _fixtures: dict[str, Fixture] = field(default_factory=dict)

    def run(self, since: str | None = None) -> RehearsalReport:
        """Rehearse all pairs.

        Args:
            since: A revision of git: the pairs are first rehearsed as they were then, and what is
                rehearsed after it is the change.

        Raises:
            WrongUseError: git knows no such revision.
            SettingsError: values were wrong then, of each pair.
        """
        pairs = self.chosen.pairs
        # Before anything is made, as it may end here.
        bases = pairs_at(since, pairs, self.stage.scratch / "base") if since else Readings()
        clock = Clock()
        began = clock.seconds()
        machine = Machine.of(os.environ)
        root = self.stage.checkout.folder
        with closing(Fixtures(self.stage)) as fixtures:
            for pair in pairs:
                folder = root / pair.place
                self._rehearsals[pair.name] = PairRehearsal(pair, machine, self.console, folder)
            for name, error in bases.errors.items():
                self._rehearsals[name].fail(Step.BASE, error)
            if bases.pairs:
                self._set_up(bases.pairs, fixtures)
                self._each(_base, [pair.name for pair in bases.pairs])
            self._set_up(pairs, fixtures)
            with ready_programs(root) as programs:
                for rehearsal in self._rehearsals.values():
                    rehearsal.programs = programs
                self._each(_kept if self.is_kept else _whole, [pair.name for pair in pairs])
        rows = [self._row(rehearsal) for rehearsal in self._rehearsals.values()]
        return RehearsalReport(
            since=since,
            seconds=round(clock.seconds() - began, 1),
            pairs=(*rows, *self.chosen.refused),
        )

    def _set_up(self, pairs: Sequence[PairFiles], fixtures: Fixtures) -> None:
        """Put pairs on the stage, with what they find there."""
        ready = []
        for pair in pairs:
            rehearsal = self._rehearsals[pair.name]

            def set_up(pair: PairFiles = pair, rehearsal: PairRehearsal = rehearsal) -> str:
                owners = {side.stack: fixtures.owner(side) for side in pair.sides}
                fixture = fixtures.set_up(pair)
                rehearsal.begin(pair, owners, lambda: fixtures.push(pair, fixture.images))
                self._fixtures[pair.name] = fixture
                return f"{len(fixture.artifacts)} artifacts stand in for yours"

            rehearsal.act(Step.STAGE, set_up)
            if rehearsal.failure is None:
                ready.append(pair)
        found = [self._fixtures[pair.name] for pair in ready]
        if found:
            told = {name: words for fixture in found for name, words in fixture.told.items()}
            texts = {path: text for fixture in found for path, text in fixture.texts.items()}
            self.stage.checkout.lay(ready, told, texts)
        if self.is_kept:
            # Otherwise nobody signs in by docker: the exchange of tokens is rehearsed, too.
            self.stage.log_in(server for fixture in found for server in fixture.for_docker)
            self.stage.write_script()

    def _each(self, work: Work, names: Sequence[str]) -> None:
        """Do something for pairs, several at a time where there are several."""
        side_by_side = SideBySide()
        if len(self.chosen.pairs) == 1:
            with side_by_side.handing_on():
                work(self._rehearsals[names[0]])
            return
        display = Display(self.console, len(names))
        root = self.chosen.pairs[0].root
        stopped: list[StoppedError] = []

        def do(task: Task) -> Row:
            rehearsal = self._rehearsals[task.name]
            began = Clock().seconds()
            file = folder_of(root) / "logs" / f"{task.name}.rehearse.log"
            display.progress(task, "begins")
            with opened_log(file) as log:
                rehearsal.console = LogConsole(log, lambda text: display.progress(task, text))
                try:
                    work(rehearsal)
                except StoppedError as error:
                    stopped.append(error)
                    return task.row(Result.STOPPED, Reason.STOPPED, error.message)
            failure = rehearsal.failure
            row = task.row(
                Result.FAILED if failure else Result.DONE, None, failure.said if failure else ""
            )
            seconds = round(Clock().seconds() - began, 1)
            return row.model_copy(update={"seconds": seconds, "log": str(file)})

        plan = Plan(tuple(Task(Tenant(root, name)) for name in names), {})
        with side_by_side.handing_on(display.asked), display.shown():
            work_through(plan, do, max(1, default_jobs() // 2), display.ended, side_by_side.stop)
        if stopped:
            raise stopped[0]

    def _row(self, rehearsal: PairRehearsal) -> PairRow:
        fixture = self._fixtures.get(rehearsal.pair.name)
        return PairRow(
            name=rehearsal.pair.name,
            source=rehearsal.pair.source.stack,
            target=rehearsal.pair.target.stack,
            artifacts=fixture.artifacts if fixture else (),
            steps=tuple(rehearsal.rows),
            changed=rehearsal.changed,
            moved=rehearsal.moved,
        )


def _base(rehearsal: PairRehearsal) -> None:
    rehearsal.act(Step.BASE, rehearsal.transfer)


def _kept(rehearsal: PairRehearsal) -> None:
    is_up = any(row.step is Step.BASE for row in rehearsal.rows)
    rehearsal.act(Step.TRANSFER, rehearsal.change if is_up else rehearsal.transfer)
    rehearsal.act(Step.REPEAT, rehearsal.repeat)


def _whole(rehearsal: PairRehearsal) -> None:
    _kept(rehearsal)
    rehearsal.act(Step.ROTATION, rehearsal.rotate)
    rehearsal.act(Step.DESTROY, rehearsal.destroy)
