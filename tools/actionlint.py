"""Builds actionlint, which checks workflows of GitHub."""

from pathlib import Path

from tools.cache import keep, kept
from tools.gobuild import compiler
from tools.pins import GO_PINS, fingerprint, go_module
from tools.places import Places
from tools.tool import Recipe, Tool

MODULE = "github.com/rhysd/actionlint"
FLAGS = ("-ldflags", "-s -w")


def find(places: Places) -> Tool | None:
    """Return the cached build; the machine's own may be another version."""
    folder = kept(places.cache, _name())
    return _tool(folder) if folder else None


def get(places: Places) -> Tool:
    """Compile it."""
    go = compiler(places)

    def fill(folder: Path) -> None:
        go.build("actionlint", folder / "actionlint", doing="building actionlint", flags=FLAGS)

    return _tool(keep(places.cache, _name(), fill))


RECIPE = Recipe("actionlint", ("actionlint",), find, get)


def _tool(folder: Path) -> Tool:
    programs = {"actionlint": folder / "actionlint"}
    return Tool(f"actionlint {_version()}", "built from source", programs, folder)


def _version() -> str:
    return go_module("actionlint", MODULE).removeprefix("v")


def _name() -> str:
    return f"actionlint-{_version()}-{fingerprint(GO_PINS / 'actionlint', flags=FLAGS)}"
