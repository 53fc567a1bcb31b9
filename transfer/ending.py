"""How a call of the command ends: its exit code, what stderr says, and what to type next."""

import os
import shlex
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

# Imported where a call needs them, as in transfer/cli.py.
if TYPE_CHECKING:
    from transfer.errors import CommandFailedError
    from transfer.hints import Command, Hint
    from transfer.session import Session

FAILED = 1
WRONG_USE = 2
DIFFERS = 3
INTERRUPTED = 130


def end_with(session: "Session", hint: "Hint | None", code: int = FAILED) -> None:
    """End with a code and what to do about it; go on where there is nothing."""
    if hint is not None:
        stop("\n".join(session.lines(hint, _typed())), code)


def end_as_different(words: str, command: "Command") -> NoReturn:
    """End where what was compared differs and no session is open, with the command to type."""
    stop(f"{words}\n{shlex.join(command)}", DIFFERS)


@contextmanager
def opened_session(
    directory: Path, *, as_json: bool, source: str = "source", target: str = "target"
) -> Iterator["Session"]:
    """Open a session, and say in sentences how it failed and what to type next."""
    with errors_as_sentences():
        from transfer.errors import CommandFailedError
        from transfer.pair import Pair
        from transfer.wiring import open_session

        session = open_session(Pair(source, target, directory), os.environ, as_json=as_json)
        try:
            yield session
        except CommandFailedError as error:
            _stop_by(error, session.lines(error.hint, _typed()))


@contextmanager
def errors_as_sentences() -> Iterator[None]:
    """End by the exit code that an error asks for, with its text and no traceback."""
    try:
        yield
    except typer.Exit:
        raise
    except KeyboardInterrupt:
        again = shlex.join(_typed())
        stop(f"Stopped. What was done stays; to go on from there:\n{again}", INTERRUPTED)
    except Exception as error:
        _explain(error)


def _explain(error: Exception) -> NoReturn:
    """Print an error without a traceback, and end with the exit code that it asks for."""
    from components.model.errors import SettingsError, TransferError
    from transfer.errors import CommandFailedError, WrongUseError
    from transfer.redaction import redact

    if isinstance(error, SettingsError | WrongUseError):
        stop(redact(str(error)), WRONG_USE)
    if isinstance(error, CommandFailedError):
        _stop_by(error, [error.hint.words, shlex.join(_typed())])
    again = shlex.join(_typed())
    if isinstance(error, TransferError):
        stop(redact(f"{error} Then:\n{again}"), FAILED)
    if isinstance(error, OSError) and error.filename:
        stop(f"{error.filename}: {error.strerror}. Mend that, then:\n{again}", FAILED)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}, line {frame.lineno}"
    stop(redact(f"unexpected error in {place}: {type(error).__name__}: {error}"), FAILED)


def _stop_by(error: "CommandFailedError", hint: Sequence[str]) -> NoReturn:
    from transfer.errors import StoppedError
    from transfer.redaction import redact

    code = INTERRUPTED if isinstance(error, StoppedError) else FAILED
    stop(redact("\n".join(line for line in (error.message, *hint) if line)), code)


def _typed() -> "Command":
    """Give the command that was typed."""
    return ("acr-transfer", *sys.argv[1:])


def stop(text: str, code: int) -> NoReturn:
    """Say on stderr how a call has ended, and end."""
    print(text, file=sys.stderr)
    raise typer.Exit(code)
