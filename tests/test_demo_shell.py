"""A shell on the rehearsal's stage: signed in to the registries, and not cut off from the rest."""

import os
import ssl
import stat
import subprocess
from pathlib import Path

import httpx
import pytest
from conftest_emulator import ROOT, Emulator, tool_path
from emulator_cloud import REGISTRY_BODY
from pydantic import SecretStr
from typing_extensions import override

from demo.images import build_chart
from demo.stage import Stage
from emulator.certificates import Certificates, trusted_file
from transfer.azure.endpoints import trusted_authorities
from transfer.registry.client import Registry

pytestmark = pytest.mark.xdist_group("emulator")

GROUP = "/subscriptions/{}/resourceGroups/rg-shell"


class RunningStage(Stage):
    """A stage on a cloud that runs already, and goes on to."""

    @override
    def _emulator(self, *arguments: str) -> str:
        return "" if arguments[0] in ("start", "purge") else super()._emulator(*arguments)


@pytest.fixture
def stage(emulator: Emulator, tmp_path: Path) -> Stage:
    stage = RunningStage(ROOT, tmp_path / "demo")
    stage.cloud = emulator.directory
    stage.set_up()
    return stage


@pytest.fixture
def server(emulator: Emulator) -> str:
    """The login server of a registry."""
    group = GROUP.format(emulator.subscription)
    with emulator.client() as arm:
        arm.params = {"api-version": "2023-07-01"}
        arm.put(group, json={"location": "westeurope"}).raise_for_status()
        path = f"{group}/providers/Microsoft.ContainerRegistry/registries/shellregistry"
        answer = arm.put(path, json=REGISTRY_BODY).raise_for_status()
        return str(answer.json()["properties"]["loginServer"])


def in_shell(stage: Stage, command: str) -> str:
    """Run a command in a shell on the stage, and give what it prints."""
    return subprocess.run(
        ["bash", "-euc", f". {stage.script}; {command}"],
        env={**os.environ, "PATH": tool_path()},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


def test_crane_and_the_command_are_signed_in_by_what_the_stage_leaves_for_docker(
    stage: Stage, server: str, tmp_path: Path
) -> None:
    def not_needed() -> SecretStr:
        raise AssertionError("Azure is asked")

    stage.log_in([server])
    image = f"{server}/shop/chart:0.3.0"
    digest = in_shell(stage, f"crane push {build_chart(tmp_path / 'chart')} {image}")
    listed = in_shell(stage, f"crane ls {server}/shop/chart")

    variables = stage.variables()
    with httpx.Client(verify=trusted_authorities(variables)) as http:
        found = Registry(server, http, not_needed, variables).manifest("shop/chart", "0.3.0")
    assert listed == "0.3.0\n"
    assert found is not None
    assert digest.strip().endswith(found.digest)
    assert stat.S_IMODE((stage.docker / "config.json").stat().st_mode) == 0o600


def test_the_shell_trusts_the_machines_authorities_beside_the_emulators(stage: Stage) -> None:
    count = "import ssl; print(len(ssl.create_default_context().get_ca_certs()))"
    machine = len(ssl.create_default_context().get_ca_certs())

    assert int(in_shell(stage, f"python3 -c '{count}'")) == machine + 1


def test_authorities_that_a_company_has_named_are_kept_however_often_the_shell_is_entered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = Certificates(tmp_path / "company").ca_file
    own = Certificates(tmp_path / "cloud").ca_file
    monkeypatch.setenv("SSL_CERT_FILE", str(theirs))

    for _ in range(2):
        file = trusted_file(tmp_path / "cloud")
        monkeypatch.setenv("SSL_CERT_FILE", str(file))

        assert file.read_bytes() == theirs.read_bytes().rstrip() + b"\n" + own.read_bytes()
