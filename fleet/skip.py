"""Leaves out previews that would tell again what the last one told: that nothing changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pydantic

from fleet.inputs import Inputs
from fleet.records import Result, Row
from fleet.reports import folder_of, write_whole
from fleet.schedule import Work
from fleet.tasks import Task

_FILE = "previewed.json"


class Seen(pydantic.BaseModel):
    """A preview that found nothing to change."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    inputs: str
    """Hash of what decided about it."""
    at: pydantic.AwareDatetime


_SEEN = pydantic.TypeAdapter(dict[str, Seen])


@dataclass(frozen=True)
class Skipping:
    """Does tasks but for those that have been seen, with the same inputs, to change nothing."""

    work: Work
    inputs: Inputs
    seen: dict[str, Seen]
    """By stack; it is kept up to date."""
    is_all_anew: bool

    def __call__(self, task: Task) -> Row:
        """Do a task, or tell in its row since when there is nothing to do."""
        inputs = self.inputs.of(task)
        earlier = self.seen.pop(task.name, None)
        if not self.is_all_anew and earlier is not None and earlier.inputs == inputs:
            self.seen[task.name] = earlier
            cause = f"nothing has changed since the preview of {earlier.at:%Y-%m-%d %H:%M} UTC"
            return task.row(Result.SKIPPED, cause=cause)
        row = self.work(task)
        if inputs is not None and row.result is Result.UNCHANGED:
            self.seen[task.name] = Seen(inputs=inputs, at=datetime.now(UTC))
        return row


@contextmanager
def remembered(root: Path) -> Iterator[dict[str, Seen]]:
    """Give what has been seen in a checkout, and keep what it has become."""
    file = folder_of(root) / _FILE
    try:
        seen = _SEEN.validate_json(file.read_bytes())
    except (OSError, pydantic.ValidationError):
        seen = {}
    try:
        yield seen
    finally:
        write_whole(file, _SEEN.dump_json(seen).decode())
