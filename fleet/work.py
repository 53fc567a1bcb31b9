"""Does one task: the engine's work on a stack, or a transfer of a tenant's pair of stacks."""

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TextIO

from components.model.errors import TransferError
from fleet.causes import reason_of
from fleet.engine_events import Story, read_event
from fleet.log_console import LogConsole
from fleet.programs import Programs, started_by_the_engine
from fleet.records import Reason, Result, Row
from fleet.tasks import Task, Verb
from fleet.verified import remember_verified
from transfer.engine import EngineError, EngineStoppedError, NoSuchStackError
from transfer.engine_hints import stopped
from transfer.errors import StoppedError
from transfer.pair import Pair
from transfer.redaction import redact
from transfer.stack_file import init_words, stack_file
from transfer.stopping import SideBySide
from transfer.verify_report import report_of
from transfer.whole_transfer import Transferred
from transfer.wiring import Machine

_ENGINE: dict[Verb, tuple[str, ...]] = {
    Verb.PREVIEW: ("preview",),
    Verb.UP: ("up", "--yes", "--skip-preview", "--continue-on-error"),
    Verb.REFRESH: ("refresh", "--yes", "--skip-preview"),
    Verb.DESTROY: ("destroy", "--yes", "--skip-preview"),
}
_FULL = (errno.ENOSPC, errno.EDQUOT)
_RUN_TIMEOUT_SECONDS = 1800
_LAST_LINES = 12

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

    def __call__(self, task: Task) -> Row:
        """Do a task, and tell in its row how it ended."""
        began = monotonic()
        log = self.logs / f"{task.name}.{self.verb}.log"
        try:
            with _opened(log) as file:
                row = self._stack(task, file) if task.side else self._pair(task, file)
        except OSError as error:
            reason = Reason.DISK if error.errno in _FULL else Reason.UNEXPECTED
            row = _row(task, Result.FAILED, reason, str(error))
        return row.model_copy(update={"seconds": round(monotonic() - began, 1), "log": str(log)})

    def _stack(self, task: Task, log: TextIO) -> Row:
        story = Story()
        arguments = [*_ENGINE[self.verb], "--json", "--stack", task.stack]
        try:
            try:
                with self.programs(task.tenant.folder, log) as program:
                    self._engine(task, [*arguments, *program], log, story)
            except NoSuchStackError:
                if self.verb is not Verb.UP:
                    return _row(task, Result.UNCHANGED, None, "the stack does not exist")
                init = init_words(stack_file(task.tenant.folder, task.stack))
                self._engine(task, [*init, "--stack", task.stack], log, story)
                self._engine(task, arguments, log, story)
        except EngineStoppedError as error:
            is_change = self.verb is not Verb.PREVIEW
            left = stopped(task.stack, task.tenant.folder, error.asked, is_change=is_change)
            return _row(task, Result.STOPPED, Reason.STOPPED, left.message)
        except EngineError as error:
            said = story.errors or story.plain or error.errors
            return self._failed(task, "\n".join(said[-_LAST_LINES:]), log)
        except TransferError as error:
            return self._failed(task, str(error), log)
        result = Result.DONE if story.planned else Result.UNCHANGED
        return _row(task, result).model_copy(update={"changes": tuple(story.planned)})

    def _engine(self, task: Task, arguments: Sequence[str], log: TextIO, story: Story) -> None:
        def read(line: str) -> None:
            log.writelines(f"{redact(text)}\n" for text in read_event(line, story))
            if story.now:
                self.on_progress(task, story.now)

        self.machine.engine.run(arguments, task.tenant.folder, read)

    def _pair(self, task: Task, log: TextIO) -> Row:
        console = LogConsole(log, lambda text: self.on_progress(task, text))
        try:
            session = self.machine.session(Pair(directory=task.tenant.folder), console)
            is_run = self.verb is Verb.RUN
            done = session.run(_RUN_TIMEOUT_SECONDS) if is_run else Transferred(session.verify())
            found = done.verification
            log.write(f"{report_of(found).as_json()}\n")
            done.require_all_done()
        except StoppedError:
            return _row(task, Result.STOPPED, Reason.STOPPED)
        except TransferError as error:
            return self._failed(task, str(error), log)
        if found.is_complete:
            self._remember(task, log)
            return _row(task, Result.DONE, None, found.summary())
        return _row(task, Result.FAILED, Reason.NOT_ARRIVED, found.summary())

    def _remember(self, task: Task, log: TextIO) -> None:
        try:
            remember_verified(self.machine.engine, task.tenant, self.machine.clock.now())
        except EngineError as error:
            # What has arrived has arrived; `fleet status` alone does not know of it.
            log.write(redact(f"the time of this verification is not kept: {error}\n"))

    def _failed(self, task: Task, said: str, log: TextIO) -> Row:
        cause = redact(said)
        log.write(f"{cause}\n")
        if self.side_by_side.stop.is_set():
            return _row(task, Result.STOPPED, Reason.STOPPED, cause)
        return _row(task, Result.FAILED, reason_of(cause), cause)


def _row(task: Task, result: Result, reason: Reason | None = None, cause: str = "") -> Row:
    return Row(tenant=task.tenant.name, stack=task.stack, result=result, reason=reason, cause=cause)


@contextmanager
def _opened(log: Path) -> Iterator[TextIO]:
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    # For whoever runs the fleet alone: names of resources and accounts stand in it.
    log.touch(mode=0o600)
    with log.open("w", encoding="utf-8", buffering=1) as file:
        yield file
