"""Errors of the `acr-transfer` command: sentences, and the next command to type."""

from components.model.errors import TransferError


class CommandFailedError(TransferError):
    """Something outside of this program failed, or a transfer is not complete."""

    def __init__(self, message: str, next_command: str) -> None:
        self.message = message
        self.next_command = next_command
        super().__init__(f"{message}\n{next_command}")


class WrongUseError(TransferError):
    """An option, a file or an environment variable that a person gave is wrong."""
