"""A running emulator for the tests that talk to one: started once, ended with its children."""

import os
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from azure.identity import ClientSecretCredential
from ready_programs import QUICK_START, ready_programs
from real_plugin import install_plugin, real_plugin

from emulator.account import FIRST_CLOUD, Ids
from emulator.arm.api_versions import versions_of
from emulator.environment import environment, proxy_variables
from emulator.resource_types import GROUP_TYPE

ROOT = Path(__file__).resolve().parent.parent
# All tests can be run in a cloud that shows states on the way, as Azure does.
ALWAYS = {"states_seconds": float(os.environ.get("EMULATOR_STATES_SECONDS", "0"))}


def tool_path() -> str:
    """Give the PATH on which the project's tools are found."""
    return os.pathsep.join(
        [str(ROOT / ".venv" / "bin"), str(ROOT / ".tools" / "bin"), os.environ["PATH"]]
    )


@dataclass(frozen=True)
class Emulator:
    """An emulated cloud and the ways into it."""

    directory: Path
    variables: dict[str, str] = field(repr=False)
    quick_start: Mapping[str, str] = field(default_factory=dict)
    """Variables by which a program of the engine starts quickly."""

    @property
    def url(self) -> str:
        """Give the front's address."""
        return self.variables["AZURE_AUTHORITY_HOST"]

    @property
    def subscription(self) -> str:
        """Give the default subscription."""
        return self.variables["ARM_SUBSCRIPTION_ID"]

    @property
    def ca_file(self) -> str:
        """Give the file of the throw-away certificate authority."""
        return self.variables["SSL_CERT_FILE"]

    def credential(self) -> ClientSecretCredential:
        """Give a credential of the default application; close it after use."""
        return ClientSecretCredential(
            self.variables["ARM_TENANT_ID"],
            self.variables["ARM_CLIENT_ID"],
            self.variables["ARM_CLIENT_SECRET"],
            authority=self.url,
            disable_instance_discovery=True,
            connection_verify=self.ca_file,
        )

    def stranger(self) -> httpx.Client:
        """Give an http client that is not signed in; close it after use."""
        context = ssl.create_default_context(cafile=self.ca_file)
        return httpx.Client(
            base_url=self.url,
            verify=context,
            trust_env=False,
            event_hooks={"request": [_say_version]},
        )

    def client(self) -> httpx.Client:
        """Give an http client that is signed in; close it after use."""
        with self.credential() as credential:
            token = credential.get_token(f"{self.url}/.default").token
        client = self.stranger()
        client.headers["Authorization"] = f"Bearer {token}"
        return client

    @contextmanager
    def settings(self, **values: object) -> Iterator[None]:
        """Have the cloud behave otherwise for a while."""
        with self.client() as client:
            client.put("/_emulator/settings", json=ALWAYS | values).raise_for_status()
            yield
            client.put("/_emulator/settings", json=ALWAYS).raise_for_status()


def _say_version(request: httpx.Request) -> None:
    """Ask Resource Manager in a version that the type has, where the test names none."""
    if not request.url.path.startswith("/subscriptions") or "api-version" in request.url.params:
        return
    namespace, *rest = request.url.path.rpartition("/providers/")[2].strip("/").split("/")
    kinds = rest[: -1 if request.method == "POST" else None][::2]
    known = versions_of("/".join([namespace, *kinds])) or versions_of(GROUP_TYPE)
    # From 2026-02-01 on new vaults have roles, and the vaults of most tests have policies.
    stable = [one for one in known if "preview" not in one and one < "2026"]
    request.url = request.url.copy_set_param("api-version", (stable or known)[-1])


def command(*arguments: str, state: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command of the emulator."""
    return subprocess.run(
        [sys.executable, "-m", "emulator", *arguments, "--state", str(state)],
        cwd=ROOT,
        env={**os.environ, "PATH": tool_path()},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def tenant_of(emulator: Emulator, name: str, cloud: str = "first") -> Emulator:
    """Give the clouds as another tenant sees them, which is made if need be."""
    return Emulator(emulator.directory, variables_in(emulator.directory, name, cloud))


def variables_in(
    directory: Path, tenant: str = "", cloud: str = FIRST_CLOUD, ids: Ids | None = None
) -> dict[str, str]:
    """Give the variables of a cloud, in which nothing but that cloud is trusted.

    To read the hundred authorities of the machine takes a client 30 ms of each connection.
    """
    trusted = str(directory / "certificates" / "ca.pem")
    bundles = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    return environment(directory, tenant, cloud, ids) | dict.fromkeys(bundles, trusted)


@pytest.fixture(scope="session")
def quick_start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """Give the variables by which programs of the engine start quickly."""
    with ready_programs(tmp_path_factory.mktemp("programs", numbered=True)) as variables:
        yield {**variables, "PYTHONPATH": str(QUICK_START)}


@pytest.fixture(scope="session")
def emulator(
    tmp_path_factory: pytest.TempPathFactory, quick_start: Mapping[str, str]
) -> Iterator[Emulator]:
    """Start an emulator of this test session's own."""
    plugin = real_plugin()
    directory = tmp_path_factory.mktemp("cloud", numbered=True)
    started = command("start", state=directory)
    assert started.returncode == 0, started.stderr
    variables = variables_in(directory)
    if plugin is not None:
        install_plugin(directory / "pulumi-home", plugin)
        # It finds vaults by their host names.
        variables |= proxy_variables(directory)
    running = Emulator(directory, variables, quick_start)
    try:
        with running.settings():
            yield running
    finally:
        stopped = command("purge", state=directory)
        assert stopped.returncode == 0, stopped.stderr
