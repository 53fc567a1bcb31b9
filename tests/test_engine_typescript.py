"""The example in TypeScript: compiled against an SDK of our schema, and up on the real engine."""

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest_emulator import ROOT
from engine_stage import EngineStage, Result
from plugin_install import install_package

from components.host import ComponentHost

pytestmark = pytest.mark.engine


@pytest.fixture
def program(stage: EngineStage) -> EngineStage:
    """The example, with the modules that `pulumi install` would bring."""
    stage.push("shop/web:1.4")
    program = copy.copy(stage)
    program.project = stage.folder / "typescript"
    shutil.copytree(ROOT / "examples" / "typescript", program.project)
    installed = (ROOT / ".tools" / "bin" / "tsc").resolve().parents[2]
    modules = program.project / "node_modules"
    (modules / "@pulumi").mkdir(parents=True)
    for name in ("@pulumi/pulumi", "@types"):
        (modules / name).symlink_to(installed / name)
    write_sdk(program, modules / "@pulumi" / "acrtransfer")
    install_package(Path(stage.environment["PULUMI_HOME"]))
    return program


def write_sdk(program: EngineStage, folder: Path) -> None:
    """Generate the SDK of the components and compile it in its place."""
    schema = program.folder / "schema.json"
    schema.write_text(ComponentHost().schema or "")
    run(program, "sdk-for-node", str(schema), str(folder))
    run(program, "tsc", "--project", str(folder), "--skipLibCheck")
    # Its own script does this after an installation.
    shutil.copy(folder / "package.json", folder / "bin")


def run(program: EngineStage, *command: str) -> Result:
    """Run a command in the program's folder, and require that it succeeds."""
    result = program.run(command)
    assert result.code == 0, result.text
    return result


def test_a_typescript_program_compiles_and_exports(program: EngineStage) -> None:
    run(program, "tsc", "--project", ".", "--skipLibCheck")

    names = (program.names["source"], program.group)
    runner = str(ROOT / "tests" / "run_typescript.cjs")
    result = run(program, "node", runner, *names, "up", "preview", "destroy")

    told: dict[str, Any] = json.loads(result.out)
    made = told["up"]["changes"]["create"]
    assert [run_["artifacts"] for run_ in told["up"]["contract"]["runs"]] == [["shop/web:1.4"]]
    assert told["preview"]["changes"] == {"same": made}
    assert told["destroy"]["changes"] == {"delete": made}
