"""Ctrl-C while a child process is at work: it is asked to end, and its end is awaited."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import current_thread, main_thread
from types import FrameType

# A job that is cancelled, or a shutdown, asks by the second one.
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_TIMES_BEFORE_KILL = 3


@dataclass
class Asked:
    """How often somebody asked to stop."""

    times: int = 0

    @property
    def is_killed(self) -> bool:
        """Whether the child was not awaited any more."""
        return self.times >= _TIMES_BEFORE_KILL


@contextmanager
def stoppable(process: "subprocess.Popen[str]", on_first: Callable[[], None]) -> Iterator[Asked]:
    """Hand on to a child what asks this process to stop, and go on waiting for its end.

    The engine and azcopy end what runs after the first SIGINT, and at once after the second one;
    the third time the child is killed. It has to be in a process group of its own, as a terminal
    sends Ctrl-C to the whole group. In another thread than the main one nothing is handed on.
    """
    asked = Asked()

    def hand_on(_number: int, _frame: FrameType | None) -> None:
        asked.times += 1
        process.send_signal(signal.SIGKILL if asked.is_killed else signal.SIGINT)
        if asked.times == 1:
            on_first()

    if current_thread() is not main_thread():
        yield asked
        return
    earlier = {number: signal.signal(number, hand_on) for number in _SIGNALS}
    try:
        yield asked
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
