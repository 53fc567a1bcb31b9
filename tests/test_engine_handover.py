"""A transfer over a disk between two machines that share nothing else, on the real engine."""

import copy
import json
from pathlib import Path

import pytest
from conftest_emulator import ROOT
from engine_stage import EngineStage

pytestmark = pytest.mark.engine


@pytest.fixture
def far(pair: EngineStage, tmp_path: Path) -> EngineStage:
    """The target's machine: another checkout, another backend, another passphrase, no source."""
    there = copy.copy(pair)
    there.project = tmp_path / "far"
    there.backend = tmp_path / "far-backend"
    for folder in (there.project, there.backend):
        folder.mkdir()
    for name in ("Pulumi.yaml", "__main__.py", "components", ".venv"):
        (there.project / name).symlink_to(ROOT / name)
    there.environment = {
        **pair.environment,
        "PULUMI_BACKEND_URL": f"file://{there.backend}",
        "PULUMI_CONFIG_PASSPHRASE": "of the target alone",
        "DOCKER_CONFIG": str(tmp_path / "far-docker"),
    }
    return there


def remove_source(stage: EngineStage) -> None:
    """Take away what the far machine could reach of the source: its stack, its registry."""
    stage.succeed("destroy", "-s", "source", "--yes")
    group = f"/subscriptions/{stage.emulator.subscription}/resourceGroups/{stage.group}"
    registry = f"{group}/providers/Microsoft.ContainerRegistry/registries/{stage.names['source']}"
    with stage.emulator.client() as arm:
        arm.delete(registry, params={"api-version": "2023-07-01"}).raise_for_status()


def test_a_disk_is_all_that_crosses(pair: EngineStage, far: EngineStage, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    assert pair.up("source").code == 0
    filled = pair.transfer("copy", "--to-folder", str(disk))
    assert filled.code == 0, filled.text
    remove_source(pair)
    far.configure("target", source_file="../disk/handover.json")
    far.init("target")

    up = far.up("target")
    copied = far.transfer("copy", "--from-folder", str(disk))
    file = str(disk / "handover.json")
    verified = far.transfer("verify", "--source-file", file, "--wait", "2", "--json")

    assert (up.code, copied.code, verified.code) == (0, 0, 0), up.text + copied.text + verified.text
    checks = json.loads(verified.out)["artifacts"]
    assert {check["artifact"]: check["verdict"] for check in checks} == {"shop/web:1.4": "arrived"}
    assert far.contract("target")["source_stack"] == ""
    assert far.changes("target") == []


def test_runs_import_what_crossed_too(pair: EngineStage, far: EngineStage, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    file = str(disk / "handover.json")
    assert pair.up("source").code == 0
    assert pair.transfer("copy", "--to-folder", str(disk)).code == 0
    far.configure("target", source_file=file, import_by="runs")
    far.init("target")

    far.succeed("up", "-s", "target", "--yes", "--skip-preview", "--exclude", "**PipelineRun**")
    copied = far.transfer("copy", "--from-folder", str(disk))
    up = far.up("target")
    verified = far.transfer("verify", "--source-file", file)

    assert (copied.code, up.code, verified.code) == (0, 0, 0), copied.text + up.text + verified.text
    assert far.changes("target") == []


def test_the_file_alone_is_written_the_same_each_time(pair: EngineStage, tmp_path: Path) -> None:
    assert pair.up("source").code == 0

    first, second = (
        pair.transfer("hand-over", str(tmp_path / name)) for name in ("one.json", "two.json")
    )

    assert (first.code, second.code) == (0, 0), first.text + second.text
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert json.loads((tmp_path / "one.json").read_text())["contract"] == pair.contract("source")


def test_a_target_without_its_file_names_it_and_the_command(far: EngineStage) -> None:
    far.configure("target", source_file="handover.json")
    far.init("target")

    result = far.up("target")

    assert result.code != 0
    assert "hand-over file 'handover.json': it cannot be read (No such file" in result.out
    assert "acr-transfer hand-over FILE" in result.out
    assert "Traceback" not in result.text
