"""The emulator's process: started apart from its caller, found again, ended by its own id."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from emulator.errors import EmulatorError

_STOP_SECONDS = 15.0


@dataclass(frozen=True)
class Lock:
    """Held by a running emulator on its state; the system lets go of it even after a kill."""

    stream: IO[str]

    def __enter__(self) -> "Lock":
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()


def acquire(directory: Path) -> Lock:
    """Take the lock of a state directory and leave the process id in it."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    stream = (directory / "lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        stream.close()
        raise EmulatorError(f"Another emulator runs on {directory}.") from exc
    stream.truncate(0)
    stream.write(str(os.getpid()))
    stream.flush()
    return Lock(stream)


def running(directory: Path) -> int | None:
    """Give the process id of the emulator that runs on a state directory."""
    file = directory / "lock"
    if not file.exists():
        return None
    with file.open("r+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(stream.read() or 0) or None
    return None


def start(directory: Path) -> int:
    """Start a detached emulator, wait until it is healthy and give its process id."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    reader, writer = os.pipe()
    command = [sys.executable, "-m", "emulator", "start", "--foreground"]
    command += ["--state", str(directory), "--ready-fd", str(writer)]
    with (directory / "emulator.log").open("ab") as log:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=(writer,),
            # The modules are found from where the caller found them.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as stream:
        answer = stream.read()
    if answer != "ready":
        child.wait()
        raise EmulatorError(
            answer or f"The emulator ended by itself. {directory / 'emulator.log'} says why."
        )
    # It is meant to outlive us.
    child.returncode = 0
    return child.pid


def teller(ready_fd: int | None) -> Callable[[str], None]:
    """Give the function by which the detached process answers the one that started it."""

    def tell(answer: str) -> None:
        if ready_fd is not None:
            os.write(ready_fd, answer.encode())
            os.close(ready_fd)

    return tell


def stop(directory: Path) -> bool:
    """End the emulator with all its children and wait until it is gone; False if none ran."""
    pid = running(directory)
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    limit = time.monotonic() + _STOP_SECONDS
    while running(directory) == pid:
        if time.monotonic() > limit:
            # Its children notice the end of their parent by themselves.
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    return True


def purge(directory: Path) -> None:
    """End the emulator and delete its state."""
    stop(directory)
    if not directory.exists():
        return
    if not (directory / "account.json").exists() and any(directory.iterdir()):
        raise EmulatorError(
            f"{directory} does not look like an emulator's state: account.json is not there. "
            "Nothing was deleted. Name the right directory with --state."
        )
    shutil.rmtree(directory)
