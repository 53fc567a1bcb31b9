"""Gets what makes a TypeScript SDK of a schema and compiles it, which only the tests do."""

from pathlib import Path

from tools.cache import keep, kept
from tools.gobuild import compiler
from tools.node import NpmFolder
from tools.pins import GO_PINS, NPM_PINS, fingerprint, npm_package
from tools.places import Places
from tools.tool import Recipe, Tool

GENERATOR = "sdk-for-node"
FLAGS = ("-ldflags", "-s -w")


def find(places: Places) -> Tool | None:
    """Return the cached ones; the tests need exactly the pinned versions."""
    folder = kept(places.cache, _name())
    return _tool(folder) if folder else None


def get(places: Places) -> Tool:
    """Install compiler and Node.js SDK with npm, and compile the generator."""
    go = compiler(places)

    def fill(folder: Path) -> None:
        _npm().install(folder, places)
        doing = "building the generator of SDKs"
        package = f"./{GENERATOR}"
        go.build("pulumi", folder / GENERATOR, doing=doing, flags=FLAGS, package=package)

    return _tool(keep(places.cache, _name(), fill))


RECIPE = Recipe("typescript", (GENERATOR, "tsc"), find, get)


def _npm() -> NpmFolder:
    return NpmFolder("typescript", "typescript", npm_package("typescript", "typescript"))


def _tool(folder: Path) -> Tool:
    programs = {
        GENERATOR: folder / GENERATOR,
        "tsc": _npm().within(folder) / "bin" / "tsc",
    }
    return Tool(f"typescript {_npm().version}", "from npm", programs, folder)


def _name() -> str:
    pins = (NPM_PINS / "typescript", GO_PINS / "pulumi", GO_PINS / "pulumi" / GENERATOR)
    return f"typescript-{_npm().version}-{fingerprint(*pins, flags=FLAGS)}"
