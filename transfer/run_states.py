"""The state of pipeline runs, and the wait until they have ended."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from components.model.diagnosis import explain, has_failed
from components.model.errors import RunFailedError
from transfer.clock import Clock
from transfer.console import Console
from transfer.errors import CommandFailedError
from transfer.hints import Hint, Step

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 10.0


@dataclass(frozen=True)
class RunState:
    """A pipeline run as the service reports it."""

    name: str
    pipeline_id: str
    blob: str
    status: str
    provisioning_state: str
    percentage: str = ""
    error: str = ""
    artifacts: tuple[str, ...] = ()
    started: datetime | None = None

    @property
    def has_failed(self) -> bool:
        """Whether either of its two states is a failure."""
        return has_failed(self.status, self.provisioning_state)

    @property
    def has_succeeded(self) -> bool:
        """Whether both states say so; an empty status follows the provisioning state."""
        # A run may show status Running while its provisioning state is Succeeded already.
        is_provisioned = self.provisioning_state.lower() == "succeeded"
        return is_provisioned and self.status.lower() in ("", "succeeded")

    @property
    def has_ended(self) -> bool:
        """Whether it will not change by itself any more."""
        return self.has_failed or self.has_succeeded

    def began_before(self, moment: datetime | None) -> bool:
        """Whether it began before a moment; what has no known time began long ago."""
        return moment is not None and (self.started or _LONG_AGO) < moment


# Gives, for each run that is waited for (by a name for people), its newest state or None.
ReadStates = Callable[[], Mapping[str, RunState | None]]


def newest_by_blob(
    states: Sequence[RunState],
    pipeline_id: str,
    blobs: Sequence[str],
    ignored: Collection[str] = (),
) -> dict[str, RunState | None]:
    """Give each blob's newest run of a pipeline, also those that the source trigger made."""
    found: dict[str, RunState | None] = dict.fromkeys(blobs)
    for state in sorted(states, key=lambda state: state.started or _LONG_AGO):
        # Azure changes the case of resource IDs at will.
        is_of_pipeline = state.pipeline_id.lower() == pipeline_id.lower()
        if state.blob in found and is_of_pipeline and state.name not in ignored:
            found[state.blob] = state
    return found


def by_name(states: Sequence[RunState], names: Sequence[str]) -> dict[str, RunState | None]:
    """Give the state of each run named."""
    known = {state.name.lower(): state for state in states}
    return {name: known.get(name.lower()) for name in names}


def require_no_failure(states: Mapping[str, RunState | None], steps: Sequence[Step]) -> None:
    """Refuse to go on when a run has failed.

    Args:
        steps: How its work is done once more, the whole transfer left out.

    Raises:
        CommandFailedError: with the service's text, what it means, and what to do.
    """
    for state in states.values():
        if state is not None and state.has_failed:
            text = state.error or f"status {state.status or state.provisioning_state}."
            diagnosis = explain(text)
            raise CommandFailedError(
                str(RunFailedError(state.name, text, diagnosis.meaning)),
                Hint(diagnosis.fix, tuple(steps)),
            )


@dataclass(frozen=True)
class Wait:
    """How long to wait, and how the runs are repeated when one has failed."""

    timeout_seconds: float
    when_failed: Sequence[Step]


def wait_for_runs(read: ReadStates, wait: Wait, console: Console, clock: Clock) -> None:
    """Wait until every run has succeeded.

    Raises:
        CommandFailedError: a run has failed; or the time is over, and the service may still be at
            work.
    """
    deadline = clock.seconds() + wait.timeout_seconds
    pause = _FIRST_PAUSE_SECONDS
    finished: set[str] = set()
    while True:
        states = read()
        require_no_failure(states, wait.when_failed)
        for name, state in states.items():
            if state is not None and state.has_succeeded and name not in finished:
                finished.add(name)
                by = "" if state.name == name else f" by run {state.name}"
                console.line(f"  {name} done{by}")
        if len(finished) == len(states):
            return
        if clock.seconds() >= deadline:
            raise _time_is_over(states, wait)
        console.status(_describe(states), len(finished) / len(states))
        clock.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)


def _describe(states: Mapping[str, RunState | None]) -> str:
    going_on = [state for state in states.values() if state and not state.has_succeeded]
    unseen = sum(1 for state in states.values() if state is None)
    parts = [f"{state.name} {state.percentage or state.status}".strip() for state in going_on[:3]]
    if len(going_on) > len(parts):
        parts.append(f"{len(going_on) - len(parts)} more")
    if unseen:
        parts.append(f"{unseen} not begun")
    return ", ".join(parts)


def _time_is_over(states: Mapping[str, RunState | None], wait: Wait) -> CommandFailedError:
    open_ones = [name for name, state in states.items() if state is None or not state.has_succeeded]
    return CommandFailedError(
        f"{len(open_ones)} of {len(states)} not finished after {wait.timeout_seconds / 60:g} "
        f"minutes: {', '.join(open_ones)}. The service may still be at work.",
        "To go on waiting:",
    )
