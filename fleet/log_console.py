"""What a transfer shows, written into a tenant's log while others work beside it."""

from collections.abc import Callable
from typing import TextIO

from typing_extensions import override

from transfer.console import Console


class LogConsole(Console):
    """Lines go into a log; what goes on is handed to whoever shows all tenants."""

    def __init__(self, log: TextIO, on_status: Callable[[str], None]) -> None:
        super().__init__(log)
        self._on_status = on_status

    @override
    def status(self, text: str, fraction: float | None = None) -> None:
        """Tell what goes on."""
        self._on_status(text)
        super().status(text, fraction)
