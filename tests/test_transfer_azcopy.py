"""azcopy is run once for many blobs, and judged by more than its exit code."""

import io
import json
import os
import re
import signal
import sys
import tempfile
from pathlib import Path

import pytest
from transfer_support import SAS, FakeClock, plain_console

from transfer.console import Console
from transfer.copy.azcopy import Job, carry
from transfer.errors import CommandFailedError, StoppedError
from transfer.hints import Hint

JOB = Job(
    f"https://a.blob.core.windows.net/transfer?{SAS}",
    f"https://b.blob.core.windows.net/transfer?{SAS}",
    ("acr-transfer-1", "acr-transfer-2"),
    ("--from-to=BlobBlob",),
)


class FakeAzcopy:
    """A script named azcopy that prints given lines, and notes how it was called."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._directory = directory
        monkeypatch.setenv("PATH", str(directory), prepend=os.pathsep)
        monkeypatch.setattr(tempfile, "tempdir", str(directory))

    def install(self, *messages: dict[str, str], code: int = 0, log: str = "log") -> None:
        """Make it print messages and end with an exit code."""
        text = "".join(json.dumps(message) + "\n" for message in messages)
        (self._directory / "lines").write_text(text)
        self.write(
            f'printf "%s\\n" "$@" > {self._directory}/arguments\n'
            f"env > {self._directory}/environment\n"
            'for a in "$@"; do case $a in --list-of-files=*) '
            f"cat ${{a#--list-of-files=}} > {self._directory}/names;; esac; done\n"
            'mkdir -p "$AZCOPY_LOG_LOCATION"; echo "' + log + '" > "$AZCOPY_LOG_LOCATION/job.log"\n'
            f"cat {self._directory}/lines\nexit {code}"
        )

    def write(self, script: str) -> None:
        """Make it a script."""
        program = self._directory / "azcopy"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def read(self, name: str) -> str:
        """Read what the script noted."""
        return (self._directory / name).read_text()


@pytest.fixture
def azcopy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeAzcopy:
    """A fake azcopy first on PATH."""
    return FakeAzcopy(tmp_path, monkeypatch)


def message(kind: str, content: str) -> dict[str, str]:
    """Give a line of azcopy's JSON output."""
    return {"TimeStamp": "2026-05-01T12:00:00Z", "MessageType": kind, "MessageContent": content}


def end_of_job(status: str = "Completed", **changed: object) -> dict[str, str]:
    """Give azcopy's last line; its numbers are texts."""
    numbers: dict[str, object] = {
        "JobStatus": status,
        "TotalTransfers": "2",
        "TransfersCompleted": "2",
        "TransfersFailed": "0",
        "TransfersSkipped": "0",
        "TotalBytesTransferred": "300",
        "TotalBytesExpected": "300",
    }
    return message("EndOfJob", json.dumps(numbers | changed))


def log_directory(text: str) -> Path:
    """Find the log's directory in an error's text."""
    match = re.search(r"log is in (\S+)\.", text)
    assert match is not None
    return Path(match[1])


def test_many_blobs_are_carried_by_one_call(azcopy: FakeAzcopy) -> None:
    azcopy.install(end_of_job())

    summary = carry(JOB, plain_console()[0])

    assert (summary.completed, summary.transferred_bytes) == (2, 300)
    assert azcopy.read("names") == "acr-transfer-1\nacr-transfer-2\n"
    assert "--as-subdir=false" in azcopy.read("arguments").splitlines()


def test_azcopy_has_an_input_that_says_nothing_and_does_not_end(
    azcopy: FakeAzcopy, tmp_path: Path
) -> None:
    look = "import select; print(select.select([0], [], [], 0)[0])"
    azcopy.write(f"{sys.executable} -c '{look}' > {tmp_path}/input; cat {tmp_path}/lines")
    (tmp_path / "lines").write_text(json.dumps(end_of_job()))

    carry(JOB, plain_console()[0])

    assert azcopy.read("input") == "[]\n", "azcopy reads an ended input again and again"


def test_logs_and_plans_are_gone_after_a_good_job(azcopy: FakeAzcopy) -> None:
    azcopy.install(end_of_job())

    carry(JOB, plain_console()[0])

    environment = dict(line.split("=", 1) for line in azcopy.read("environment").splitlines())
    assert environment["AZCOPY_DISABLE_SYSLOG"] == "true"
    assert not Path(environment["AZCOPY_LOG_LOCATION"]).exists()
    assert not Path(environment["AZCOPY_JOB_PLAN_LOCATION"]).exists()


