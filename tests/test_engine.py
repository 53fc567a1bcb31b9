"""Whole transfers on the real engine, against the emulated cloud."""

import json
import re
from pathlib import Path

import pytest
from conftest_emulator import Emulator
from engine_stage import EngineStage
from many_images import push_images

pytestmark = pytest.mark.engine


def test_images_arrive_once_and_a_destroy_leaves_nothing_behind(pair: EngineStage) -> None:
    before = pair.resources()
    image = f"{pair.registries['source']}/shop/web"
    signature = pair.crane("digest", f"{image}:1.4").strip().replace(":", "-") + ".sig"
    pair.crane("tag", f"{image}:1.4", signature)

    first = pair.transfer("run")
    arrived = json.loads(pair.transfer("verify", "--json").out)["artifacts"]
    again = pair.transfer("run")

    assert first.code == 0, first.text
    assert [(item["artifact"], item["verdict"]) for item in arrived] == [
        ("shop/web:1.4", "arrived")
    ]
    assert arrived[0]["left_behind"] == [signature]
    assert again.code == 0, again.text
    assert "copied" not in again.out
    assert "import done" not in again.out
    for stack in ("source", "target"):
        pair.succeed("refresh", "-s", stack, "--yes", "--expect-no-changes")
        assert pair.changes(stack) == []
    bring_another_image(pair)
    move_a_tag(pair)
    for stack in ("target", "source"):
        pair.succeed("destroy", "-s", stack, "--yes")
    left = {item for item in pair.resources() - before if "deletedVaults" not in item}
    assert not {item for item in left if "pipelineRuns" not in item}


def move_a_tag(pair: EngineStage) -> None:
    """Push other content by a name that has arrived, which the last line of `verify` brings."""
    pair.push("shop/web:1.4", "newer content")

    differs = pair.transfer("verify")
    brought = pair.type(differs.last_line)

    assert differs.code == 1
    assert differs.last_line == (
        "pulumi config set acr-transfer:rerun 1 -s source && "
        "pulumi config set acr-transfer:rerun 1 -s target && acr-transfer run"
    )
    assert brought.code == 0, brought.text
    assert "2 artifacts: 2 arrived" in brought.out


def bring_another_image(pair: EngineStage) -> None:
    """Add an image to those that have arrived: it makes one run."""
    pair.push("shop/api:2.0", "other content")
    pair.configure("source", images=["shop/web:1.4", "shop/api:2.0"], options=["OverwriteBlobs"])

    planned = pair.changes("source")
    result = pair.transfer("run")

    run = "azure-native:containerregistry:PipelineRun"
    assert planned == [("create", run), ("delete", run)]
    assert result.code == 0, result.text
    assert "2 artifacts: 2 arrived" in result.out


def test_51_images_move_in_two_runs_by_an_account_sas_from_one_subscription_to_another(
    emulator: Emulator, tmp_path: Path
) -> None:
    other = "99999999-0000-0000-0000-000000000000"
    stage = EngineStage(emulator, tmp_path, target_subscription=other)
    tags = [f"{number:02}" for number in range(51)]
    push_images(stage, "shop/web", tags, "content")
    stage.configure("source", images=[f"shop/web:{tag}" for tag in tags], sas_kind="account")
    # Its blobs are gone when it is asked to run again.
    options = ["OverwriteTags", "DeleteSourceBlobOnSuccess"]
    stage.configure("target", sas_kind="account", options=options)
    stage.init("source", "target")

    result, again = stage.transfer("run"), stage.transfer("run")

    assert (result.code, again.code) == (0, 0), result.text + again.text
    assert "51 artifacts: 51 arrived" in result.out
    assert len(stage.contract("source")["runs"]) == 2
    target = stage.contract("target")
    assert {
        target["container"]["account_id"].split("/")[2],
        target["pipeline_id"].split("/")[2],
    } == {other}


def test_a_sas_is_replaced_by_the_next_window_or_by_a_renewed_key_and_nothing_else_is(
    pair: EngineStage,
) -> None:
    pair.succeed("up", "-s", "source", "--yes", "--skip-preview")
    found = json.loads(pair.transfer("check", "--json").out)["findings"]
    signed = [re.search(r"signed by (key\d)", item["what"]) for item in found]
    key = next(match[1] for match in signed if match)
    account = pair.contract("source")["container"]["account_id"]

    later = pair.changes("source", ACR_TRANSFER_AS_OF="2027-02-01T00:00:00Z")
    with pair.emulator.client() as arm:
        arm.post(
            f"{account}/regenerateKey",
            params={"api-version": "2024-01-01"},
            json={"keyName": key},
        ).raise_for_status()
    renewed = pair.changes("source")
    # The pipeline still has the SAS that has leaked, and it opens nothing any more.
    pair.configure("source", images=["shop/web:1.4"], options=["OverwriteBlobs"], rerun=1)
    only_runs = ("--target", "**PipelineRun**", "--yes", "--skip-preview")
    refused = pair.pulumi("up", "-s", "source", *only_runs)
    pair.configure("source", images=["shop/web:1.4"], options=["OverwriteBlobs"], rerun=2)
    mended = pair.up("source")

    assert later == renewed == [("update", "azure-native:keyvault:Secret")]
    assert "its account key was regenerated" in refused.text
    assert mended.code == 0, mended.text


