"""The real engine against the emulator: a project, its two stacks and two registries per test."""

import itertools
import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from azure.storage.blob import BlobServiceClient
from conftest_emulator import ROOT, Emulator, tool_path

from benchmarks.states_key import make_states_key
from components.model.contract import OUTPUT_NAME
from emulator.environment import proxy_variables
from rehearsal.images import Layout, pack

_ORIGINALS = ("Pulumi.yaml", "__main__.py", "components", ".venv")
_NUMBERS = itertools.count()
_SIGN_IN = {
    "tenantId": "ARM_TENANT_ID",
    "clientId": "ARM_CLIENT_ID",
    "metadataHost": "ARM_METADATA_HOSTNAME",
}
_TOKEN_USER = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Result:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Both streams."""
        return self.out + self.err

    @property
    def last_line(self) -> str:
        """What a failure says to type next."""
        return self.err.splitlines()[-1]


@dataclass
class EngineStage:
    """A user's checkout and two registries in an emulated cloud."""

    emulator: Emulator
    folder: Path
    target_subscription: str = ""
    target: Emulator | None = None
    """The target as another tenant sees it; then each stack alone tells how its side signs in."""
    environment: dict[str, str] = field(init=False, repr=False)
    registries: dict[str, str] = field(init=False)
    states_key: str = field(init=False, default="")
    """What encrypts the states; "" for a passphrase, where the environment signs nobody in."""

    def __post_init__(self) -> None:
        number = next(_NUMBERS)
        self.backend = self.folder / "backend"
        self.project = self.folder / "project"
        for folder in (self.backend, self.project):
            folder.mkdir(parents=True)
        for name in _ORIGINALS:
            (self.project / name).symlink_to(ROOT / name)
        self.environment = {
            **os.environ,
            **self.emulator.variables,
            "PATH": tool_path(),
            "VIRTUAL_ENV": str(ROOT / ".venv"),
            **self.emulator.quick_start,
            "PULUMI_BACKEND_URL": f"file://{self.backend}",
            "DOCKER_CONFIG": str(self.folder / "docker"),
            # Each engine lives for seconds: tidying its memory would be a tenth of them.
            "GOGC": "400",
        }
        if self.target is None:
            with self.emulator.client() as client:
                self.states_key = make_states_key(client, self.emulator.variables)
            self.environment |= proxy_variables(self.emulator.directory)
        else:
            for variable in self.emulator.variables:
                if variable.startswith(("ARM_", "AZURE_")):
                    del self.environment[variable]
        self.group = f"rg-test{os.getpid()}x{number}"
        self.registries = self._create_registries()
        self.log_in(self.registries["source"])

    def configure(self, side: str, **values: object) -> None:
        """Write a stack's file anew; the salt of the stack's encryption stays."""
        file = self.project / f"Pulumi.{side}.yaml"
        earlier = yaml.safe_load(file.read_text()) if file.exists() else {}
        server_name = self.names[side]
        config = {
            "side": side,
            "registry": f"{self.group}/{server_name}",
            "role_wait_seconds": 0,
            **values,
        }
        keys = {f"acr-transfer:{key}": value for key, value in config.items()}
        keys["azure-native:subscriptionId"] = self._subscription(side)
        if self.target is not None:
            variables = self._owner(side).variables
            keys |= {f"azure-native:{key}": variables[name] for key, name in _SIGN_IN.items()}
        content = {
            **{key: value for key, value in earlier.items() if key != "config"},
            "config": keys,
        }
        file.write_text(yaml.safe_dump(content))

    def pulumi(self, *arguments: str, **variables: str) -> Result:
        """Run the engine in the project."""
        return self._run(["pulumi", *arguments, "--color", "never"], variables)

    def init(self, *stacks: str) -> None:
        """Make stacks."""
        key = ("--secrets-provider", self.states_key) if self.states_key else ()
        for stack in stacks:
            self.succeed("stack", "init", stack, "--no-select", *key)
            if self.target is not None:
                self.set_secret(stack, self._owner(stack).variables["ARM_CLIENT_SECRET"])

    def set_secret(self, stack: str, secret: str) -> None:
        """Give a stack the secret of its application, as a person types it."""
        key = "azure-native:clientSecret"
        command = ["pulumi", "config", "set", "--secret", key, "--stack", stack]
        result = self._run(command, {}, stdin=secret)
        assert result.code == 0, result.text

    def client_secrets(self) -> set[str]:
        """Give the secrets of both sides' applications."""
        return {self._owner(side).variables["ARM_CLIENT_SECRET"] for side in self.names}

    def succeed(self, *arguments: str, **variables: str) -> Result:
        """Run the engine and require that it succeeds."""
        result = self.pulumi(*arguments, **variables)
        assert result.code == 0, result.text
        return result

    def up(self, stack: str, *arguments: str, **variables: str) -> Result:
        """Run `pulumi up`."""
        return self.pulumi("up", "-s", stack, "--yes", "--skip-preview", *arguments, **variables)

    def transfer(self, *arguments: str, **variables: str) -> Result:
        """Run `acr-transfer` in the project."""
        return self._run(["acr-transfer", *arguments], variables)

    def type(self, line: str) -> Result:
        """Run a line as a person types it, who says yes to what the engine asks."""
        return self._run(["sh", "-c", line], {"PULUMI_SKIP_CONFIRMATIONS": "true"})

    def changes(self, stack: str, **variables: str) -> list[tuple[str, str]]:
        """Tell which operations a preview plans, other than leaving things as they are."""
        result = self.succeed("preview", "-s", stack, "--json", **variables)
        steps = json.loads(result.out)["steps"]
        return sorted(
            (step["op"], step["urn"].split("::")[-2].split("$")[-1])
            for step in steps
            if step["op"] not in ("same", "read")
        )

    def state(self, stack: str) -> dict[str, Any]:
        """Give the state of a stack as its file holds it, secrets encrypted."""
        (file,) = self.backend.rglob(f"stacks/*/{stack}.json")
        state: dict[str, Any] = json.loads(file.read_text())["checkpoint"]["latest"]
        return state

    def contract(self, stack: str) -> dict[str, Any]:
        """Give the contract that a stack puts out."""
        made = {item["type"]: item for item in self.state(stack)["resources"]}
        contract: dict[str, Any] = made["pulumi:pulumi:Stack"]["outputs"][OUTPUT_NAME]
        return contract

    def push(self, name: str, content: str = "content") -> None:
        """Push a small image to the source registry."""
        folder = self.folder / re.sub(r"\W", "-", f"layout-{name}-{content}")
        if not folder.exists():
            layout = Layout(folder)
            layout.finish(layout.image("amd64", [pack([("app/main", content.encode())])]))
        self.crane("push", str(folder), f"{self.registries['source']}/{name}")

    def put(self, resource_id: str, body: Mapping[str, object]) -> None:
        """Make a resource that is there before the program."""
        with self.emulator.client() as arm:
            arm.put(resource_id, json=dict(body)).raise_for_status()

    def make_container(self, account_id: str, name: str) -> None:
        """Make a container at storage itself, as `az storage container create` does."""
        with self.emulator.client() as arm:
            account = arm.get(account_id).raise_for_status().json()
            keys = arm.post(f"{account_id}/listKeys").raise_for_status().json()["keys"]
        with BlobServiceClient(
            account["properties"]["primaryEndpoints"]["blob"],
            credential={"account_name": account["name"], "account_key": keys[0]["value"]},
            connection_verify=self.emulator.ca_file,
        ) as storage:
            storage.create_container(name)

    def sign(self, account_id: str, container: str, permissions: str) -> str:
        """Have a storage account sign a SAS for a container, valid for a day."""
        now = datetime.now(UTC)
        body = {
            "canonicalizedResource": f"/blob/{account_id.rpartition('/')[2]}/{container}",
            "signedResource": "c",
            "signedPermission": permissions,
            "signedProtocol": "https",
            "signedExpiry": (now + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        with self.emulator.client() as arm:
            answer = arm.post(f"{account_id}/listServiceSas", json=body)
            return str(answer.raise_for_status().json()["serviceSasToken"])

    def delete_blobs(self) -> None:
        """Delete what was exported from the source's container, as its lifecycle rule does."""
        contract = self.contract("source")
        container = contract["container"]
        sas = self.sign(container["account_id"], container["container"], "rdl")
        with self.emulator.stranger() as client:
            for run in contract["runs"]:
                client.delete(f"{container['uri']}/{run['blob']}?{sas}").raise_for_status()

    def run(self, command: Sequence[str]) -> Result:
        """Run any command in the project."""
        return self._run(command, {})

    def crane(self, *arguments: str, stdin: str | None = None) -> str:
        """Run the registry client."""
        command = ["crane", *arguments]
        result = self._run(command, {}, stdin)
        assert result.code == 0, result.text
        return result.out

    @property
    def slow_environment(self) -> Mapping[str, str]:
        """An environment in which each process does its own imports, and signals reach it."""
        without = self.emulator.quick_start
        return {name: value for name, value in self.environment.items() if name not in without}

    @property
    def names(self) -> Mapping[str, str]:
        """The names of the two registries."""
        return {side: f"{side}{self.group.removeprefix('rg-')}" for side in ("source", "target")}

    def resources(self) -> set[str]:
        """Name everything that is in the emulated cloud."""
        state = json.loads((self.emulator.directory / "state.json").read_text())
        return {resource["id"] for resource in state["resources"]}

    def _subscription(self, side: str) -> str:
        is_elsewhere = side == "target" and self.target_subscription
        return self.target_subscription if is_elsewhere else self._owner(side).subscription

    def _owner(self, side: str) -> Emulator:
        return self.target if side == "target" and self.target is not None else self.emulator

    def _create_registries(self) -> dict[str, str]:
        body: dict[str, object] = {"location": "westeurope"}
        servers = {}
        for side, name in self.names.items():
            with self._owner(side).client() as arm:
                group = f"/subscriptions/{self._subscription(side)}/resourceGroups/{self.group}"
                arm.put(group, params={"api-version": "2024-03-01"}, json=body).raise_for_status()
                path = f"{group}/providers/Microsoft.ContainerRegistry/registries/{name}"
                answer = arm.put(
                    path,
                    params={"api-version": "2023-07-01"},
                    json={**body, "sku": {"name": "Premium"}},
                )
                answer.raise_for_status()
                servers[side] = str(answer.json()["properties"]["loginServer"])
        return servers

    def log_in(self, server: str) -> None:
        """Sign crane in to a registry."""
        with self.emulator.credential() as credential:
            token = credential.get_token(f"{self.emulator.url}/.default").token
        with self.emulator.stranger() as client:
            answer = client.post(
                f"https://{server}/oauth2/exchange",
                data={"grant_type": "access_token", "service": server, "access_token": token},
            )
        login = ["auth", "login", server, "--username", _TOKEN_USER, "--password-stdin"]
        self.crane(*login, stdin=answer.raise_for_status().json()["refresh_token"])

    def _run(
        self, command: Sequence[str], variables: Mapping[str, str], stdin: str | None = None
    ) -> Result:
        done = subprocess.run(
            command,
            cwd=self.project,
            env={**self.environment, **variables},
            input=stdin or "",
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return Result(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def stage(emulator: Emulator, tmp_path: Path) -> EngineStage:
    return EngineStage(emulator, tmp_path)


@pytest.fixture
def pair(stage: EngineStage) -> EngineStage:
    """Two stacks that are configured and not yet up, and one image to move."""
    stage.push("shop/web:1.4")
    stage.configure("source", images=["shop/web:1.4"], options=["OverwriteBlobs"])
    stage.configure("target", options=["OverwriteTags"])
    stage.init("source", "target")
    return stage
