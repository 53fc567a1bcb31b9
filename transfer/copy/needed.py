"""Which blobs the target still needs: those whose artifacts it does not hold as the lock says."""

from collections.abc import Sequence

from components.model.artifacts import parse_artifact
from components.model.contract import RunPart
from transfer.console import Console
from transfer.errors import CommandFailedError
from transfer.parallel import OnDone, for_each
from transfer.registry.client import Registry, UnreadableError


def needed_runs(
    runs: Sequence[RunPart], target: Registry, on_done: OnDone, console: Console
) -> list[RunPart]:
    """Give the runs of which something has not arrived; the source registry is not asked.

    Without a lock nothing tells what is to be there, so all of them are needed; and so they are
    where the registry cannot be read.
    """
    asked = [(run, text) for run in runs for text in run.digests]
    try:
        arrived = for_each(asked, lambda entry: _has_arrived(*entry, target), on_done)
    except CommandFailedError as error:
        console.line(f"  what has arrived is not known: {error.message}")
        return list(runs)
    lacking = {run.blob for (run, _), is_there in zip(asked, arrived, strict=True) if not is_there}
    return [run for run in runs if run.blob in lacking or not run.is_locked]


def _has_arrived(run: RunPart, text: str, target: Registry) -> bool:
    try:
        return target.digest(parse_artifact(text)) == run.digests[text]
    except UnreadableError:
        return False
