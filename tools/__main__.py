"""Sets up what acr-transfer runs: `python3 -m tools setup`, `command`, `env`, ..."""

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Sequence

from tools import (
    azcopy,
    azurite,
    engine,
    go_programs,
    gobuild,
    language_yaml,
    node,
    policy_pack,
    python_programs,
    typescript,
)
from tools.command import write_command
from tools.places import Places
from tools.run import ToolError, say
from tools.stopping import exit_by
from tools.tool import Recipe, provide

# Quick ones first; Azurite and azcopy need Node.js before them.
RECIPES = (
    node.RECIPE,
    azurite.RECIPE,
    azcopy.RECIPE,
    go_programs.CRANE,
    policy_pack.RECIPE,
    engine.RECIPE,
)
# After the engine, whose compiled modules they share.
TEST_RECIPES = (*RECIPES, go_programs.ACTIONLINT, typescript.RECIPE, language_yaml.RECIPE)
# What the emulator is judged by.
JUDGE_RECIPES = (*python_programs.RECIPES, *go_programs.OF_THE_JUDGES)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0 when done, 1 when something could not be had."""
    parser = argparse.ArgumentParser(prog="python3 -m tools", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, action, text in (
        ("setup", lambda places: _set_up(RECIPES, places), "get every tool that is missing"),
        ("tests", lambda places: _set_up(TEST_RECIPES, places), "get also what only tests run"),
        ("judges", lambda places: _set_up(JUDGE_RECIPES, places), "get what only the judges run"),
        ("command", _write_command, "put the command acr-transfer into .venv"),
        ("engine", lambda places: _set_up((engine.RECIPE,), places), "get the engine only"),
        ("env", _print_environment, "print the shell lines that put all of it on PATH"),
        ("where", _print_table, "print versions and places"),
    ):
        commands.add_parser(name, help=text).set_defaults(action=action)
    chosen: Callable[[Places], int] = parser.parse_args(arguments).action
    return chosen(Places.of(os.environ))


def _set_up(recipes: Sequence[Recipe], places: Places) -> int:
    failures: list[str] = []
    for recipe in recipes:
        try:
            provide(recipe, places)
        except ToolError as exc:
            failures.append(f"{recipe.name}: {exc}")
    if failures:
        print("\n".join(failures), file=sys.stderr)
        return 1
    gobuild.forget(places)
    policy_pack.write_pack(places)
    say(f"tools: ready in {places.links}; versions: python3 -m tools where")
    return 0


def _write_command(places: Places) -> int:
    write_command(places)
    return 0


def _print_environment(places: Places) -> int:
    folders = f"{shlex.quote(str(places.venv / 'bin'))}:{shlex.quote(str(places.links))}"
    say(f"export VIRTUAL_ENV={shlex.quote(str(places.venv))}")
    say(f'export PATH={folders}:"$PATH"')
    return 0


def _print_table(places: Places) -> int:
    rows = [("tool", "version", "origin", "place")]
    for recipe in (*TEST_RECIPES, *JUDGE_RECIPES):
        tool = recipe.find(places)
        if tool is None:
            target = "setup" if recipe in RECIPES else "test"
            target = "judges" if recipe in JUDGE_RECIPES else target
            rows.append((recipe.name, "missing", f"run: make {target}", ""))
        else:
            place = tool.cached or next(iter(tool.programs.values()))
            rows.append((recipe.name, tool.what, tool.origin, str(place)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say("  ".join(cells).rstrip())
    return 0 if all(row[2] != "run: make setup" for row in rows) else 1


if __name__ == "__main__":
    exit_by(main, "run it again to go on")
