"""The log of a task: secrets are left out, and a full disk does not stop what is logged."""

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from typing_extensions import override

from transfer.redaction import redact


class Log(io.TextIOWrapper):
    """Takes texts as long as they can be written, and keeps why they cannot.

    An error that ended the reading of what the engine tells would end the engine, too.
    """

    error: OSError | None = None

    @override
    def write(self, text: str, /) -> int:
        """Write a text, secrets left out, and at once; nothing any more after an error."""
        if self.error is None:
            try:
                super().write(redact(text))
                super().flush()
            except OSError as error:
                self.error = error
        return len(text)

    @override
    def flush(self) -> None:
        """Do nothing: all is written at once."""


@contextmanager
def opened_log(path: Path) -> Iterator[Log]:
    """Open a log anew, for whoever runs the fleet alone: names of resources stand in it.

    Raises:
        OSError: it cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    log = Log(path.open("wb"), encoding="utf-8")
    try:
        yield log
    finally:
        # What could not be written is told by the log's error.
        with suppress(OSError):
            log.close()
