"""Answers `pip list -v --format json` from the packages' own metadata, which it reads once.

The language host that can be built from sources asks so at each command of the engine, a second
each time; the one of the official engine asks seldom.
"""

import json
import os
import sys
from importlib.metadata import distributions
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Print what is installed, with the place of each package."""
    if arguments != ["list", "-v", "--format", "json"]:
        sys.exit(f"the tests' pip does not know {arguments}")
    if "READY_PROGRAMS" not in os.environ:
        print(_installed())
        return
    name = f"packages{sys.prefix.replace(os.sep, '-')}.json"
    kept = Path(os.environ["READY_PROGRAMS"]).with_name(name)
    if not kept.exists():
        # Others may ask meanwhile.
        written = kept.with_suffix(f".{os.getpid()}")
        written.write_text(_installed(), encoding="utf-8")
        written.rename(kept)
    print(kept.read_text(encoding="utf-8"))


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
