"""Finds or gets azcopy, with the shared libraries that it needs and the machine may lack."""

import os
import platform
import sys
from pathlib import Path

from tools.cache import keep, kept
from tools.libraries import fetch, missing
from tools.node import NpmFolder
from tools.pins import npm_package
from tools.places import Places
from tools.run import ToolError, run
from tools.tool import Recipe, Tool

PACKAGE = "@azure-tools/azcopy-linux"
LIBRARIES = "libsecret-1-0"
# Nothing in it names its own folder, which is renamed when complete.
WRAPPER = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export LD_LIBRARY_PATH
exec "$here/azcopy-binary" "$@"
"""


def find(places: Places) -> Tool | None:
    """Return the machine's own azcopy, else the cached one."""
    own = places.on_machine("azcopy")
    if own:
        return Tool("azcopy", "on PATH", {"azcopy": own})
    folder = kept(places.cache, _npm().name)
    return _tool(folder) if folder else None


def get(places: Places) -> Tool:
    """Install the real binary from npm, with a wrapper where libraries are missing."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise ToolError(
            f"azcopy for {sys.platform} {platform.machine()} is not on npm; only linux x86_64 is. "
            "Install azcopy 10 so that it is on PATH, then run: make setup"
        )

    def fill(folder: Path) -> None:
        package = _npm().install(folder, places)
        assemble(folder, package / "dist" / "bin" / "azcopy_linux_amd64")
        run([folder / "azcopy", "--version"], doing="starting azcopy", limit_seconds=60)

    return _tool(keep(places.cache, _npm().name, fill))


RECIPE = Recipe("azcopy", ("azcopy",), find, get)


def assemble(folder: Path, binary: Path) -> None:
    """Make `folder/azcopy`: the binary, or a wrapper that brings the libraries it lacks."""
    binary.chmod(0o755)
    inside = os.path.relpath(binary, folder)
    program = folder / "azcopy"
    if not missing(binary):
        program.symlink_to(inside)
        return
    fetch(LIBRARIES, folder / "lib")
    (folder / "azcopy-binary").symlink_to(inside)
    program.write_text(WRAPPER)
    program.chmod(0o755)


def _npm() -> NpmFolder:
    return NpmFolder("azcopy", PACKAGE, npm_package("azcopy", PACKAGE))


def _tool(folder: Path) -> Tool:
    return Tool(f"azcopy {_npm().version}", "from npm", {"azcopy": folder / "azcopy"}, folder)
