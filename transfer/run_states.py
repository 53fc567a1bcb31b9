"""The state of pipeline runs, and the wait until they have ended."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from components.model.diagnosis import has_failed
from transfer.clock import Clock
from transfer.console import Console
from transfer.errors import CommandFailedError

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


def wait_for_runs(
    read: ReadStates, timeout_seconds: float, console: Console, clock: Clock
) -> Mapping[str, RunState | None]:
    """Wait until every run has ended, and give their states: some may have failed.

    Raises:
        CommandFailedError: the time is over, and the service may still be at work.
    """
    deadline = clock.seconds() + timeout_seconds
    pause = _FIRST_PAUSE_SECONDS
    told: set[str] = set()
    while True:
        states = read()
        ended = {name: state for name, state in states.items() if state and state.has_ended}
        for name, state in ended.items():
            if name not in told:
                told.add(name)
                by = "" if state.name == name else f" by run {state.name}"
                console.line(f"  {name} failed{by}" if state.has_failed else f"  {name} done{by}")
        if len(ended) == len(states):
            return states
        if clock.seconds() >= deadline:
            raise _time_is_over(states, timeout_seconds)
        console.status(_describe(states), len(ended) / len(states))
        clock.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)


def _describe(states: Mapping[str, RunState | None]) -> str:
    going_on = [state for state in states.values() if state and not state.has_ended]
    unseen = sum(1 for state in states.values() if state is None)
    parts = [f"{state.name} {state.percentage or state.status}".strip() for state in going_on[:3]]
    if len(going_on) > len(parts):
        parts.append(f"{len(going_on) - len(parts)} more")
    if unseen:
        parts.append(f"{unseen} not begun")
    return ", ".join(parts)


def _time_is_over(
    states: Mapping[str, RunState | None], timeout_seconds: float
) -> CommandFailedError:
    open_ones = [name for name, state in states.items() if state is None or not state.has_ended]
    return CommandFailedError(
        f"{len(open_ones)} of {len(states)} not finished after {timeout_seconds / 60:g} "
        f"minutes: {', '.join(open_ones)}. The service may still be at work.",
        "To go on waiting:",
    )