@pytest.fixture(scope="module")
def refused(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> EngineStage:
    """Two stacks that never come up."""
    stage = EngineStage(emulator, tmp_path_factory.mktemp("refused"))
    for side in stage.names:
        stage.configure(side)
    stage.init(*stage.names)
    return stage


def made(stage: EngineStage, side: str) -> list[str]:
    """Name what a stack has made, if it is more than providers and a look at another stack."""
    types = [item["type"] for item in stage.state(side).get("resources", [])]
    of_the_engine = ("pulumi:pulumi:", "pulumi:providers:", "acrtransfer:")
    return [type_ for type_ in types if not type_.startswith(of_the_engine)]


@pytest.mark.xdist_group("refused")
def test_a_target_without_its_source_names_the_stack_and_the_command(refused: EngineStage) -> None:
    refused.configure("target", source_stack="elsewhere")

    result = refused.up("target")

    assert result.code != 0
    assert "stack 'organization/acr-transfer/elsewhere': the engine finds no such" in result.out
    assert "Run pulumi up -s organization/acr-transfer/elsewhere first" in result.out
    assert "Traceback" not in result.text
    assert made(refused, "target") == []


@pytest.mark.xdist_group("refused")
def test_a_source_that_is_not_up_yet_names_the_output_and_the_command(refused: EngineStage) -> None:
    refused.configure("target")

    result = refused.up("target")

    assert result.code != 0
    assert "it has no output 'contract'. Run pulumi up -s organization/" in result.out
    assert "Traceback" not in result.text


@pytest.mark.xdist_group("refused")
def test_bad_configuration_registers_nothing_and_shows_no_traceback(refused: EngineStage) -> None:
    refused.configure("source", images=["Shop"], colour="blue")

    result = refused.up("source")

    assert result.code != 0
    assert "The configuration has 2 problems" in result.out
    assert "Traceback" not in result.text
    assert made(refused, "source") == []


@pytest.mark.xdist_group("refused")
def test_a_run_with_bad_configuration_is_wrong_use_and_starts_nothing(refused: EngineStage) -> None:
    refused.configure("source", images=["Shop"])
    refused.configure("target", import_by="luck")

    result = refused.transfer("run")

    assert result.code == 2, result.text
    assert "The configuration has 2 problems" in result.err
    assert made(refused, "source") == []


@pytest.mark.xdist_group("refused")
def test_a_registry_that_is_not_there_is_named_before_anything_is_made(
    refused: EngineStage,
) -> None:
    refused.configure("source", images=["a:1"], registry="rg-nowhere/contosonowhere")

    result = refused.up("source")

    assert result.code != 0
    assert "source registry 'rg-nowhere/contosonowhere' is not valid" in result.out
    assert 'Code="ResourceGroupNotFound"' in result.out
    assert "Traceback" not in result.text
    assert made(refused, "source") == []


def test_a_failed_export_fails_every_up_until_its_last_line_is_typed(stage: EngineStage) -> None:
    stage.configure("source", images=["shop/late:1"], options=["OverwriteBlobs"])
    stage.configure("target")
    stage.init("source", "target")

    looked, first = stage.transfer("run"), stage.up("source")
    checked = stage.transfer("check", "--json")
    stage.push("shop/late:1")
    second = stage.transfer("run")
    third = stage.type(second.last_line)

    assert (looked.code, looked.last_line) == (1, "acr-transfer run")
    assert "Nothing was exported" in looked.err
    assert "does not hold: shop/late:1" in looked.err
    fails = [item for item in json.loads(checked.out)["findings"] if item["level"] == "fails"]
    assert ["failed" in fails[0]["what"], "shop/late:1" in fails[1]["what"]] == [True, True]
    assert len(fails) == 2
    assert "pulumi config set acr-transfer:rerun 1 -s source" in fails[0]["fix"]
    assert first.code != 0
    assert "Traceback" not in first.text + second.text
    assert "shop/late:1" in first.out
    assert "raise `rerun` to 1, and run pulumi up -s source" in first.out
    assert second.code == 1
    assert "shop/late:1" in second.err
    assert second.last_line == (
        "pulumi config set acr-transfer:rerun 1 -s source && acr-transfer run"
    )
    assert third.code == 0, third.text
    assert "1 artifacts: 1 arrived" in third.out


def test_blobs_can_go_over_a_disk(pair: EngineStage, tmp_path: Path) -> None:
    for stack in ("source", "target"):
        assert pair.up(stack).code == 0
    disk = tmp_path / "my disk"
    pair.delete_blobs()

    gone = pair.transfer("copy", "--to-folder", str(disk))
    there = pair.type(gone.last_line)
    here = pair.transfer("copy", "--from-folder", str(disk))
    done = pair.transfer("run")

    assert gone.code == 1, gone.text
    assert gone.last_line == (
        "pulumi config set acr-transfer:rerun 1 -s source && pulumi up -s source && "
        f"acr-transfer copy --to-folder '{disk}'"
    )
    assert (there.code, here.code, done.code) == (0, 0, 0), there.text + here.text + done.text
    assert "1 artifacts: 1 arrived" in done.out
