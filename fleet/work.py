"""Does one task: the engine's work on a stack, or a transfer of a tenant's pair of stacks."""

import errno
import os
import shlex
import traceback
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from components.model.errors import TransferError
from components.model.names import SIDES
from fleet.causes import cause_of
from fleet.engine_events import Story, read_event
from fleet.left_locks import left_behind
from fleet.log import Log, opened_log
from fleet.log_console import LogConsole
from fleet.programs import Programs, started_by_the_engine
from fleet.records import Reason, Result, Row
from fleet.tasks import Task, Verb
from fleet.verified import remember_verified
from transfer.engine import EngineError, EngineStoppedError, NoSuchStackError
from transfer.engine_hints import hint_about, stopped
from transfer.errors import CommandFailedError, StoppedError, WrongUseError
from transfer.hints import Hint
from transfer.left_undone import Transferred
from transfer.pair import Pair
from transfer.pending_creates import PendingCreates, told_of
from transfer.redaction import redact
from transfer.stack_file import init_words, read_entries, stack_file
from transfer.stopping import SideBySide
from transfer.verify_report import report_of
from transfer.wiring import Machine

_ENGINE: dict[Verb, tuple[str, ...]] = {
    Verb.PREVIEW: ("preview",),
    Verb.UP: ("up", "--yes", "--skip-preview", "--continue-on-error"),
    Verb.REFRESH: ("refresh", "--yes", "--skip-preview"),
    # Records of runs are cleaned up in registries: that they are gone is no drift.
    Verb.DRIFT: ("refresh", "--preview-only", "--exclude", "**:PipelineRun::*"),
    # Its preview refuses what is protected; without it, all that is not protected would go first.
    Verb.DESTROY: ("destroy", "--yes"),
}
_FULL = (errno.ENOSPC, errno.EDQUOT)
_RUN_TIMEOUT_SECONDS = 1800

# Is told of a task what is done in it now.
OnProgress = Callable[[Task, str], None]


