"""What azcopy says while it works: one JSON object a line, its numbers as texts."""

import json
import re
from dataclasses import dataclass

from components.model.diagnosis import UNKNOWN, Diagnosis, explain
from transfer.redaction import redact

_SERVICE_ERROR = re.compile(r"<Code>(\w+)</Code>.*?<Message>(.*?)</Message>", re.DOTALL)
_DISK_IS_FULL = re.compile("no space left on device|not enough space on the disk", re.IGNORECASE)
FULL_DISK = Diagnosis("The disk is full.", "Make room on it, or name a folder elsewhere; then:")
# Lines kept for the message of a job that failed before it began.
_KEPT_MESSAGES = 3


@dataclass(frozen=True)
class JobSummary:
    """What azcopy said at the end of a job."""

    status: str
    total: int
    completed: int
    failed: int
    skipped: int
    transferred_bytes: int


class Outcome:
    """What azcopy's lines have told so far."""

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

    def failure(self, return_code: int, expected: int, where: str, log: str) -> tuple[str, str]:
        """Say what went wrong, and what to do about it.

        Args:
            log: What azcopy noted beside, of which only the end of the disk is looked for.
        """
        summary = self.summary()
        state = summary.status if self._has_ended else "not begun"
        text = (
            f"azcopy carried {summary.completed} of {expected} blobs (exit code {return_code}, "
            f"job {state}, {summary.failed} failed, {summary.skipped} skipped).{where}"
        )
        # azcopy gives 0 where storage did not refuse: this machine, or the network, failed.
        details = [
            f"{name}: {'no answer of storage, a fault here' if code == '0' else f'status {code}'}"
            for name, code in self._failed.items()
        ]
        said = self._service_said()
        diagnosis = explain(said)
        if _DISK_IS_FULL.search(log):
            diagnosis = FULL_DISK
        elif diagnosis is UNKNOWN:
            diagnosis = Diagnosis("", "What was copied whole is skipped when it is copied again:")
        lines = [text, *details, f"It says: {said}" if said else "", diagnosis.meaning]
        return redact("\n".join(line for line in lines if line)), diagnosis.fix

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
