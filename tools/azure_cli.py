"""Gets the real Azure CLI, which only the judges run, into an environment of its own."""

import platform
import sys
from pathlib import Path

from tools.cache import keep, kept
from tools.pins import PIP_PINS, fingerprint, pip_package
from tools.places import Places
from tools.run import Command, run, say
from tools.tool import Recipe, Tool

PACKAGE = "azure-cli"
# Nothing in it names its own folder, which is renamed when complete; `az` of the package does.
_WRAPPER = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
exec "$here/environment/bin/python" -m azure.cli "$@"
"""


def find(places: Places) -> Tool | None:
    """Return the cached one; the judges need exactly the pinned version."""
    folder = kept(places.cache, _name())
    return _tool(folder) if folder else None


def get(places: Places) -> Tool:
    """Install it with pip, every package of it at the version that was tried."""
    say(f"az: installing {PACKAGE} {_version()} with pip (some minutes, 700 MB)")

    def fill(folder: Path) -> None:
        environment = folder / "environment"
        run([sys.executable, "-m", "venv", environment], doing="making az's environment")
        pip: Command = [environment / "bin" / "python", "-m", "pip", "install", "--quiet"]
        pins = _pins() / "requirements.txt"
        run([*pip, "--no-deps", "-r", pins], doing=f"installing {PACKAGE}")
        program = folder / "az"
        program.write_text(_WRAPPER)
        program.chmod(0o755)
        run([program, "version"], doing="starting az", limit_seconds=120)

    return _tool(keep(places.cache, _name(), fill))


RECIPE = Recipe("az", ("az",), find, get)


def _tool(folder: Path) -> Tool:
    return Tool(f"{PACKAGE} {_version()}", "from PyPI", {"az": folder / "az"}, folder)


def _pins() -> Path:
    return PIP_PINS / PACKAGE


def _version() -> str:
    return pip_package(PACKAGE)


def _name() -> str:
    # An environment belongs to one Python.
    python = platform.python_version()
    return f"{PACKAGE}-{_version()}-{fingerprint(_pins(), flags=(python, sys.base_prefix))}"
