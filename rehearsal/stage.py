"""Where a rehearsal plays: an emulated cloud, and a copy of the user's program and files."""

import base64
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

from rehearsal.files import Checkout
from transfer.errors import CommandFailedError, WrongUseError

_PROJECT = Path(__file__).parent.parent
# Nothing that tells where the user's own clouds and stacks are, or opens them.
_OF_THE_USER = ("ARM_", "AZURE_", "PULUMI_", "ACR_TRANSFER_", "DOCKER_")
_CLOUDS = ("first", "second")


class Stage:
    """A folder of its own, and the emulator that runs on it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.cloud = folder / "cloud"
        self.checkout = Checkout(folder / "project")
        self.scratch = folder / "scratch"
        self.docker = folder / "docker"
        self.script = folder / "env.sh"
        self._clouds: list[str] = []
        self._applications: dict[tuple[str, str], dict[str, str]] = {}

    def set_up(self) -> None:
        """Remove what an earlier rehearsal left here, and start a cloud."""
        self.remove()
        self.scratch.mkdir(parents=True)
        self._emulator("start")

    def remove(self) -> None:
        """End the emulator and remove the folder."""
        if self.cloud.exists():
            self._emulator("purge")
        shutil.rmtree(self._folder, ignore_errors=True)

    @cached_property
    def variables(self) -> dict[str, str]:
        """What programs need in their environment to reach the emulated cloud."""
        docker = {"DOCKER_CONFIG": str(self.docker)}
        return {**json.loads(self._emulator("env", "--json")), **docker}

    def environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Give an environment in which nothing leads to what is the user's."""
        others = {
            key: value for key, value in environment.items() if not key.startswith(_OF_THE_USER)
        }
        return others | self.variables

    def application(self, cloud: str, tenant: str, subscription: str) -> Mapping[str, str]:
        """Give the variables of an application in a cloud and a tenant as stack files name them.

        The first one that is asked for without a tenant is the application that the environment
        names.

        Raises:
            WrongUseError: it is of a third cloud.
        """
        if cloud not in self._clouds:
            if len(self._clouds) == len(_CLOUDS):
                raise WrongUseError(
                    f"cloud {cloud!r} is not valid: a rehearsal has two clouds, and other stacks "
                    f"name {' and '.join(map(repr, self._clouds))}. Rehearse it in another call."
                )
            self._clouds.append(cloud)
        key = (cloud, tenant)
        if key not in self._applications:
            number = self._clouds.index(cloud)
            if not (number or tenant):
                self._applications[key] = self.variables
            else:
                name = f"{_CLOUDS[number]}-{len(self._applications)}"
                words = ["--cloud", _CLOUDS[number], "--tenant-id", tenant]
                words += ["--subscription-id", subscription, "--known-application", "--json"]
                self._applications[key] = json.loads(self._emulator("tenant", name, *words))
        return self._applications[key]

    def log_in(self, login_servers: Iterable[str]) -> None:
        """Sign crane and docker in to registries, as the application of the emulated cloud."""
        variables = self.variables
        login = f"{variables['ARM_CLIENT_ID']}:{variables['ARM_CLIENT_SECRET']}"
        entry = {"auth": base64.b64encode(login.encode()).decode()}
        self.docker.mkdir(mode=0o700, exist_ok=True)
        file = self.docker / "config.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps({"auths": dict.fromkeys(login_servers, entry)}))

    def write_script(self) -> None:
        """Leave a script by which a shell gets on the stage; it holds the throw-away login."""
        project = shlex.quote(str(_PROJECT))
        lines = [
            f'eval "$(cd {project} && python3 -m tools env)"',
            *(f"export {name}={shlex.quote(value)}" for name, value in self.variables.items()),
            f"cd {shlex.quote(str(self.checkout.folder))}",
        ]
        self.script.touch(mode=0o600)
        self.script.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _emulator(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "emulator", *arguments, "--state", str(self.cloud)]
        done = subprocess.run(command, cwd=_PROJECT, capture_output=True, check=False, text=True)
        if done.returncode:
            raise CommandFailedError(
                f"the emulated cloud refuses {arguments[0]!r}: {done.stderr.strip()}",
                "If a tool is missing, make setup gets it. Then:",
            )
        return done.stdout
