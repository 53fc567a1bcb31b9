"""The wait until everything has arrived, by comparing again what has not."""

from collections.abc import Callable, Sequence

from components.model.contract import RunPart
from transfer.clock import Clock
from transfer.console import Console
from transfer.verdicts import OUTCOMES
from transfer.verify import Verification

_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 15.0


def wait_for_arrival(
    runs: Sequence[RunPart],
    compare: Callable[[Sequence[RunPart]], Verification],
    timeout_seconds: float,
    console: Console,
    clock: Clock,
) -> Verification:
    """Compare until all has arrived or the time is over; what has arrived is not looked at again.

    With a time of 0 everything is compared once.
    """
    found = compare(runs)
    deadline = clock.seconds() + timeout_seconds
    pause = _FIRST_PAUSE_SECONDS
    while not found.is_final and (left := deadline - clock.seconds()) > 0:
        console.status(found.summary())
        clock.sleep(min(pause, left))
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        found = found.renewed(compare(_awaited(runs, found)))
    return found


def _awaited(runs: Sequence[RunPart], found: Verification) -> list[RunPart]:
    awaited = {check.artifact for check in found.checks if not OUTCOMES[check.verdict].is_final}
    parts = [
        run.model_copy(
            update={"artifacts": tuple(item for item in run.artifacts if item in awaited)}
        )
        for run in runs
    ]
    return [part for part in parts if part.artifacts]
