"""Rows as they end, kept beside the report, so that a fleet that is killed leaves what it did."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pydantic

from fleet.records import Reason, Result, Row
from fleet.tasks import Task

_KILLED = "the command over all tenants was killed before this had ended"


class Journal:
    """A file of rows that lives as long as the command does, unless that is killed."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> tuple[Row, ...]:
        """Give the rows of a command that was killed, or is at work; none after one that ended."""
        rows: dict[str, Row] = {}
        with suppress(OSError):
            for line in self._file.read_bytes().splitlines():
                # A kill may have cut off the last line.
                with suppress(pydantic.ValidationError):
                    row = Row.model_validate_json(line)
                    rows[row.name] = row
        return tuple(rows.values())

    @contextmanager
    def kept(self, tasks: Iterable[Task]) -> Iterator["Journal"]:
        """Keep a row of each task while they are worked on.

        Raises:
            OSError: the file cannot be made.
        """
        unfinished = self._file.with_suffix(f".{os.getpid()}")
        rows = [task.row(Result.NOT_REACHED, Reason.KILLED, _KILLED) for task in tasks]
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text("".join(map(_line, rows)), encoding="utf-8")
        # Whoever is at work in the same checkout goes on with a file that has no name any more.
        unfinished.replace(self._file)
        yield self
        self._file.unlink(missing_ok=True)

    def add(self, row: Row) -> None:
        """Keep a row that has ended; on a full disk it counts as not reached after a kill."""
        with suppress(OSError), self._file.open("a", encoding="utf-8") as file:
            file.write(_line(row))


def _line(row: Row) -> str:
    return f"{row.model_dump_json()}\n"
