"""Finds or builds the language host for YAML programs, which only the tests run."""

import os
from pathlib import Path

from tools import engine
from tools.cache import keep, kept
from tools.gobuild import compiler
from tools.pins import GO_PINS, fingerprint, go_module
from tools.places import Places
from tools.tool import Recipe, Tool

MODULE = "github.com/pulumi/pulumi-yaml"
PROGRAM = "pulumi-language-yaml"
FLAGS = ("-ldflags", "-s -w")


def find(places: Places) -> Tool | None:
    """Return the machine's own, the one that came with the engine, or the cached build."""
    own = places.on_machine(PROGRAM)
    if own:
        return Tool("with the engine", "on PATH", {PROGRAM: own})
    installed = engine.cached(places)
    beside = installed.programs["pulumi"].parent / PROGRAM if installed else None
    if installed and beside and os.access(beside, os.X_OK):
        return Tool(installed.what, installed.origin, {PROGRAM: beside}, installed.cached)
    folder = kept(places.cache, _name())
    return _tool(folder) if folder else None


def get(places: Places) -> Tool:
    """Compile it; most of its modules are those of the engine, in the same versions."""
    go = compiler(places)

    def fill(folder: Path) -> None:
        doing = "building the engine's host for YAML"
        go.build("language-yaml", folder / PROGRAM, doing=doing, flags=FLAGS)

    return _tool(keep(places.cache, _name(), fill))


RECIPE = Recipe("yaml", (PROGRAM,), find, get)


def _tool(folder: Path) -> Tool:
    what = f"pulumi-yaml {_version()}"
    return Tool(what, "built from source", {PROGRAM: folder / PROGRAM}, folder)


def _version() -> str:
    return go_module("language-yaml", MODULE).removeprefix("v")


def _name() -> str:
    return f"language-yaml-{_version()}-{fingerprint(GO_PINS / 'language-yaml', flags=FLAGS)}"
