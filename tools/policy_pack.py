"""Makes the environment of the policy pack, and says how the engine that is there starts it."""

import os
from pathlib import Path

from tools import engine
from tools.cache import keep, kept
from tools.pins import fingerprint, version_in
from tools.places import Places
from tools.run import Command, run
from tools.tool import Recipe, Tool

PACK = Path(__file__).parent.parent / "policy"
REQUIREMENTS = PACK / "requirements.txt"
VERSION = "0.1.0"
# What an engine's own language host reads.
BY_LANGUAGE_HOST = f"""runtime:
  name: python
  options:
    virtualenv: .venv
version: {VERSION}
"""
# The language host that can be built from sources starts packs in the folder of the program. Of a
# runtime without a host, the engine starts `pulumi-analyzer-policy-RUNTIME` in that of the pack.
BY_SCRIPT = f"""runtime: venv
version: {VERSION}
"""
SCRIPT = """#!/bin/sh
exec .venv/bin/python -u -m pulumi.policy "$1" "$2"
"""


def find(places: Places) -> Tool | None:
    """Return the cached environment."""
    folder = kept(places.cache, _name(places))
    return _tool(folder) if folder else None


def get(places: Places) -> Tool:
    """Make it, apart from the program's own: pulumi-policy pins an older protobuf."""

    def fill(folder: Path) -> None:
        python = places.venv / "bin" / "python"
        make: Command = [_base_python(places), "-m", "venv", "--without-pip", folder]
        run(make, doing="making the environment of the policy pack")
        options = ("--quiet", "--no-compile", "--disable-pip-version-check", "--no-deps")
        pip: Command = [python, "-m", "pip", "--python", folder / "bin" / "python", "install"]
        doing = "installing the packages of the policy pack"
        run([*pip, *options, "-r", REQUIREMENTS], doing=doing)

    return _tool(keep(places.cache, _name(places), fill))


RECIPE = Recipe("policy", (), find, get)


def write_pack(places: Places) -> None:
    """Write into the pack what depends on this machine: its environment, and how it is started."""
    pack = places.project / "policy"
    environment = kept(places.cache, _name(places))
    host = engine.find(places)
    if environment is None or host is None:
        return
    link = pack / ".venv"
    if not link.is_symlink() or link.readlink() != environment:
        link.unlink(missing_ok=True)
        link.symlink_to(environment)
    script = places.links / "pulumi-analyzer-policy-venv"
    script.unlink(missing_ok=True)
    if host.origin == engine.FROM_SOURCE:
        script.write_text(SCRIPT)
        script.chmod(0o755)
    told = BY_SCRIPT if host.origin == engine.FROM_SOURCE else BY_LANGUAGE_HOST
    (pack / "PulumiPolicy.yaml").write_text(told)


def _base_python(places: Places) -> Path:
    return (places.venv / "bin" / "python").resolve()


def _name(places: Places) -> str:
    pins = (REQUIREMENTS.read_text(), os.fspath(_base_python(places)))
    return f"policy-{fingerprint(flags=pins)}"


def _tool(folder: Path) -> Tool:
    pinned = next(
        line for line in REQUIREMENTS.read_text().splitlines() if line.startswith("pulumi_policy")
    )
    version = ".".join(map(str, version_in(pinned)))
    return Tool(f"pulumi-policy {version}", "from pip", {"python": folder / "bin/python"}, folder)
