"""Installs Azurite, Microsoft's blob storage emulator."""

from pathlib import Path

from tools.cache import keep, kept
from tools.node import NpmFolder
from tools.pins import npm_package
from tools.places import Places
from tools.tool import Recipe, Tool

PROGRAM = "azurite-blob"


def find(places: Places) -> Tool | None:
    """Return the cached one; the tests need exactly the pinned version."""
    folder = kept(places.cache, _npm().name)
    return _tool(folder) if folder else None


def get(places: Places) -> Tool:
    """Install it with npm."""

    def fill(folder: Path) -> None:
        _npm().install(folder, places)
        _main(folder).chmod(0o755)

    return _tool(keep(places.cache, _npm().name, fill))


RECIPE = Recipe("azurite", (PROGRAM,), find, get)


def _npm() -> NpmFolder:
    return NpmFolder("azurite", "azurite", npm_package("azurite", "azurite"))


def _main(folder: Path) -> Path:
    return _npm().within(folder) / "dist" / "src" / "blob" / "main.js"


def _tool(folder: Path) -> Tool:
    return Tool(f"azurite {_npm().version}", "from npm", {PROGRAM: _main(folder)}, folder)
