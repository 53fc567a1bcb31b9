"""Builds the programs of others that are written in Go, each as its makers do."""

from functools import partial
from pathlib import Path

from tools.cache import keep, kept
from tools.gobuild import compiler
from tools.pins import GO_PINS, fingerprint, go_module
from tools.places import Places
from tools.tool import Recipe, Tool

_MODULES = {
    "actionlint": "github.com/rhysd/actionlint",
    "crane": "github.com/google/go-containerregistry",
    "oras": "oras.land/oras",
    "regctl": "github.com/regclient/regclient",
}
_FLAGS = ("-ldflags", "-s -w")


def _find(program: str, places: Places) -> Tool | None:
    """Return the cached build; the machine's own may be another version, or lack a command."""
    folder = kept(places.cache, _name(program))
    return _tool(program, folder) if folder else None


def _get(program: str, places: Places) -> Tool:
    go = compiler(places)

    def fill(folder: Path) -> None:
        go.build(program, folder / program, doing=f"building {program}", flags=_FLAGS)

    return _tool(program, keep(places.cache, _name(program), fill))


def _tool(program: str, folder: Path) -> Tool:
    what = f"{program} {_version(program)}"
    return Tool(what, "built from source", {program: folder / program}, folder)


def _version(program: str) -> str:
    return go_module(program, _MODULES[program]).removeprefix("v")


def _name(program: str) -> str:
    return f"{program}-{_version(program)}-{fingerprint(GO_PINS / program, flags=_FLAGS)}"


def _recipe(program: str) -> Recipe:
    return Recipe(program, (program,), partial(_find, program), partial(_get, program))


ACTIONLINT, CRANE = _recipe("actionlint"), _recipe("crane")
OF_THE_JUDGES = (_recipe("oras"), _recipe("regctl"))
