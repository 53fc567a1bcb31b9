"""One program that the project needs: how it is looked for, got, and linked."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.cache import locked
from tools.places import Places
from tools.run import ToolError, say


@dataclass(frozen=True)
class Tool:
    """A program that is there."""

    what: str  # "pulumi 3.258.0"
    origin: str  # "built from source"
    programs: Mapping[str, Path]  # by the name under which they are called
    cached: Path | None = None  # the folder in the cache; None for the machine's own


@dataclass(frozen=True)
class Recipe:
    """How to come by one tool; `find` is quick and uses no network."""

    name: str
    links: tuple[str, ...]
    find: Callable[[Places], Tool | None]
    get: Callable[[Places], Tool]


def provide(recipe: Recipe, places: Places) -> Tool:
    """Find or get a tool and link it; print one line if that changed anything."""
    started = time.monotonic()
    tool, got = recipe.find(places), False
    if tool is None:
        with locked(places.cache):
            # Another set-up may have got it while we waited.
            tool = recipe.find(places)
            got = tool is None
            tool = tool or recipe.get(places)
    changed = _link(recipe, tool, places.links)
    if got or changed:
        took = f" ({duration(time.monotonic() - started)})" if got else ""
        where = f", cached in {tool.cached}" if tool.cached else ""
        say(f"{recipe.name}: {tool.what} {tool.origin}{took}{where}")
    return tool


def duration(seconds: float) -> str:
    """Return a length of time as people say it."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _link(recipe: Recipe, tool: Tool, folder: Path) -> bool:
    """Make the links of a cached tool; take them away where the machine's own is used."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = False
    for name in recipe.links:
        link = folder / name
        target = tool.programs.get(name) if tool.cached else None
        if target is None:
            changed |= link.is_symlink()
            link.unlink(missing_ok=True)
        elif not (link.is_symlink() and link.readlink() == target):
            if not os.access(target, os.X_OK):
                raise ToolError(
                    f"{target} is missing or cannot be run; a finished folder of the cache is "
                    f"never changed by us. Remove {tool.cached} and run: make setup"
                )
            fresh = folder / f".{name}.{os.getpid()}"
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(target)
            fresh.replace(link)
            changed = True
    return changed
