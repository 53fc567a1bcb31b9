"""Unpacks a wheel from the Python package index into a folder."""

import os
import sys
from pathlib import Path

from tools.places import Places
from tools.run import Command, run


def unpack(requirement: str, into: Path, places: Places) -> None:
    """Let pip put the files of one pinned wheel into a folder; nothing of it is run."""
    python = places.venv / "bin" / "python"
    has_pip = python if os.access(python, os.X_OK) else sys.executable
    options = ("--quiet", "--no-deps", "--no-compile", "--only-binary", ":all:")
    command: Command = [has_pip, "-m", "pip", "install", *options, "--target", into, requirement]
    run(command, doing=f"fetching {requirement} with pip")
