"""How many stacks are worked on at a time."""

import os

# One `pulumi up` peaks at 337 MB: engine, language host, provider and program.
_BYTES_PER_JOB = 400 * 1024**2


def default_jobs() -> int:
    """Give two jobs a core, as far as there is memory for them; one at least."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    places = 2 * (cores or 1)
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return places
    return max(1, min(places, free // _BYTES_PER_JOB))
