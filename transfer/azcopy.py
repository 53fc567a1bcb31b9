"""Run azcopy once for many blobs, and judge what it did by more than its exit code."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from components.diagnosis import explain
from transfer.console import Console
from transfer.errors import CommandFailedError
from transfer.redaction import redact

_SERVICE_ERROR = re.compile(r"<Code>(\w+)</Code>.*?<Message>(.*?)</Message>", re.DOTALL)
_STOP_SECONDS = 10
# Lines kept for the message of a job that failed before it began.
_KEPT_MESSAGES = 3


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


@dataclass(frozen=True)
class JobSummary:
    """What azcopy said at the end of a job."""

    status: str
    total: int
    completed: int
    failed: int
    skipped: int
    transferred_bytes: int


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
    is_done = False
    try:
        summary = _run(program, job, directory, console)
        is_done = True
        return summary
    finally:
        if is_done or not any(directory.glob("logs/*.log")):
            shutil.rmtree(directory, ignore_errors=True)


def _run(program: str, job: Job, directory: Path, console: Console) -> JobSummary:
    names_file = directory / "names"
    names_file.write_text("".join(f"{name}\n" for name in job.names), encoding="utf-8")
    # Without --as-subdir=false a download and an upload add the container's or folder's name.
    arguments = (
        *("copy", job.source, job.target, *job.flags, f"--list-of-files={names_file}"),
        *("--as-subdir=false", "--output-type=json", "--log-level=WARNING"),
    )
    outcome = _Outcome()
    with _process([program, *arguments], _environment(directory)) as process:
        for line in process.stdout or ():
            outcome.read(line)
            console.status(outcome.describe(), outcome.fraction())
        return_code = process.wait()
    if return_code == 0 and outcome.is_complete(len(job.names)):
        return outcome.summary()
    logs = directory / "logs"
    where = f" azcopy's log is in {logs}." if any(logs.glob("*.log")) else ""
    raise CommandFailedError(*outcome.failure(return_code, len(job.names), where))


@contextlib.contextmanager
def _process(
    command: Sequence[str], environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
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
        if process.stdout is not None:
            process.stdout.close()


def _environment(directory: Path) -> dict[str, str]:
    return os.environ | {
        "AZCOPY_LOG_LOCATION": str(directory / "logs"),
        "AZCOPY_JOB_PLAN_LOCATION": str(directory / "plans"),
        "AZCOPY_DISABLE_SYSLOG": "true",
    }


class _Outcome:
    """What azcopy's lines have told so far; each is one JSON object, numbers are texts."""

    def __init__(self) -> None:
        self._last: dict[str, object] = {}
        self._has_ended = False
        self._messages: list[str] = []
        self._failed: dict[str, str] = {}

    def read(self, line: str) -> None:
        """Take in one line of azcopy's output."""
        message = _json_object(line)
        kind = message.get("MessageType")
        content = str(message.get("MessageContent", "" if message else line))
        if kind in ("Progress", "EndOfJob"):
            self._last = _json_object(content) or self._last
            self._has_ended = self._has_ended or kind == "EndOfJob"
            self._note_failures()
        elif kind != "Init" and content.strip():
            self._messages.append(content.strip())

    def describe(self) -> str:
        """Tell how far the job is, in a few words."""
        done = self._number("TotalBytesTransferred") / 1e6
        total = self._number("TotalBytesExpected") / 1e6
        blobs = f"{self._number('TransfersCompleted')} of {self._number('TotalTransfers')} blobs"
        return f"{blobs}, {done:.1f} of {total:.1f} MB" if total else "azcopy is looking"

    def fraction(self) -> float | None:
        """Tell how far the job is, from 0 to 1; None before that is known."""
        expected = self._number("TotalBytesExpected")
        return self._number("TotalBytesTransferred") / expected if expected else None

    def is_complete(self, expected: int) -> bool:
        """Judge the job: ended, completed, each blob carried, none skipped or overlooked.

        azcopy also exits with 0 when it skips blobs, or finds none of those listed.
        """
        summary = self.summary()
        return self._has_ended and summary == JobSummary(
            "Completed", expected, expected, 0, 0, summary.transferred_bytes
        )

    def summary(self) -> JobSummary:
        """Give the numbers of the last report."""
        return JobSummary(
            status=str(self._last.get("JobStatus", "")),
            total=self._number("TotalTransfers"),
            completed=self._number("TransfersCompleted"),
            failed=self._number("TransfersFailed"),
            skipped=self._number("TransfersSkipped"),
            transferred_bytes=self._number("TotalBytesTransferred"),
        )

    def failure(self, return_code: int, expected: int, where: str) -> tuple[str, str]:
        """Say what went wrong, and what to do about it."""
        summary = self.summary()
        state = summary.status if self._has_ended else "not begun"
        text = (
            f"azcopy carried {summary.completed} of {expected} blobs (exit code {return_code}, "
            f"job {state}, {summary.failed} failed, {summary.skipped} skipped).{where}"
        )
        details = [f"{name}: status {code}" for name, code in self._failed.items()]
        said = self._service_said()
        if said:
            diagnosis = explain(said)
            lines = [text, *details, f"It says: {said}", diagnosis.meaning]
            return redact("\n".join(lines)), diagnosis.fix
        return redact("\n".join([text, *details])), "acr-transfer copy"

    def _service_said(self) -> str:
        everything = "\n".join(self._messages)
        match = _SERVICE_ERROR.search(everything)
        if match:
            return f"{match[1]}: {match[2].splitlines()[0]}"
        errors = [text for text in self._messages if not text.startswith("INFO:")]
        return "\n".join(errors[-_KEPT_MESSAGES:])

    def _note_failures(self) -> None:
        # The last line's list is empty: it holds only what is new since the line before.
        for key in ("FailedTransfers", "SkippedTransfers"):
            transfers = self._last.get(key)
            for transfer in transfers if isinstance(transfers, list) else ():
                name = str(transfer.get("Src", "")).split("?")[0].rsplit("/", 1)[-1]
                self._failed[name] = str(transfer.get("ErrorCode", ""))

    def _number(self, key: str) -> int:
        value = str(self._last.get(key, "0"))
        return int(value) if value.isdecimal() else 0


def _json_object(text: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
