"""Builds crane, the registry client that is also a registry."""

from pathlib import Path

from tools.cache import keep, kept
from tools.gobuild import compiler
from tools.pins import GO_PINS, fingerprint, go_module
from tools.places import Places
from tools.tool import Recipe, Tool

MODULE = "github.com/google/go-containerregistry"
FLAGS = ("-ldflags", "-s -w")


def find(places: Places) -> Tool | None:
    """Return the cached build; the machine's own may lack `crane registry serve`."""
    folder = kept(places.cache, _name())
    return _tool(folder) if folder else None


def get(places: Places) -> Tool:
    """Compile it."""
    go = compiler(places)

    def fill(folder: Path) -> None:
        go.build("crane", folder / "crane", doing="building crane", flags=FLAGS)

    return _tool(keep(places.cache, _name(), fill))


RECIPE = Recipe("crane", ("crane",), find, get)


def _tool(folder: Path) -> Tool:
    return Tool(f"crane {_version()}", "built from source", {"crane": folder / "crane"}, folder)


def _version() -> str:
    return go_module("crane", MODULE).removeprefix("v")


def _name() -> str:
    return f"crane-{_version()}-{fingerprint(GO_PINS / 'crane', flags=FLAGS)}"
