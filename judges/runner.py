"""Runs the commands of a script one by one; variables that one sets are there for the next."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from judges.script import Command
from transfer.redaction import redact

_LIMIT_SECONDS = 300
_VARIABLES = "variables.sh"
# The variables are read and written around each command, so the command may fail anywhere.
_FRAME = """
set -euo pipefail -o allexport
[ ! -e {variables} ] || . ./{variables}
trap 'export -p > {variables}' EXIT
{command}
"""


@dataclass(frozen=True)
class Result:
    """What became of a command; without a reason it passed."""

    command: Command
    reason: str
    seconds: float


def run_all(
    commands: Sequence[Command], folder: Path, environment: Mapping[str, str]
) -> Iterator[Result]:
    """Run commands in a folder, each whatever became of those before it."""
    for command in commands:
        started = time.monotonic()
        reason = _run(command, folder, environment)
        yield Result(command, reason, time.monotonic() - started)


def _run(command: Command, folder: Path, environment: Mapping[str, str]) -> str:
    """Run a command to its end; give why it failed, or ""."""
    script = _FRAME.format(variables=_VARIABLES, command=command.text)
    process = subprocess.Popen(
        ["bash", "-c", script],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=_LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        return f"no end after {_LIMIT_SECONDS} s"
    finally:
        if process.poll() is None:
            # It leads its own session, so that this reaches what it has started.
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    return "" if process.returncode == 0 else _reason(errors, output, process.returncode)


def _reason(errors: str, output: str, code: int) -> str:
    """Give the line that tells most, without what signs a request."""
    lines = [line.strip() for line in (errors.strip() or output).splitlines() if line.strip()]
    told = next((line for line in lines if line.startswith("ERROR:")), lines[-1] if lines else "")
    return redact(told) or f"exit code {code}"
