"""Time as the waits see it, so that tests wait without waiting."""

import time
from datetime import UTC, datetime

from transfer.stopping import pause


class Clock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Give the time of day in UTC."""
        return datetime.now(UTC)

    def seconds(self) -> float:
        """Give seconds that only ever grow, for measuring."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; a Ctrl-C ends that."""
        pause(seconds)
