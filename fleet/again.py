"""The command over many tenants that a person types next."""

import shlex
from pathlib import Path


def typed_again(*words: str, root: Path) -> str:
    """Give the line of a command, for whoever is where this one was typed."""
    place = [] if root == Path() else ["--dir", str(root)]
    return shlex.join(["acr-transfer", "fleet", *words, *place])
