"""The way in for the real azure-native plugin, in the place of the emulated one."""

import os
import shlex
from pathlib import Path

import pytest

from emulator.providers.plugins import AZURE_NATIVE, sdk_version

VARIABLE = "AZURE_NATIVE_PLUGIN"
_PROGRAM = f"pulumi-resource-{AZURE_NATIVE}"


def real_plugin() -> Path | None:
    """Give the program that the environment names, itself or by its folder; None without one."""
    given = os.environ.get(VARIABLE)
    if not given:
        return None
    program = Path(given).resolve()
    program = program / _PROGRAM if program.is_dir() else program
    if not os.access(program, os.X_OK) or not program.is_file():
        raise pytest.UsageError(
            f"{VARIABLE} {given!r} is not valid: it names the program {_PROGRAM} of version "
            f"{sdk_version(AZURE_NATIVE)}, or the folder of it."
        )
    return program


def install_plugin(pulumi_home: Path, program: Path) -> None:
    """Have the engine start this program where the emulator has put its own."""
    place = pulumi_home / "plugins" / f"resource-{AZURE_NATIVE}-v{sdk_version(AZURE_NATIVE)}"
    # No link: whoever writes the emulator's own anew would write through it.
    (place / _PROGRAM).write_text(f'#!/bin/sh\nexec {shlex.quote(str(program))} "$@"\n')