@dataclass(frozen=True)
class Worker:
    """What tasks are done with; it is called in several threads at a time."""

    verb: Verb
    machine: Machine
    logs: Path
    side_by_side: SideBySide
    on_progress: OnProgress
    programs: Programs = started_by_the_engine
    options: tuple[str, ...] = ()
    """More of what the engine is told, for each stack."""
    cut_off: Collection[str] = ()
    """Names of tasks that may have left a lock the last time: such a one is taken away."""
    missing: set[str] = field(default_factory=set)
    """Stacks that do not exist yet; it is kept up to date."""

    def __call__(self, task: Task) -> Row:
        """Do a task, and tell in its row how it ended."""
        began = monotonic()
        file = self.logs / f"{task.name}.{self.verb}.log"
        self.on_progress(task, "begins")
        try:
            with opened_log(file) as log:
                row = self._logged(task, log)
        except OSError as error:
            row = task.row(Result.FAILED, _reason(error), f"the log cannot be written: {error}")
        return row.model_copy(update={"seconds": round(monotonic() - began, 1), "log": str(file)})

    def _logged(self, task: Task, log: Log) -> Row:
        try:
            # A destruction goes by what the state says.
            if self.verb is not Verb.DESTROY:
                _require_files(task)
            row = self._unlocked(task, log)
        except TransferError as error:
            row = self._failed(task, [str(error)], log)
        except Exception as error:
            # The top of a task: whatever it is, the others go on.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(frame.filename).name}, line {frame.lineno}"
            said = redact(f"unexpected error in {place}: {type(error).__name__}: {error}")
            log.write(f"{said}\n")
            row = task.row(Result.FAILED, _reason(error), said)
        if log.error is None or row.is_bad:
            return row
        cause = f"the work is {row.result}, but its log is cut off: {log.error}"
        return task.row(Result.FAILED, Reason.DISK, cause)

    def _unlocked(self, task: Task, log: Log) -> Row:
        work = self._stack if task.side else self._pair
        row = work(task, log)
        if row.reason is not Reason.LOCKED or task.name not in self.cut_off:
            return row
        stacks = left_behind(row.cause)
        try:
            for stack in stacks:
                self._engine(task, ["cancel", "--yes", "--stack", stack], log, Story())
        except EngineError:
            # The row says what to type.
            return row
        return work(task, log) if stacks else row

    def _stack(self, task: Task, log: Log, pending: PendingCreates | None = None) -> Row:
        story = Story()
        arguments = [*_ENGINE[self.verb], "--json", "--stack", task.stack, *self.options]
        try:
            if task.stack in self.missing:
                self._make(task, log)
            try:
                with self.programs(task.tenant.folder, log) as program:
                    self._engine(task, [*arguments, *program], log, story)
            except NoSuchStackError:
                if self.verb is not Verb.UP:
                    return task.row(Result.UNCHANGED, None, "the stack does not exist")
                self._make(task, log)
                self._engine(task, arguments, log, story)
        except EngineStoppedError as error:
            is_change = self.verb is not Verb.PREVIEW
            left = stopped(task.stack, _place(task), error.asked, is_change=is_change)
            return self._stopped(task, left.message, _typed(left.hint))
        except EngineError as error:
            pending = pending or PendingCreates(self.machine.engine, task.stack, task.tenant.folder)
            if taken := pending.take_over("\n".join(story.refusals)):
                log.write(f"{told_of(taken)}\n")
                return self._stack(task, log, pending)
            said = [*story.errors, *story.plain, *error.errors]
            hint = hint_about("\n".join(said), task.stack, _place(task))
            row = self._failed(task, [*_broken_policies(story), *said], log, _typed(hint))
            return _told(row, story)
        if self.verb is Verb.DRIFT and story.finished:
            return _drifted(task, story)
        result = Result.DONE if story.planned else Result.UNCHANGED
        return _told(task.row(result, None, told_of(pending.taken) if pending else ""), story)

    def _make(self, task: Task, log: Log) -> None:
        init = init_words(stack_file(task.tenant.folder, task.stack))
        self._engine(task, [*init, "--stack", task.stack], log, Story())
        self.missing.discard(task.stack)

    def _engine(self, task: Task, arguments: Sequence[str], log: Log, story: Story) -> None:
        def read(line: str) -> None:
            log.writelines(f"{text}\n" for text in read_event(line, story))
            if story.now:
                self.on_progress(task, story.now)

        self.machine.engine.run(arguments, task.tenant.folder, read)

    def _pair(self, task: Task, log: Log) -> Row:
        console = LogConsole(log, lambda text: self.on_progress(task, text))
        session = self.machine.session(Pair(directory=_place(task)), console)
        is_run = self.verb is Verb.RUN
        try:
            done = session.run(_RUN_TIMEOUT_SECONDS) if is_run else Transferred(session.verify())
            found = done.verification
            log.write(f"{report_of(found).as_json()}\n")
            done.require_all_done()
        except CommandFailedError as error:
            steps = session.lines(Hint(steps=error.hint.steps), ())
            if isinstance(error, StoppedError):
                return self._stopped(task, error.message, steps)
            return self._failed(task, [error.message], log, steps)
        if found.is_complete:
            self._remember(task, log)
            return task.row(Result.DONE, None, found.summary())
        return task.row(Result.FAILED, Reason.NOT_ARRIVED, found.summary())

    def _remember(self, task: Task, log: Log) -> None:
        try:
            remember_verified(self.machine.engine, task.tenant, self.machine.clock.now())
        except EngineError as error:
            # What has arrived has arrived; `fleet status` alone does not know of it.
            log.write(f"the time of this verification is not kept: {error}\n")

    def _failed(self, task: Task, said: Sequence[str], log: Log, steps: Sequence[str] = ()) -> Row:
        reason, cause = cause_of(said, steps)
        log.write(f"{cause}\n")
        if self.side_by_side.stop.is_set():
            return task.row(Result.STOPPED, Reason.STOPPED, cause)
        return task.row(Result.FAILED, reason, cause)

    def _stopped(self, task: Task, said: str, steps: Sequence[str]) -> Row:
        return task.row(Result.STOPPED, Reason.STOPPED, cause_of([said], steps)[1])


def _require_files(task: Task) -> None:
    """Refuse a task without its stacks' files.

    The engine would do without them, and make an empty stack or empty one that is there.

    Raises:
        WrongUseError: a file is not there, or is not YAML.
    """
    for side in [task.side] if task.side else SIDES:
        file = task.tenant.stack_file(side)
        if not file.is_file():
            back = shlex.join(["git", "checkout", "--", str(_place(task) / file.name)])
            raise WrongUseError(
                f"stack {task.tenant.stack(side)!r} is not valid: it has no {file.name}. To get a "
                f"file back that was committed: {back}"
            )
        read_entries(file)


def _broken_policies(story: Story) -> list[str]:
    return [
        f"{violation.name} does not keep policy {violation.rule}: {violation.message}"
        for violation in story.violations
        if violation.level == "mandatory"
    ]


def _drifted(task: Task, story: Story) -> Row:
    found = tuple(story.finished)
    told = "; ".join(
        " ".join((change.operation, change.name, *change.properties)) for change in found
    )
    row = task.row(Result.FAILED, Reason.DRIFTED, f"Azure differs from the state: {told}")
    return row.model_copy(update={"changes": found})


def _told(row: Row, story: Story) -> Row:
    """Put into a row what the engine has told until it ended, well or not."""
    told = {"changes": tuple(story.planned), "violations": tuple(story.violations)}
    return row.model_copy(update=told)


def _reason(error: Exception) -> Reason:
    is_full = isinstance(error, OSError) and error.errno in _FULL
    return Reason.DISK if is_full else Reason.UNEXPECTED


def _typed(hint: Hint) -> list[str]:
    return [shlex.join(step) for step in hint.steps if isinstance(step, tuple)]


def _place(task: Task) -> Path:
    """Give the tenant's folder as a person here types it."""
    return Path(os.path.relpath(task.tenant.folder))
