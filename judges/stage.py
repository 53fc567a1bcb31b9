"""Where the judges work: an emulated cloud, reached by its command line, and a folder to be in."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Stage:
    """A folder for what the commands write, and the environment that they get."""

    folder: Path
    environment: dict[str, str]


@contextlib.contextmanager
def stage() -> Iterator[Stage]:
    """Start an emulated cloud with nothing in it, and remove it at the end."""
    with tempfile.TemporaryDirectory(prefix="judges-") as made:
        cloud, folder = Path(made, "cloud"), Path(made, "work")
        folder.mkdir()
        try:
            _emulator("start", cloud)
            yield Stage(folder, _environment(cloud, folder))
        finally:
            _emulator("purge", cloud)


def _environment(cloud: Path, folder: Path) -> dict[str, str]:
    variables: dict[str, str] = json.loads(_emulator("env", cloud, "--json", "--names"))
    # Nothing of whoever runs this: no login, no settings, no other cloud.
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    own = {
        "HOME": str(folder),
        "DOCKER_CONFIG": str(folder / ".docker"),
        "AZURE_CONFIG_DIR": str(folder / ".azure"),
        "AZCOPY_LOG_LOCATION": str(folder / ".azcopy"),
        "AZCOPY_JOB_PLAN_LOCATION": str(folder / ".azcopy"),
        # As the CLI's documentation says for clouds of one's own.
        "AZURE_CORE_INSTANCE_DISCOVERY": "false",
        "AZURE_CORE_COLLECT_TELEMETRY": "false",
        "AZURE_CORE_ONLY_SHOW_ERRORS": "true",
        "AZURE_CORE_NO_COLOR": "true",
        "AZURE_EXTENSION_USE_DYNAMIC_INSTALL": "no",
    }
    return {**kept, **variables, **own}


def _emulator(command: str, cloud: Path, *options: str) -> str:
    line = [sys.executable, "-m", "emulator", command, "--state", str(cloud), *options]
    return subprocess.run(line, cwd=_ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
