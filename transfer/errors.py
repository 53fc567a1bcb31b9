"""Errors of the `acr-transfer` command: sentences, and what to do next."""

from components.model.errors import TransferError
from transfer.hints import Hint


class CommandFailedError(TransferError):
    """Something outside of this program failed, or a transfer is not complete."""

    def __init__(self, message: str, hint: Hint | str = "") -> None:
        """Take a hint in words alone as a plain text."""
        self.message = message
        self.hint = Hint(hint) if isinstance(hint, str) else hint
        super().__init__("\n".join(filter(None, (message, self.hint.words))))


class StoppedError(CommandFailedError):
    """Somebody stopped the command, and what ran then has ended."""


class WrongUseError(TransferError):
    """An option, a file or an environment variable that a person gave is wrong."""
