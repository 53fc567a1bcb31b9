"""Runs other programs: a heartbeat while they are slow, their last words when they fail."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

HEARTBEAT_SECONDS = 15.0

Command = Sequence[str | Path]


class ToolError(Exception):
    """A program could not be found, fetched, built or run."""


def say(line: str) -> None:
    """Print one line at once, also into a pipe."""
    print(line, flush=True)


def run(
    command: Command,
    *,
    doing: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    limit_seconds: float = 3600,
) -> str:
    """Run a command to its end and return what it printed.

    Whatever happens here, also an interrupt, the command and its children are ended.
    """
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        try:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=env and {**os.environ, **env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as exc:
            raise ToolError(f"{doing} failed: {exc.strerror} ({command[0]})") from exc
        try:
            _wait(process, doing, limit_seconds)
        finally:
            _end(process)
        output.seek(0)
        text = output.read()
    if process.returncode != 0:
        raise ToolError(f"{doing} failed: {last_words(text)}")
    return text


def last_words(text: str) -> str:
    """Return the end of a failed program's output, short enough for one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " / ".join(lines[-3:])[-400:] or "it printed nothing"


def _wait(process: subprocess.Popen[bytes], doing: str, limit_seconds: float) -> None:
    started = time.monotonic()
    while True:
        try:
            process.wait(timeout=min(HEARTBEAT_SECONDS, limit_seconds))
        except subprocess.TimeoutExpired:
            elapsed = time.monotonic() - started
            if elapsed >= limit_seconds:
                raise ToolError(f"{doing} failed: no end after {elapsed:.0f} s") from None
            say(f"still {doing}, {elapsed:.0f} s")
        else:
            return


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    # The process leads its own session, so that this reaches compilers it has started.
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
            return
