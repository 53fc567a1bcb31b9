"""Keeps finished folders by name; a folder under its final name is always complete."""

import contextlib
import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.run import say

UNFINISHED = ".unfinished-"


def kept(cache: Path, name: str) -> Path | None:
    """Return the complete folder of this name."""
    folder = cache / name
    return folder if folder.is_dir() else None


def keep(cache: Path, name: str, fill: Callable[[Path], None]) -> Path:
    """Return the folder of this name, letting `fill` make it first if it is missing.

    It is made under another name and renamed at the end, so an interrupt at any time
    leaves nothing that could be taken for complete. The caller holds the lock.
    """
    folder = cache / name
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    # With the lock held nobody is at work on these: they are left from a killed set-up.
    for leftover in cache.glob(f"{UNFINISHED}{name}-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f"{UNFINISHED}{name}-", dir=cache))
    try:
        fill(unfinished)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


@contextlib.contextmanager
def locked(cache: Path) -> Iterator[None]:
    """Hold the cache's lock; the system frees it when the process ends, however it ends."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another set-up to finish with {cache}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
