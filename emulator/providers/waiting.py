"""How a session waits: until it is cancelled, and as long as the cloud's settings say."""

import asyncio
from collections.abc import Awaitable, Callable

from emulator.providers.grpc_errors import ProviderError
from emulator.settings import Settings

Sleep = Callable[[float], Awaitable[None]]


class Waiting:
    """What a session waits for, and its clock."""

    def __init__(self, settings: Callable[[], Settings], sleep: Sleep) -> None:
        self._settings = settings
        self._sleep = sleep
        self._cancelled = asyncio.Event()

    def cancel(self) -> None:
        """Stop waiting."""
        self._cancelled.set()

    async def pause(self, seconds: float) -> None:
        """Let some time pass before a request is tried again."""
        factor = self._settings().pause_factor
        if await self.until(self._sleep(seconds * factor), timeout_seconds=0):
            raise ProviderError("context canceled")

    async def until(self, end: Awaitable[object], timeout_seconds: float) -> str:
        """Wait for an end, 0 seconds being for ever; give why it was given up, or ""."""
        ended = asyncio.ensure_future(end)
        cancelled = asyncio.ensure_future(self._cancelled.wait())
        try:
            done, _ = await asyncio.wait(
                (ended, cancelled),
                timeout=timeout_seconds or None,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            cancelled.cancel()
        if ended in done:
            ended.result()
            return ""
        ended.cancel()
        return "context canceled" if cancelled in done else "operation timed out"
