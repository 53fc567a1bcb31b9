"""Memory and processor time of a process with its children, read from /proc."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.errors import BenchmarkError

_PROC = Path("/proc")
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# A process group may be left by plugins, so children are found by their parents.
_STATE, _PARENT, _USER_TIME, _SYSTEM_TIME = 0, 1, 11, 12


@dataclass
class PeakMemory:
    """The most memory that each process of a tree has had, while `watch` was called."""

    bytes_by_process: dict[int, tuple[str, int]] = field(default_factory=dict)

    def watch(self, pid: int) -> None:
        """Look at a process and its children."""
        for member in family(pid):
            peak = _memory(member, "VmHWM")
            if peak:
                self.bytes_by_process[member] = (_role(member), peak)

    def by_role(self) -> dict[str, int]:
        """Give the sum of the peaks by what the processes are."""
        sums: dict[str, int] = {}
        for role, peak in self.bytes_by_process.values():
            sums[role] = sums.get(role, 0) + peak
        return sums


def family(pid: int) -> list[int]:
    """Give a process and all that descend from it, as far as they still run."""
    _require_proc()
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields:
                children.setdefault(int(fields[_PARENT]), []).append(int(entry.name))
    found = [pid]
    for member in found:
        found += children.get(member, [])
    return found


def marked(variable: str) -> list[int]:
    """Give the processes that have a variable, written `NAME=value`, in their environment."""
    _require_proc()
    return [
        int(entry.name)
        for entry in _PROC.iterdir()
        if entry.name.isdigit() and variable in _environment(entry)
    ]


def name_of(pid: int) -> str:
    """Give the name of a process; none where it has ended."""
    try:
        return (_PROC / str(pid) / "comm").read_text().strip()
    except OSError:
        return ""


def memory_by_role(pid: int) -> dict[str, int]:
    """Give the memory of a process and its children now, by what they are."""
    sums: dict[str, int] = {}
    for member in family(pid):
        role = _role(member)
        sums[role] = sums.get(role, 0) + _memory(member, "VmRSS")
    return sums


def cpu_seconds(pid: int) -> float:
    """Give the processor time that a process and its children have used so far."""
    stats = [_stat(member) for member in family(pid)]
    ticks = sum(int(fields[_USER_TIME]) + int(fields[_SYSTEM_TIME]) for fields in stats if fields)
    return ticks / _TICKS_PER_SECOND


def _environment(process: Path) -> list[str]:
    try:
        return os.fsdecode((process / "environ").read_bytes()).split("\0")
    except OSError:  # It has ended meanwhile, or is somebody else's.
        return []


def _stat(pid: int) -> list[str]:
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:  # It has ended meanwhile.
        return []
    # The name before it, in brackets, may hold anything.
    return text.rpartition(") ")[2].split()


def _memory(pid: int, key: str) -> int:
    try:
        lines = (_PROC / str(pid) / "status").read_text().splitlines()
    except OSError:
        return 0
    found = [line for line in lines if line.startswith(f"{key}:")]
    return int(found[0].split()[1]) * 1024 if found else 0


def _role(pid: int) -> str:
    try:
        words = (_PROC / str(pid) / "cmdline").read_text().split("\0")
    except OSError:
        return "ended"
    line = " ".join(words)
    for role, sign in _ROLES.items():
        if sign in line:
            return role
    return Path(words[0]).name


# The first sign that a command line holds; plugins of the emulator are Python scripts.
_ROLES = {
    "provider plugins": "pulumi-resource-",
    "program": "pulumi-language-python-exec",
    "ready program": "ready_program.py",
    "language host": "pulumi-language-python",
    "pip, called by the language host": "-m pip",
    "Azurite": "azurite_host",
    "crane": "crane registry",
    "emulator": "-m emulator",
    "list of all stacks": "stack ls",
    "engine": "pulumi",
}


def _require_proc() -> None:
    if not _PROC.is_dir():
        raise BenchmarkError("memory is read from /proc, which this system does not have.")
