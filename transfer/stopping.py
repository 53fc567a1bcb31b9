"""Ctrl-C while child processes are at work: they are asked to end, and their end is awaited."""

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from threading import Event, Lock, Thread, current_thread, main_thread
from types import FrameType

from transfer.errors import StoppedError

# A job that is cancelled, or a shutdown, asks by the second one.
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_TIMES_BEFORE_KILL = 3
Process = subprocess.Popen[str]


@dataclass
class Asked:
    """How often somebody asked to stop."""

    times: int = 0

    @property
    def is_killed(self) -> bool:
        """Whether the child was not awaited any more."""
        return self.times >= _TIMES_BEFORE_KILL

    def ask(self, process: Process) -> None:
        """Hand on to a child that it is to end, in the way that the last request asks for."""
        process.send_signal(signal.SIGKILL if self.is_killed else signal.SIGINT)


@dataclass
class SideBySide:
    """Children of several threads, all of which one Ctrl-C reaches."""

    asked: Asked = field(default_factory=Asked)
    stop: Event = field(default_factory=Event)
    """Set when somebody asked to stop."""
    _lock: Lock = field(default_factory=Lock)
    _children: set[Process] = field(default_factory=set)

    @contextmanager
    def handing_on(self, on_asked: Callable[[Asked], None] = lambda _: None) -> Iterator[None]:
        """Have the children of other threads asked, too, what this process is asked meanwhile.

        Args:
            on_asked: Told each time, once it has been handed on.
        """

        def hand_on() -> None:
            with self._lock:
                self.asked.times += 1
                for process in self._children:
                    self.asked.ask(process)
            self.stop.set()
            on_asked(self.asked)

        _at_work.append(self)
        try:
            with _at_each_request(hand_on):
                yield
        finally:
            _at_work.remove(self)

    @contextmanager
    def knowing(self, process: Process) -> Iterator[Asked]:
        """Keep a child among those that are asked, while it runs."""
        with self._lock:
            self._children.add(process)
            if self.asked.times:
                self.asked.ask(process)
        try:
            yield self.asked
        finally:
            with self._lock:
                self._children.discard(process)


_at_work: list[SideBySide] = []
"""One at most; threads of a pool inherit no context that could hold it."""


def pause(seconds: float) -> None:
    """Wait; where threads work side by side, until somebody asks them to stop at the longest.

    Raises:
        StoppedError: somebody asked to stop.
    """
    if not _at_work:
        # A sleep of nothing would still hand the processor to another thread.
        if seconds > 0:
            time.sleep(seconds)
    elif _at_work[-1].stop.wait(seconds):
        raise StoppedError("Stopped. What was done stays.", "To go on from there:")


def heed_interrupts() -> None:
    """Have SIGINT reach what this process will start, also where a shell has it ignored.

    A shell without job control does so for what it starts in the background, and every process
    below inherits it. The engine ends its plugins by SIGINT, and kills them after five seconds.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, _leave_it)


@contextmanager
def stoppable(process: Process, on_first: Callable[[], None]) -> Iterator[Asked]:
    """Hand on to a child what asks this process to stop, and go on waiting for its end.

    The engine and azcopy end what runs after the first SIGINT, and at once after the second one;
    the third time the child is killed. It has to be in a process group of its own, as a terminal
    sends Ctrl-C to the whole group. In another thread than the main one nothing is handed on,
    unless threads work `SideBySide`: that reaches a child of the main thread, too, also where
    somebody asked between two children.
    """
    if _at_work or current_thread() is not main_thread():
        with _at_work[-1].knowing(process) if _at_work else nullcontext(Asked()) as asked:
            yield asked
        return
    asked = Asked()

    def hand_on() -> None:
        asked.times += 1
        asked.ask(process)
        if asked.times == 1:
            on_first()

    with _at_each_request(hand_on):
        yield asked


@contextmanager
def _at_each_request(act: Callable[[], None]) -> Iterator[None]:
    """Act in a thread of its own each time that somebody asks this process to stop.

    A handler in Python runs in the midst of whoever may hold a lock, and not before the main
    thread leaves the wait that it is about to begin: a Ctrl-C at that moment would be lost until
    something else ends. The system's own part of it writes to a descriptor at once.
    """
    told, teller = socket.socketpair()
    teller.settimeout(0)

    def listen() -> None:
        while number := told.recv(1):
            if number[0] in _SIGNALS:
                act()

    thread = Thread(target=listen)
    with told, teller:
        thread.start()
        before = signal.set_wakeup_fd(teller.fileno(), warn_on_full_buffer=False)
        earlier = {number: signal.signal(number, _leave_it) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(before)
            teller.close()
            thread.join()


def _leave_it(_number: int, _frame: FrameType | None) -> None:
    """Take the place of what Python does by itself, or of ignoring the signal."""
