"""A transfer between two tenants, or two clouds: each side signs in as its own stack says."""

import json
import re
from pathlib import Path

import pytest
from argument_recorder import record_arguments
from conftest_emulator import Emulator, tenant_of
from engine_stage import EngineStage, Result

pytestmark = pytest.mark.engine


@pytest.fixture
def apart(emulator: Emulator, tmp_path: Path) -> EngineStage:
    """Two stacks whose sides have nothing in common: neither tenant nor cloud."""
    target = tenant_of(emulator, "apart-second", "second")
    stage = EngineStage(emulator, tmp_path, target=target)
    stage.push("shop/web:1.4")
    stage.configure("source", images=["shop/web:1.4"], options=["OverwriteBlobs"])
    stage.configure("target", options=["OverwriteTags"])
    stage.init("source", "target")
    return stage


def test_one_run_moves_an_image_between_two_sign_ins_and_tells_no_secret(
    apart: EngineStage, tmp_path: Path
) -> None:
    log = record_arguments(apart, tmp_path / "recorders")

    run, again = apart.transfer("run"), apart.transfer("run", "--timeout", "120")
    check, verify = apart.transfer("check", "--json"), apart.transfer("verify", "--json")

    assert (run.code, again.code, check.code, verify.code) == (0, 0, 0, 0), run.text + check.text
    assert "copied" not in again.out
    assert (bool(changes_in(run)), changes_in(again)) == (True, [])
    assert [item for item in json.loads(check.out)["findings"] if item["level"] != "good"] == []
    assert [item["verdict"] for item in json.loads(verify.out)["artifacts"]] == ["arrived"]
    texts = [result.text for result in (run, again, check, verify)]
    texts += [log.read_text(), (apart.emulator.directory / "emulator.log").read_text()]
    texts += [apart.succeed("stack", "output", "--json", "-s", stack).out for stack in apart.names]
    files = [file for file in apart.folder.rglob("*") if file.is_file()]
    assert files
    texts += [file.read_text(errors="replace") for file in files]
    assert [text for text in texts for secret in apart.client_secrets() if secret in text] == []
    give_another_passphrase(apart)
    take_the_subscription_of_the_other(apart)
    sign_in_with_a_wrong_secret(apart)


def changes_in(run: Result) -> list[str]:
    """Give what the engine did to resources, as `created` or `updated`."""
    return re.findall(r"^  \w+ \S+ (\w+ed)\b", run.out, re.MULTILINE)


def give_another_passphrase(apart: EngineStage) -> None:
    """Have the stacks stay shut, and be told what to set."""
    locked_out = apart.transfer("run", PULUMI_CONFIG_PASSPHRASE="another one")

    assert (locked_out.code, locked_out.last_line) == (1, "acr-transfer run")
    assert "Set PULUMI_CONFIG_PASSPHRASE" in locked_out.err


def take_the_subscription_of_the_other(apart: EngineStage) -> None:
    """Have the engine refused the subscription of another tenant."""
    key = "azure-native:subscriptionId"
    apart.succeed("config", "set", key, apart.emulator.subscription, "-s", "target")

    refused = apart.up("target")

    assert refused.code != 0
    assert "is from the wrong issuer" in refused.out
    assert "Traceback" not in refused.text


def sign_in_with_a_wrong_secret(apart: EngineStage) -> None:
    """Have it refused with the side, the stack, and what to correct."""
    apart.configure("target", options=["OverwriteTags"])
    apart.set_secret("target", "wrong")

    check = apart.transfer("check")

    assert check.code == 1
    assert "target side, stack 'target': Azure refuses registry" in check.err
    assert "AADSTS7000215" in check.err
    assert "Correct azure-native:tenantId" in check.err
    assert check.last_line == "acr-transfer check"
