"""A transfer between two tenants: each side signs in as its own stack says, in one command."""

import json
from pathlib import Path

import pytest
from conftest_emulator import Emulator, tenant_of
from engine_stage import EngineStage
from test_engine_leaks import record_arguments

pytestmark = pytest.mark.engine


@pytest.fixture
def apart(emulator: Emulator, tmp_path: Path) -> EngineStage:
    """Two stacks in two tenants, which have nothing in common but the project."""
    stage = EngineStage(emulator, tmp_path, target=tenant_of(emulator, "apart"))
    stage.push("shop/web:1.4")
    stage.configure("source", images=["shop/web:1.4"], options=["OverwriteBlobs"])
    stage.configure("target", options=["OverwriteTags"])
    stage.init("source", "target")
    return stage


def test_one_run_moves_an_image_between_two_sign_ins_and_no_secret_is_told(
    apart: EngineStage, tmp_path: Path
) -> None:
    log = record_arguments(apart, tmp_path / "recorders")
    run = apart.transfer("run")
    again = apart.transfer("run")
    check = apart.transfer("check", "--json")
    verify = apart.transfer("verify", "--json")
    planned = [apart.changes(stack) for stack in ("source", "target")]

    assert run.code == 0, run.text
    assert again.code == 0, again.text
    assert "copied" not in again.out
    assert (check.code, json.loads(check.out)["fails"]) == (0, False), check.text
    assert [item for item in json.loads(check.out)["findings"] if item["level"] != "good"] == []
    assert [item["verdict"] for item in json.loads(verify.out)["artifacts"]] == ["arrived"]
    assert planned == [[], []]
    texts = [run.text, again.text, check.text, verify.text, log.read_text()]
    texts += [json.dumps(apart.state(stack)) for stack in ("source", "target")]
    texts += [file.read_text() for file in apart.folder.rglob("*") if file.is_file()]
    secrets = [
        owner.variables["ARM_CLIENT_SECRET"]
        for owner in (apart.emulator, tenant_of(apart.emulator, "apart"))
    ]
    assert [text for text in texts for secret in secrets if secret in text] == []


def test_a_wrong_secret_is_refused_with_the_side_the_stack_and_what_to_correct(
    apart: EngineStage,
) -> None:
    apart.set_secret("target", "wrong")

    check = apart.transfer("check")

    assert check.code == 1
    assert "target side, stack 'target': Azure refuses registry" in check.err
    assert "AADSTS7000215" in check.err
    assert check.err.splitlines()[-1].startswith("Correct azure-native:tenantId")


def test_the_engine_is_refused_the_subscription_of_another_tenant(apart: EngineStage) -> None:
    apart.succeed(
        "config", "set", "azure-native:subscriptionId", apart.emulator.subscription, "-s", "target"
    )
    apart.succeed("up", "-s", "source", "--yes", "--skip-preview")

    refused = apart.up("target")

    assert refused.code != 0
    assert "is from the wrong issuer" in refused.out
    assert "Traceback" not in refused.text
