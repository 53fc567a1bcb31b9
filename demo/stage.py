"""Where the rehearsal plays: an emulated cloud and a Pulumi project, both of its own."""

import base64
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

# The checkout's program; the files beside it, which a user edits in a checkout, are its own.
_PROGRAM = ("__main__.py", "components", ".venv")
_PROJECT_FILES = Path(__file__).parent / "project"


class Stage:
    """The folder `.demo` of a checkout, or another one, and the emulator that runs on it."""

    def __init__(self, root: Path, folder: Path | None = None) -> None:
        self._root = root
        self._folder = folder or root / ".demo"
        self.cloud = self._folder / "cloud"
        self.project = self._folder / "project"
        self.scratch = self._folder / "scratch"
        self.docker = self._folder / "docker"
        self.script = self._folder / "env.sh"

    def set_up(self) -> None:
        """Remove an earlier rehearsal and set the stage for a new one."""
        self.remove()
        # A copy, as the engine writes the salt of its encryption into a stack's file.
        shutil.copytree(_PROJECT_FILES, self.project)
        self.scratch.mkdir()
        for name in _PROGRAM:
            (self.project / name).symlink_to(self._root / name)
        self._emulator("start")
        self._write_script()

    def remove(self) -> None:
        """End the emulator and remove the folder."""
        if self.cloud.exists():
            self._emulator("purge")
        shutil.rmtree(self._folder, ignore_errors=True)

    def variables(self) -> dict[str, str]:
        """What programs need in their environment to reach the emulated cloud."""
        docker = {"DOCKER_CONFIG": str(self.docker)}
        return {**json.loads(self._emulator("env", "--json")), **docker}

    def log_in(self, login_servers: Iterable[str]) -> None:
        """Sign crane and docker in to registries, as the application of the emulated cloud."""
        variables = self.variables()
        login = f"{variables['ARM_CLIENT_ID']}:{variables['ARM_CLIENT_SECRET']}"
        entry = {"auth": base64.b64encode(login.encode()).decode()}
        self.docker.mkdir(mode=0o700, exist_ok=True)
        file = self.docker / "config.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps({"auths": dict.fromkeys(login_servers, entry)}))

    def _emulator(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "emulator", *arguments, "--state", str(self.cloud)]
        return subprocess.run(
            command, cwd=self._root, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def _write_script(self) -> None:
        """Leave a script by which a shell gets on the stage; it holds the throw-away login."""
        root = shlex.quote(str(self._root))
        lines = [
            f'eval "$(cd {root} && python3 -m tools env)"',
            self._emulator("env"),
            f"export DOCKER_CONFIG={shlex.quote(str(self.docker))}",
            f"cd {shlex.quote(str(self.project))}",
        ]
        self.script.touch(mode=0o600)
        self.script.write_text("\n".join(lines) + "\n", encoding="utf-8")
