"""Installs the components as a plugin of an engine."""

import shutil
from pathlib import Path

from conftest_emulator import ROOT


def install_package(home: Path) -> None:
    """Install the folder as a plugin: a language host built from source starts none in place."""
    plugin = home / "plugins" / "resource-acrtransfer-v0.0.0"
    made_here = shutil.ignore_patterns(".venv", "__pycache__")
    shutil.copytree(ROOT / "components", plugin / "package", ignore=made_here, dirs_exist_ok=True)
    program = plugin / "pulumi-resource-acrtransfer"
    program.write_text('#!/bin/sh\nexec python "$(dirname "$0")/package" "$@"\n')
    program.chmod(0o755)