@pytest.mark.parametrize(
    ("last", "code"),
    [
        (end_of_job(TransfersCompleted="1", TransfersSkipped="1"), 0),
        (end_of_job("Cancelled", TransfersCompleted="1"), 0),
        (end_of_job("CompletedWithErrors", TransfersCompleted="1", TransfersFailed="1"), 1),
        (end_of_job(TotalTransfers="0", TransfersCompleted="0"), 0),
        (end_of_job(), 1),
        (message("Info", "INFO: Scanning..."), 0),
    ],
    ids=["skipped", "cancelled", "failed", "none-found", "exit-code", "no-end"],
)
def test_a_job_that_did_not_carry_every_blob_fails(
    azcopy: FakeAzcopy, last: dict[str, str], code: int
) -> None:
    azcopy.install(last, code=code)

    with pytest.raises(CommandFailedError, match="of 2 blobs") as caught:
        carry(JOB, plain_console()[0])

    directory = log_directory(caught.value.message)
    assert (directory / "job.log").is_file(), "the log of a failed job is kept"


def test_a_failed_job_names_the_blobs_and_what_the_service_says(azcopy: FakeAzcopy) -> None:
    said = (
        "ERR: <Error><Code>AuthorizationFailure</Code><Message>This request is not authorized to "
        "perform this operation.\nRequestId:1</Message></Error>"
    )
    source = f"https://a.blob.core.windows.net/transfer/acr-transfer-1?{SAS}"
    failed = json.dumps({"FailedTransfers": [{"Src": source, "ErrorCode": "403"}]})
    azcopy.install(
        message("Error", said),
        message("Progress", failed),
        end_of_job("Failed", TransfersCompleted="1", TransfersFailed="1", FailedTransfers=[]),
        code=1,
    )

    with pytest.raises(CommandFailedError) as caught:
        carry(JOB, plain_console()[0])

    assert "acr-transfer-1: status 403" in caught.value.message
    places = (place.partition("?")[0] for place in (JOB.source, JOB.target))
    assert "They go from {} to {}.".format(*places) in caught.value.message
    assert "firewall" in caught.value.message
    assert "--default-action Allow" in caught.value.hint.words


def test_a_full_disk_is_told_and_not_as_an_answer_of_storage(azcopy: FakeAzcopy) -> None:
    azcopy.install(
        message("Progress", json.dumps({"FailedTransfers": [{"Src": "a/b", "ErrorCode": "0"}]})),
        end_of_job("Failed", TransfersCompleted="1", TransfersFailed="1"),
        code=1,
        log="ERR: [P#0-T#0] DOWNLOADFAILED: write disk/b: no space left on device",
    )

    with pytest.raises(CommandFailedError, match="The disk is full") as caught:
        carry(JOB, plain_console()[0])

    assert "status 0" not in caught.value.message
    assert caught.value.hint == Hint("Make room on it, or name a folder elsewhere; then:")


class Impatient(Console):
    """A console in front of which somebody presses Ctrl-C as soon as azcopy says something."""

    def status(self, text: str, fraction: float | None = None) -> None:
        super().status(text, fraction)
        os.kill(os.getpid(), signal.SIGINT)


def test_azcopy_is_awaited_when_somebody_presses_ctrl_c(azcopy: FakeAzcopy, tmp_path: Path) -> None:
    azcopy.write(f"trap 'echo in order > {tmp_path}/ended; exit 1' INT; echo; while :; do :; done")
    shown = io.StringIO()

    with pytest.raises(StoppedError, match="azcopy has ended"):
        carry(JOB, Impatient(shown, FakeClock()))

    assert "Stopping: azcopy ends what it has begun." in shown.getvalue()
    assert azcopy.read("ended") == "in order\n"
    assert not list(tmp_path.glob("acr-transfer-azcopy-*"))


def test_a_sas_that_azcopy_echoes_is_not_shown(azcopy: FakeAzcopy) -> None:
    azcopy.install(message("Error", f"cannot open {JOB.source}"), code=1)

    with pytest.raises(CommandFailedError) as caught:
        carry(JOB, plain_console()[0])

    assert "TOP-SECRET" not in str(caught.value)
    assert "sig=REDACTED" in str(caught.value)
    assert "TOP-SECRET" not in repr(JOB)


def test_without_azcopy_the_error_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CommandFailedError, match="azcopy is not on PATH") as caught:
        carry(JOB, plain_console()[0])

    assert caught.value.hint.words == "make setup"
