"""Rehearses one pair on the stage: its transfer, and what follows until nothing is left."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from pydantic import SecretStr

from components.model.configuration import SAS_KEY
from components.model.contract import RunPart, SourceContract
from components.model.errors import TransferError
from fleet.engine_events import Story, read_event
from fleet.programs import Programs, started_by_the_engine
from rehearsal.changes import changes_between, named
from rehearsal.files import PairFiles, SideFiles
from rehearsal.over_folder import transfer_over_folder
from rehearsal.owner import Owner
from rehearsal.records import Outcome, StackChanges, Step, StepRow, failed
from transfer.console import Console
from transfer.engine import Engine, EngineError, EngineStoppedError
from transfer.errors import CommandFailedError, StoppedError
from transfer.lock.work import SourceImages
from transfer.pair import Pair
from transfer.session import Session
from transfer.stack_file import init_words, program_directory
from transfer.stacks import PulumiStack
from transfer.verify import Verification
from transfer.whole_transfer import IMPORT_RUNS
from transfer.wiring import Machine

_TIMEOUT_SECONDS = 600
_AS_OF = "ACR_TRANSFER_AS_OF"
_SECRET = "azure-native:keyvault:Secret"
_GROUP = "azure-native:resources:ResourceGroup"
_UP = ("up", "--yes", "--skip-preview", "--json")
_DESTROY = ("destroy", "--yes", "--skip-preview", "--json")
# Does a step; gives what is to be told of it, and None where there is nothing of its kind.
Act = Callable[[], str | None]


@dataclass
class PairRehearsal:
    """The rehearsal of a pair."""

    pair: PairFiles
    machine: Machine
    console: Console
    folder: Path
    """Of the project, on the stage."""
    owners: Mapping[str, Owner] = field(default_factory=dict)
    """Who can look at what each stack makes, by the stack's name."""
    push: Callable[[], None] = lambda: None
    """Puts the images into a registry that the source has made."""
    programs: Programs = started_by_the_engine
    """Those that are ready, for an up that is to change nothing."""
    rows: list[StepRow] = field(default_factory=list)
    changed: tuple[StackChanges, ...] = ()
    moved: tuple[str, ...] = ()

    @property
    def failure(self) -> StepRow | None:
        """The step that failed."""
        return next((row for row in self.rows if row.outcome is Outcome.FAILED), None)

    def begin(self, pair: PairFiles, owners: Mapping[str, Owner], push: Callable[[], None]) -> None:
        """Go on with the files of a pair as they are now, or were before a change."""
        self.pair, self.owners, self.push = pair, owners, push

    def fail(self, step: Step, error: TransferError) -> None:
        """Keep a step as failed that could not be begun."""
        self.rows.append(failed(step, error))

    def act(self, step: Step, act: Act) -> None:
        """Do a step, unless one before it has failed, and keep how it went."""
        if self.failure:
            self.rows.append(StepRow(step=step, outcome=Outcome.NOT_REACHED))
            return
        began = self.machine.clock.seconds()
        try:
            said = act()
            outcome = Outcome.NOT_NEEDED if said is None else Outcome.PROVED
            row = StepRow(step=step, outcome=outcome, said=said or "")
        except StoppedError:
            raise
        except (TransferError, EngineError) as error:
            row = failed(step, error)
        seconds = round(self.machine.clock.seconds() - began, 1)
        self.rows.append(row.model_copy(update={"seconds": seconds}))

    def change(self) -> str:
        """Do a whole transfer with stacks that are up, and keep what that changes."""
        stacks = [self._stack(side) for side in self.pair.sides]
        before = [stack.resources() for stack in stacks]
        runs = {run.name for run in self._source_runs()}
        said = self.transfer()
        self.changed = tuple(
            StackChanges(stack=stack.name, changes=tuple(changes_between(old, stack.resources())))
            for stack, old in zip(stacks, before, strict=True)
        )
        new = [run for run in self._source_runs() if run.name not in runs]
        self.moved = tuple(sorted(str(name) for run in new for name in run.artifacts))
        return f"{said}; {len(self.moved)} moved"

    def transfer(self) -> str:
        """Write the lock, and do a whole transfer."""
        names = (self.pair.source.stack, self.pair.target.stack)
        self._bring_sas()
        if self.pair.source_settings.create_registry:
            self._make_registry()
        session = self.machine.session(Pair(*names, self.folder), self.console)
        if self.pair.source_settings.images_lock:
            here = session.before_export(("source",), reads_images=False)
            images = SourceImages.of(here, ())
            lines, _ = images.lines(images.place.read_lock_if_any())
            images.place.write_lock(lines)
        found = self._move(session)
        if not found.is_complete:
            raise CommandFailedError(found.summary())
        return found.summary()

    def _move(self, session: Session) -> Verification:
        """Move the images, in the way that the target's settings name."""
        settings = self.pair.target_settings
        if settings.source_file is None:
            done = session.run(_TIMEOUT_SECONDS)
            done.require_all_done()
            return done.verification
        return transfer_over_folder(
            session,
            {side.side: self._stack(side) for side in self.pair.sides},
            settings,
            program_directory(self.folder) / settings.source_file,
            self.console,
            _TIMEOUT_SECONDS,
        )

    def _make_registry(self) -> None:
        """Bring a source up that makes its registry, up to its runs, and put the images there."""
        source = self.pair.source
        if not self.owners[source.stack].login_server(source):
            with self.console.step("source up, without its export runs"):
                self._stack(source).up([IMPORT_RUNS])
        self.push()

    def repeat(self) -> str:
        """Run `up` of both sides again."""
        with self.console.step("another up of each side"):
            stories = self._side_by_side(self.pair.sides, self._up_again)
        changes = [change for story in stories for change in story.planned]
        if changes:
            raise CommandFailedError(f"another up changes: {named(changes)}")
        return "another up of each side changes nothing"

    def rotate(self) -> str | None:
        """Run `up` of both sides in the window that follows the one of their SAS."""
        sides = [side for side in self.pair.sides if side.signs_sas]
        if not sides:
            return None
        with self.console.step("up in the next window of the SAS"):
            stories = self._side_by_side(sides, self._up_in_next_window)
        for side, story in zip(sides, stories, strict=True):
            if [(change.operation, change.type) for change in story.planned] != [
                ("update", _SECRET)
            ]:
                raise CommandFailedError(
                    f"the first up of {side.stack} in the next window updates its secret and "
                    f"nothing else, and it changes: {named(story.planned) or 'nothing'}"
                )
        return f"the SAS of {' and '.join(side.stack for side in sides)} is replaced"

    def destroy(self) -> str:
        """Destroy the target, then the source, and look whether their resource groups are gone."""
        with self.console.step("destroy"):
            for side in reversed(self.pair.sides):
                self._destroy(side)
        return "both sides are destroyed, and their resource groups are gone"

    def _destroy(self, side: SideFiles) -> None:
        made = [item for item in self._stack(side).resources() if item.type == _GROUP]
        if side.settings.protect:
            self._engine(side, ("state", "unprotect", "--all", "--yes"))
        self._engine(side, _DESTROY)
        groups = [str(item.inputs["resourceGroupName"]) for item in made]
        owner = self.owners[side.stack]
        left = [group for group in groups if owner.has_group(side, group)]
        if left:
            raise CommandFailedError(f"destroy of {side.stack} leaves {', '.join(left)}")

    def _stack(self, side: SideFiles) -> PulumiStack:
        return PulumiStack(side.stack, self.folder, self.machine.engine, self.console)

    def _bring_sas(self) -> None:
        """Give each side that brings a SAS one of the stage's, as a person types it."""
        for side in self.pair.sides:
            if side.brings_sas:
                file = self.folder / side.file.name
                if not self._stack(side).exists():
                    self._engine(side, init_words(file))
                set_secret(side.stack, SAS_KEY, self.owners[side.stack].sas(side), self.folder)

    def _source_runs(self) -> Sequence[RunPart]:
        stack = self._stack(self.pair.source)
        return SourceContract.from_outputs(stack.name, stack.outputs()).runs

    def _side_by_side(
        self, sides: Sequence[SideFiles], work: Callable[[SideFiles], Story]
    ) -> list[Story]:
        with ThreadPoolExecutor(len(sides)) as pool:
            return list(pool.map(work, sides))

    def _up_again(self, side: SideFiles) -> Story:
        with self.programs(self.folder, StringIO()) as program:
            return self._engine(side, (*_UP, *program))

    def _up_in_next_window(self, side: SideFiles) -> Story:
        moment = side.settings.sas_window.expiry.isoformat()
        return self._engine(side, _UP, self.machine.engine.told(**{_AS_OF: moment}))

    def _engine(self, side: SideFiles, words: Sequence[str], engine: Engine | None = None) -> Story:
        """Run the engine for a stack, and give what it tells.

        Raises:
            CommandFailedError: it failed.
        """
        story = Story()

        def read(line: str) -> None:
            for text in read_event(line, story):
                self.console.status(text)

        command = [*words, "--stack", side.stack]
        try:
            (engine or self.machine.engine).run(command, self.folder, read)
        except EngineStoppedError as error:
            raise StoppedError("Stopped. Nothing of yours was touched.") from error
        except EngineError as error:
            said = "\n".join([*story.errors, *story.plain, *error.errors])
            raise CommandFailedError(
                f"pulumi {words[0]} of {side.stack} failed:\n{said}"
            ) from error
        return story


def set_secret(stack: str, key: str, value: SecretStr, folder: Path) -> None:
    """Write a secret into a stack's file, without it standing in a command."""
    subprocess.run(
        ["pulumi", "--non-interactive", "config", "set", "--secret", key, "--stack", stack],
        cwd=folder,
        input=value.get_secret_value(),
        capture_output=True,
        check=True,
        text=True,
    )
