"""What a whole transfer leaves undone while it does the rest: the cause of each, and its repair."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from components.model.contract import RunPart
from components.model.diagnosis import explain, when_to_halve
from components.model.errors import RunFailedError
from components.model.names import batch_of_blob
from transfer.errors import CommandFailedError
from transfer.hints import Hint, Lock, Step, renew, split
from transfer.run_order import with_all_after
from transfer.run_states import RunState
from transfer.verify import Verification

_NAMED = 3


@dataclass(frozen=True)
class Undone:
    """A run of the source whose content has not been transferred."""

    run: RunPart
    cause: str
    fix: str = ""
    steps: tuple[Step, ...] = ()
    """What has the next whole transfer do it."""
    is_failure: bool = True
    """Whether it counts although what the run carries may have arrived before."""


@dataclass(frozen=True)
class Transferred:
    """What a whole transfer has brought, and what it has left undone."""

    verification: Verification
    undone: tuple[Undone, ...] = ()

    def require_all_done(self) -> None:
        """Refuse a transfer that has left something undone.

        Raises:
            CommandFailedError: it names each cause, and what to type.
        """
        if self.undone:
            raise error_about(self.undone)


class LeftUndone:
    """The runs of a source that a transfer goes on without, each by its blob."""

    def __init__(self) -> None:
        self._items: dict[str, Undone] = {}

    @property
    def blobs(self) -> tuple[str, ...]:
        """Name the blobs that are left out."""
        return tuple(self._items)

    def others(self, runs: Iterable[RunPart]) -> list[RunPart]:
        """Give the runs that are not left out."""
        return [run for run in runs if run.blob not in self._items]

    def add_failed(
        self,
        runs: Iterable[RunPart],
        states: Mapping[str, RunState | None],
        otherwise: Sequence[Step],
    ) -> None:
        """Leave out those that have failed.

        Args:
            states: Of the run, of either side, that writes or reads each blob.
            otherwise: How they are repeated where no lock tells what they carry.
        """
        for run in runs:
            state = states.get(run.blob)
            if state is not None and state.has_failed:
                self._items[run.blob] = _failed(run, state, otherwise)

    def add_unmade(self, runs: Iterable[RunPart], stack: str) -> None:
        """Leave out those that the `up` of a stack could not make."""
        self._items |= {run.blob: _not_made(run, stack) for run in self.others(runs)}

    def add_gone(
        self, runs: Iterable[RunPart], blobs: Collection[str], otherwise: Sequence[Step]
    ) -> None:
        """Leave out those whose blobs have been deleted since they were exported."""
        self._items |= {run.blob: _gone(run, otherwise) for run in runs if run.blob in blobs}

    def add_waiting(self, runs: Sequence[RunPart]) -> None:
        """Leave out those that are to be imported after others that are left out."""
        waits = with_all_after(self._items, runs)
        self._items |= {run.blob: _waiting(run) for run in self.others(runs) if run.blob in waits}

    def in_the_end(self, runs: Sequence[RunPart], lacking: Collection[str]) -> tuple[Undone, ...]:
        """Give what is left out, without blobs that are gone since what they held has arrived.

        Args:
            lacking: The blobs of which something has not arrived.
        """
        return tuple(
            item
            for blob, item in self._items.items()
            if item.is_failure or with_all_after({blob}, runs) & set(lacking)
        )

    def error(self) -> CommandFailedError:
        """Tell of all that is left out."""
        return error_about(tuple(self._items.values()))


def error_about(undone: Sequence[Undone]) -> CommandFailedError:
    """Name each cause once, and what to type for all of them."""
    fixes = dict.fromkeys(item.fix for item in undone if item.fix)
    causes = dict.fromkeys(item.cause for item in undone)
    return CommandFailedError(
        "\n".join(causes), Hint("\n".join(fixes), _joined(item.steps for item in undone))
    )


def _failed(run: RunPart, state: RunState, otherwise: Sequence[Step]) -> Undone:
    """Tell of a run of either side that has failed: what the service says, and what that means.

    Args:
        run: The source's run whose content it carries.
        otherwise: How it is repeated where no lock tells what it carries.
    """
    text = state.error or f"status {state.status or state.provisioning_state}."
    diagnosis = explain(text)
    cause = str(RunFailedError(state.name, text, diagnosis.meaning))
    if not run.is_locked or not otherwise:
        return Undone(run, cause, diagnosis.fix, tuple(otherwise))
    batch, when = batch_of_blob(run.blob), when_to_halve(text, len(run.artifacts))
    if when == "at once":
        return Undone(run, cause, diagnosis.fix, (split(batch),))
    fix = diagnosis.fix
    if when:
        fix += f" If the next run fails too, halve it: acr-transfer lock --split {batch}."
    return Undone(run, cause, fix, (renew([batch]),))


def _not_made(run: RunPart, stack: str) -> Undone:
    """Tell of a run that an `up` could not make."""
    return Undone(run, f"{_carrier(run)} has no run in stack {stack!r}: see above what failed.")


def _gone(run: RunPart, otherwise: Sequence[Step]) -> Undone:
    """Tell of a blob that the target needs and that has been deleted since it was exported."""
    steps = (renew([batch_of_blob(run.blob)]),) if run.is_locked else tuple(otherwise)
    cause = f"{_carrier(run)} has been deleted, and the target needs it."
    return Undone(run, cause, steps=steps, is_failure=False)


def _waiting(run: RunPart) -> Undone:
    """Tell of a run that is to come after others that are left out."""
    cause = f"{_carrier(run)} waits for {', '.join(run.after)}, which holds older content."
    return Undone(run, cause, is_failure=False)


def _joined(steps: Iterable[tuple[Step, ...]]) -> tuple[Step, ...]:
    """Give each step once, and all that is renewed by one command."""
    found = tuple(dict.fromkeys(step for item in steps for step in item))
    renewed = [step for step in found if isinstance(step, Lock) and step.words[0] == "--renew"]
    if not renewed:
        return found
    words = tuple(word for step in renewed for word in step.words)
    return (*(step for step in found if step not in renewed), Lock(words))


def _carrier(run: RunPart) -> str:
    more = ", ..." if len(run.artifacts) > _NAMED else ""
    return f"blob {run.blob!r} of {', '.join(run.artifacts[:_NAMED])}{more}"
