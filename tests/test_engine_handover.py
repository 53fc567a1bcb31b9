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
    write_the_file_alone(pair, tmp_path)
    remove_source(pair)
    ask_for_the_file(far)
    far.configure("target", source_file="../disk/handover.json", import_by="runs")

    far.succeed("up", "-s", "target", "--yes", "--skip-preview", "--exclude", "**PipelineRun**")
    copied = far.transfer("copy", "--from-folder", str(disk))
    up = far.up("target")
    file = str(disk / "handover.json")
    verified = far.transfer("verify", "--source-file", file, "--wait", "2", "--json")

    assert (copied.code, up.code, verified.code) == (0, 0, 0), copied.text + up.text + verified.text
    checks = json.loads(verified.out)["artifacts"]
    assert {check["artifact"]: check["verdict"] for check in checks} == {"shop/web:1.4": "arrived"}
    assert far.contract("target")["source_stack"] == ""
    assert far.changes("target") == []


def write_the_file_alone(stage: EngineStage, folder: Path) -> None:
    """Write the hand-over file twice: it is the same, and what the stack tells."""
    one, two = (folder / name for name in ("one.json", "two.json"))
    for file in (one, two):
        written = stage.transfer("hand-over", str(file))
        assert written.code == 0, written.text
    assert one.read_bytes() == two.read_bytes()
    assert json.loads(one.read_text())["contract"] == stage.contract("source")


def ask_for_the_file(far: EngineStage) -> None:
    """Bring the target up without its file: it names it and the command."""
    far.configure("target", source_file="handover.json")
    far.init("target")

    result = far.up("target")

    assert result.code != 0
    assert "hand-over file 'handover.json': it cannot be read (No such file" in result.out
    assert "acr-transfer hand-over FILE" in result.out
    assert "Traceback" not in result.text
