"""Answers `pip list -v --format json` from the packages' own metadata.

The language host that can be built from sources asks so at each command of the engine, a second
each time; the one of the official engine asks seldom.
"""

import json
import os
import sys
from importlib.metadata import distributions

from sitecustomize import ASKED_OF_PIP, packages_file


def main(arguments: list[str]) -> None:
    """Print what is installed, with the place of each package, and keep it."""
    if ["-m", "pip", *arguments] != ASKED_OF_PIP:
        sys.exit(f"the tests' pip does not know {arguments}")
    told = _installed()
    print(told)
    if kept := packages_file():
        # Others may ask meanwhile.
        written = kept.with_suffix(f".{os.getpid()}")
        written.write_text(told, encoding="utf-8")
        written.rename(kept)


def _installed() -> str:
    found = {item.metadata["Name"]: item for item in distributions()}
    listed = [
        {
            "name": name,
            "version": item.version,
            "location": str(item.locate_file("")),
            "installer": "pip",
        }
        for name, item in found.items()
    ]
    return json.dumps(listed)


main(sys.argv[1:])
