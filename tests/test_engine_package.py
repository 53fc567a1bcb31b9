"""The components on the real engine, used by programs that are not ours."""

import copy
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from conftest_emulator import ROOT
from engine_stage import EngineStage
from plugin_install import install_package

pytestmark = pytest.mark.engine


@pytest.fixture
def yaml_program(stage: EngineStage) -> EngineStage:
    """The example in YAML with one image to export, configured and not yet up."""
    stage.push("shop/web:1.4")
    program = copy.copy(stage)
    program.project = stage.folder / "yaml"
    shutil.copytree(ROOT / "examples" / "yaml", program.project)
    install_package(Path(stage.environment["PULUMI_HOME"]))
    file = program.project / "Pulumi.yaml"
    content = yaml.safe_load(file.read_text())
    content.pop("packages", None)
    file.write_text(yaml.safe_dump(content))
    program.init("dev")
    for key, value in (("registry", stage.names["source"]), ("group", stage.group)):
        program.succeed("config", "set", key, value, "-s", "dev")
    return program


@contextmanager
def changed(program: EngineStage, **properties: object) -> Iterator[None]:
    """Have the source of a YAML program with other properties for a while."""
    file = program.project / "Pulumi.yaml"
    text = file.read_text()
    content = yaml.safe_load(text)
    content["resources"]["source"]["properties"] |= properties
    file.write_text(yaml.safe_dump(content))
    yield
    file.write_text(text)


def test_what_a_yaml_program_exports_a_target_of_ours_imports(
    stage: EngineStage, yaml_program: EngineStage
) -> None:
    before = stage.resources()
    write_a_wrong_value(yaml_program)
    bring_a_sas(yaml_program)
    yaml_program.succeed("up", "-s", "dev", "--yes", "--skip-preview")
    again = yaml_program.succeed("up", "-s", "dev", "--yes", "--expect-no-changes")
    told = yaml_program.contract("dev")
    stage.configure(
        "target", source_stack="organization/transfer-yaml/dev", blobs="shared", import_by="runs"
    )
    stage.init("target")
    stage.succeed("up", "-s", "target", "--yes", "--skip-preview")
    taken = stage.contract("target")
    verified = stage.transfer("verify", "--source", "organization/transfer-yaml/dev")

    assert verified.code == 0, verified.text
    assert "1 artifacts: 1 arrived" in verified.out
    assert [run["artifacts"] for run in taken["runs"]] == [["shop/web:1.4"]]
    assert taken["container"] == told["container"]
    assert "sig=" not in str(yaml_program.state("dev")) + again.text
    stage.succeed("destroy", "-s", "target", "--yes")
    yaml_program.succeed("destroy", "-s", "dev", "--yes")
    left = {item for item in stage.resources() - before if "deletedVaults" not in item}
    assert not {item for item in left if "pipelineRuns" not in item}


def write_a_wrong_value(program: EngineStage) -> None:
    """Have it told as everywhere."""
    with changed(program, prefix="NOT", sasDays=2000):
        result = program.up("dev")

    assert result.code != 0
    assert "prefix 'NOT' is not valid: a prefix has 2 to 10 lower-case letters" in result.out
    assert "Give sas_days as 30." in result.out
    assert "Traceback" not in result.text
    assert "azure-native" not in str(program.state("dev"))


def bring_a_sas(program: EngineStage) -> None:
    """Have it shown nowhere."""
    with changed(program, sas={"fn::secret": "?sv=2022-11-02&sig=bm90LXNob3du"}):
        result = program.up("dev")

    assert result.code != 0
    assert "sas '[secret]' is not valid" in result.out
    assert "bm90LXNob3du" not in result.text + str(program.state("dev"))
