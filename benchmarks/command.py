"""One command, run to its end and timed; whatever happens, it does not outlive the benchmark."""

import os
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.errors import BenchmarkError
from transfer.redaction import redact

_PATIENCE_SECONDS = 10.0
_WATCH_SECONDS = 0.02
_SHOWN_CHARACTERS = 2000

Watch = Callable[[int], None]


@dataclass(frozen=True)
class Measured:
    """What a command took and said."""

    seconds: float
    cpu_seconds: float
    """Processor time of the command and of those of its children that it has waited for."""
    output: str
    exit_code: int
    peak_bytes: int = 0
    """The most memory that the command, or one of those children, has had."""


def run(
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    watch: Watch | None = None,
    may_fail: bool = False,
    given: str = "",
) -> Measured:
    """Run a command; `watch` is called with its process id again and again while it runs.

    Args:
        given: What it reads from its input.

    Raises:
        BenchmarkError: the command fails.
    """
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as output,
        tempfile.TemporaryFile("w+", encoding="utf-8") as input_,
    ):
        input_.write(given)
        input_.seek(0)
        began = time.monotonic()
        # A session of its own: Ctrl-C reaches only us, and we end the command in order.
        child = subprocess.Popen(
            arguments,
            cwd=folder,
            env=dict(environment),
            stdin=input_,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            usage = _wait(child, watch)
        except BaseException:
            _end(child)
            raise
        seconds = time.monotonic() - began
        output.seek(0)
        text = redact(output.read())
    if child.returncode and not may_fail:
        name = " ".join(arguments[:3])
        raise BenchmarkError(f"'{name}' ended with {child.returncode}: {text[-_SHOWN_CHARACTERS:]}")
    cpu_seconds = usage.ru_utime + usage.ru_stime
    return Measured(seconds, cpu_seconds, text, child.returncode, usage.ru_maxrss * 1024)


def _wait(child: "subprocess.Popen[bytes]", watch: Watch | None) -> resource.struct_rusage:
    """Wait for the end and give what it has used, which Popen itself does not tell."""
    options = 0 if watch is None else os.WNOHANG
    while True:
        pid, status, usage = os.wait4(child.pid, options)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return usage
        if watch is not None:
            watch(child.pid)
        time.sleep(_WATCH_SECONDS)


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Ask the command to end, and end it when it does not."""
    if child.returncode is not None:
        return
    child.send_signal(signal.SIGINT)
    try:
        child.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
