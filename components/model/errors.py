"""Every error that the program raises on purpose, with the data that explains it.

TransferError
├── SettingsError     values that a person wrote are wrong; all of them are reported together
├── ContractError     what one stack needs to know of the other is missing or of another version
├── HandOverError     the file that stands in for the source's stack cannot be used
└── RunFailedError    the transfer service reports a pipeline run as failed

They know nothing of Pulumi, whose import takes a second; `components.azure.engine_errors` has the
engine print them without a traceback.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """One wrong value: what it is and where, the rule that it breaks, what to write instead."""

    where: str
    value: object
    rule: str
    fix: str

    def __str__(self) -> str:
        return f"{self.where} {self.value!r} is not valid: {self.rule}. {self.fix}"


class TransferError(Exception):
    """The base of all errors raised on purpose."""


class SettingsError(TransferError):
    """One or more values that a person wrote are wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        heading = (
            "The configuration has 1 problem:"
            if len(self.problems) == 1
            else f"The configuration has {len(self.problems)} problems:"
        )
        super().__init__("\n".join([heading, *(f"  - {problem}" for problem in self.problems)]))


class ContractError(TransferError):
    """A stack does not offer what the other side reads from it."""

    def __init__(self, stack: str, reason: str, fix: str) -> None:
        self.stack = stack
        self.reason = reason
        super().__init__(f"stack {stack!r}: {reason}. {fix}")


class HandOverError(TransferError):
    """A hand-over file cannot be used."""

    def __init__(self, file: Path, reason: str, fix: str) -> None:
        self.file = file
        super().__init__(f"hand-over file {str(file)!r}: {reason}. {fix}")


class RunFailedError(TransferError):
    """The transfer service reports a pipeline run as failed."""

    def __init__(self, run: str, service_text: str, meaning: str, fix: str = "") -> None:
        self.run = run
        self.service_text = service_text
        said = f"pipeline run {run!r} failed. The service says: {service_text}"
        super().__init__(" ".join(filter(None, (said, meaning, fix))))
