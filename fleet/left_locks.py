"""Locks that an engine of this machine has left, which has ended and cannot take them away."""

import os
import re
import socket
from pathlib import Path

# What a backend of files or blobs tells of each lock of a stack.
LOCK = re.compile(
    r"/(?P<stack>[\w.-]+)/[\w-]+\.json\S*: created by (?P<who>\S+) \(pid (?P<pid>\d+)\) "
    r"at (?P<at>[\dT:Z.+-]+)"
)


def left_behind(said: str) -> list[str]:
    """Give the stacks whose locks nobody holds any more, by what the engine says of them.

    None where one of the locks is of another machine, or of a process that lives.
    """
    locks = list(LOCK.finditer(said))
    here = f"@{socket.gethostname()}"
    if any(not lock["who"].endswith(here) or _lives(int(lock["pid"])) for lock in locks):
        return []
    return sorted({lock["stack"] for lock in locks})


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # It is somebody else's.
        return True
    return not _awaits_its_parent(pid)


def _awaits_its_parent(pid: int) -> bool:
    """Tell whether a process has ended, and nobody has asked how: in a container, that may stay."""
    try:
        # The name before it, in brackets, may hold anything.
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2]
    except OSError:
        return False
    return state.startswith("Z")
