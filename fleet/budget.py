"""How many stacks are worked on at a time."""

import os
import re
from pathlib import Path

# One `pulumi up` peaks at 337 MB: engine, language host, provider and program.
_BYTES_PER_JOB = 400 * 1024**2
# What is free without swapping: most of what caches hold, too.
_AVAILABLE = re.compile(r"^MemAvailable: +(\d+) kB$", re.MULTILINE)


def default_jobs(memory: Path = Path("/proc/meminfo")) -> int:
    """Give two jobs a core, as far as there is memory for them; one at least."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    places = 2 * (cores or 1)
    told = _AVAILABLE.search(memory.read_text()) if memory.exists() else None
    if told is None:
        return places
    return max(1, min(places, int(told[1]) * 1024 // _BYTES_PER_JOB))
