"""Run azcopy once for many blobs, and judge what it did by more than its exit code."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from transfer.console import Console
from transfer.copy.azcopy_output import JobSummary, Outcome
from transfer.errors import CommandFailedError, StoppedError
from transfer.stopping import stoppable

_STOP_SECONDS = 10


@dataclass(frozen=True)
class Job:
    """One invocation of azcopy: where from, where to, which blobs, in which way.

    The two places carry a SAS in their query. azcopy takes it in no other way than as an
    argument, so it is visible to the machine's users while azcopy runs, and lives an hour.
    """

    source: str = field(repr=False)
    target: str = field(repr=False)
    names: tuple[str, ...]
    flags: tuple[str, ...]


def carry(job: Job, console: Console) -> JobSummary:
    """Run a job to its end.

    Raises:
        CommandFailedError: azcopy is missing, or not every blob was carried.
    """
    program = shutil.which("azcopy")
    if program is None:
        raise CommandFailedError(
            "azcopy is not on PATH: it carries the blobs. Put the project's tools on PATH, or "
            "install azcopy: https://aka.ms/downloadazcopy.",
            "make setup",
        )
    directory = Path(tempfile.mkdtemp(prefix="acr-transfer-azcopy-"))
    is_log_wanted = False
    try:
        return _run(program, job, directory, console)
    except StoppedError:
        raise
    except CommandFailedError:
        is_log_wanted = any(directory.glob("logs/*.log"))
        raise
    finally:
        if not is_log_wanted:
            shutil.rmtree(directory, ignore_errors=True)


def _run(program: str, job: Job, directory: Path, console: Console) -> JobSummary:
    names_file = directory / "names"
    names_file.write_text("".join(f"{name}\n" for name in job.names), encoding="utf-8")
    # Without --as-subdir=false a download and an upload add the container's or folder's name.
    arguments = (
        *("copy", job.source, job.target, *job.flags, f"--list-of-files={names_file}"),
        *("--as-subdir=false", "--output-type=json", "--log-level=WARNING"),
    )
    outcome = Outcome()

    def say_that_it_stops() -> None:
        console.line("Stopping: azcopy ends what it has begun. Another Ctrl-C stops it at once.")

    with (
        _process([program, *arguments], _environment(directory)) as process,
        stoppable(process, say_that_it_stops) as asked,
    ):
        for line in process.stdout or ():
            outcome.read(line)
            console.status(outcome.describe(), outcome.fraction())
        return_code = process.wait()
    if asked.times:
        raise StoppedError(
            "Stopped. azcopy has ended, and the blobs that it has copied whole stay.",
            "To go on from there:",
        )
    if return_code == 0 and outcome.is_complete(len(job.names)):
        return outcome.summary()
    logs = directory / "logs"
    places = [place.partition("?")[0] for place in (job.source, job.target)]
    where = f" They go from {places[0]} to {places[1]}."
    log = "\n".join(file.read_text(errors="replace") for file in logs.glob("*.log"))
    if log:
        where += f" azcopy's log is in {logs}."
    raise CommandFailedError(*outcome.failure(return_code, len(job.names), where, log))


@contextlib.contextmanager
def _process(
    command: Sequence[str], environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command,
        # Open and silent: at its end azcopy would read it again and again, on a core of its own.
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        process_group=0,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=environment,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def _environment(directory: Path) -> dict[str, str]:
    return os.environ | {
        "AZCOPY_LOG_LOCATION": str(directory / "logs"),
        "AZCOPY_JOB_PLAN_LOCATION": str(directory / "plans"),
        "AZCOPY_DISABLE_SYSLOG": "true",
    }
