"""Puts the command `acr-transfer` of this checkout into its virtual environment."""

from pathlib import Path

from tools.places import Places

# What pip writes too: a shell runs it, as the path of a checkout may hold blanks.
SCRIPT = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys
sys.path.insert(0, {root!r})
from transfer.cli import main
sys.exit(main())
"""


def write_command(places: Places) -> Path:
    """Write the command and give its place."""
    folder = places.venv / "bin"
    command = folder / "acr-transfer"
    command.write_text(SCRIPT.format(python=folder / "python", root=str(places.project)))
    command.chmod(0o755)
    return command
