"""Finds or gets a real Pulumi engine: the one on PATH, the official one, or a build from source."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.cache import keep, kept
from tools.gobuild import compiler
from tools.pins import (
    GO_PINS,
    OLDEST_ENGINE,
    Version,
    dotted,
    fingerprint,
    go_module,
    sdk,
    version_in,
)
from tools.places import Places
from tools.run import Command, ToolError, run, say
from tools.tool import Recipe, Tool

Way = tuple[str, Callable[[Places], Tool]]

FROM_SOURCE = "built from source"
PROGRAMS = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec")
PKG_MODULE = "github.com/pulumi/pulumi/pkg/v3"
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
GO_TAGS = ("-tags", "osusergo,grpcnotrace")

INSTALLER = "https://get.pulumi.com/install.sh"
PROBE = """
import sys, urllib.request
try:
    urllib.request.urlopen(sys.argv[1], timeout=5).read(1)
except OSError as exc:
    sys.exit(str(exc))
"""
INSTALL = """
import socket, subprocess, sys
from pulumi.automation import PulumiCommand
from semver import VersionInfo
socket.setdefaulttimeout(10)
try:
    PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))
except subprocess.CalledProcessError as exc:
    sys.exit(exc.output.decode(errors="replace"))
"""


def find(places: Places) -> Tool | None:
    """Return the engine on PATH, or one that an earlier set-up has cached."""
    try:
        return on_path(places)
    except ToolError:
        return cached(places)


def on_path(places: Places) -> Tool:
    """Return the machine's own engine if it is new enough and can run Python programs."""
    pulumi = places.on_machine("pulumi")
    if pulumi is None:
        raise ToolError("there is none")
    version = _version_of(pulumi)
    if version < OLDEST_ENGINE:
        raise ToolError(f"{pulumi} is {dotted(version)}, {dotted(OLDEST_ENGINE)} is needed")
    beside = pulumi.resolve().parent / "pulumi-language-python"
    host = beside if os.access(beside, os.X_OK) else places.on_machine(beside.name)
    if host is None:
        raise ToolError(f"{pulumi} has no pulumi-language-python beside it or on PATH")
    return Tool(f"pulumi {dotted(version)}", "on PATH", {"pulumi": pulumi, host.name: host})


def cached(places: Places) -> Tool | None:
    """Return an engine from the cache, whichever way it came there."""
    for name, tool in ((_official_name(), _official), (_built_name(), _built)):
        folder = kept(places.cache, name)
        if folder:
            return tool(folder)
    return None


def official(places: Places) -> Tool:
    """Run the official installer by way of the Pulumi SDK in the project's environment."""
    python = places.venv / "bin" / "python"
    if not os.access(python, os.X_OK):
        raise ToolError(f"{python} is missing; run: make setup")
    # In a process of its own, as a name look-up that hangs obeys no time-out of Python's.
    run(
        [sys.executable, "-c", PROBE, INSTALLER],
        doing=f"reaching {INSTALLER}",
        limit_seconds=10,
    )

    def fill(folder: Path) -> None:
        command: Command = [python, "-c", INSTALL, folder, sdk()]
        run(command, doing="installing the engine", limit_seconds=900)
        for program in PROGRAMS:
            if not os.access(folder / "bin" / program, os.X_OK):
                raise ToolError(f"the installer brought no {program}")

    return _official(keep(places.cache, _official_name(), fill))


def built(places: Places) -> Tool:
    """Compile the engine and the language host for Python from the pinned Go modules."""
    go = compiler(places)
    say(f"engine: compiling pulumi {go_module('pulumi', PKG_MODULE)}; 5 minutes on two cores")

    def fill(folder: Path) -> None:
        programs = folder / "bin"
        programs.mkdir()
        # The host first: it is quick, so a broken tool chain shows early.
        for pin, module, program, tags in (
            ("language-python", SDK_MODULE, "pulumi-language-python", ()),
            ("pulumi", PKG_MODULE, "pulumi", GO_TAGS),
        ):
            stamp = f"-X {SDK_MODULE}/go/common/version.Version={go_module(pin, module)}"
            flags = (*tags, "-ldflags", f"-s -w {stamp}")
            go.build(pin, programs / program, doing=f"building the engine ({program})", flags=flags)
        script = "python/cmd/pulumi-language-python-exec"
        copy = programs / "pulumi-language-python-exec"
        shutil.copyfile(go.source_of("pulumi", SDK_MODULE) / script, copy)
        copy.chmod(0o755)
        _version_of(programs / "pulumi")

    return _built(keep(places.cache, _built_name(), fill))


WAYS: Sequence[Way] = (
    ("pulumi on PATH", on_path),
    ("the official installer", official),
    ("a build from source", built),
)


def get(places: Places, ways: Sequence[Way] = WAYS) -> Tool:
    """Return the engine by the first way that works; else say what each answered."""
    refusals: list[str] = []
    for title, way in ways:
        try:
            return way(places)
        except ToolError as exc:
            refusals.append(f"  {title}: {exc}")
    raise ToolError(
        "no Pulumi engine by any of the three ways:\n" + "\n".join(refusals) + "\n"
        f"Install Pulumi {dotted(OLDEST_ENGINE)} or newer so that it is on PATH, or let this "
        "machine reach the Go module proxy and the Python package index; then run: make setup"
    )


RECIPE = Recipe("engine", PROGRAMS, find, get)


def _version_of(pulumi: Path) -> Version:
    doing = f"asking {pulumi} for its version"
    quiet = {"PULUMI_SKIP_UPDATE_CHECK": "true"}
    return version_in(run([pulumi, "version"], doing=doing, env=quiet, limit_seconds=20))


def _official_name() -> str:
    return f"pulumi-{sdk()}-official"


def _built_name() -> str:
    version = go_module("pulumi", PKG_MODULE).removeprefix("v")
    pins = (GO_PINS / "pulumi", GO_PINS / "language-python")
    return f"pulumi-{version}-built-{fingerprint(*pins, flags=GO_TAGS)}"


def _official(folder: Path) -> Tool:
    return _in_cache(f"pulumi {sdk()}", "by the official installer", folder)


def _built(folder: Path) -> Tool:
    version = go_module("pulumi", PKG_MODULE).removeprefix("v")
    return _in_cache(f"pulumi {version}", FROM_SOURCE, folder)


def _in_cache(what: str, origin: str, folder: Path) -> Tool:
    programs = {program: folder / "bin" / program for program in PROGRAMS}
    return Tool(what, origin, programs, cached=folder)
