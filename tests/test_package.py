"""The components as a Pulumi package: the schema that programs in other languages are made of."""

import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, get_origin

import grpc
import pydantic
import pytest
from pulumi.provider.experimental.util import camel_case
from pulumi.runtime.proto.provider_pb2 import GetSchemaRequest
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from components.host import ComponentHost
from components.model.options import SideOptions, SourceOptions, TargetOptions
from components.source_side import SourceSide, SourceSideArgs
from components.target_side import TargetSide, TargetSideArgs

# What is installed and type-checked for them is made once.
pytestmark = pytest.mark.xdist_group("package")

INPUTS = {
    "registry_name",
    "registry_resource_group",
    "location",
    "resource_group",
    "log_analytics_workspace",
    "sas",
}
OPTIONS: dict[type, type[SideOptions]] = {SourceSide: SourceOptions, TargetSide: TargetOptions}
OF_TARGET = {"source", "source_stack"}
TYPES = {
    str: "string",
    Literal: "string",
    pydantic.AwareDatetime: "string",
    bool: "boolean",
    int: "integer",
    tuple: "array",
    dict: "object",
}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(ComponentHost().schema or "")
    return parsed


def of_side(schema: dict[str, Any], component: type) -> dict[str, Any]:
    resource: dict[str, Any] = schema["resources"][f"acrtransfer:index:{component.__name__}"]
    return resource


@pytest.mark.parametrize(
    ("args", "options", "others"),
    [
        (SourceSideArgs, SourceOptions, INPUTS),
        (TargetSideArgs, TargetOptions, INPUTS | OF_TARGET),
    ],
)
def test_args_have_each_key_of_the_options_and_no_other(
    args: type, options: type[SideOptions], others: set[str]
) -> None:
    assert set(args.__annotations__) == set(options.model_fields) | others


@pytest.mark.parametrize("component", OPTIONS)
def test_the_schema_tells_each_option_as_the_models_do(
    component: type, schema: dict[str, Any]
) -> None:
    told = of_side(schema, component)["inputProperties"]

    wanted = {
        camel_case(key): {
            "type": TYPES[get_origin(field.annotation) or field.annotation],
            "plain": True,
            "description": field.description,
        }
        for key, field in OPTIONS[component].model_fields.items()
    }
    assert {key: {name: told[key].get(name) for name in wanted[key]} for key in wanted} == wanted


@pytest.mark.parametrize("component", OPTIONS)
def test_every_input_has_a_text_and_those_that_may_be_outputs_are_not_plain(
    component: type, schema: dict[str, Any]
) -> None:
    told = of_side(schema, component)["inputProperties"]

    assert [key for key, value in told.items() if not value.get("description")] == []
    assert {key for key, value in told.items() if not value.get("plain")} == {
        camel_case(key) for key in INPUTS
    }


@pytest.mark.parametrize(
    ("component", "required"),
    [
        (SourceSide, ["registryName", "registryResourceGroup"]),
        (TargetSide, ["registryName", "registryResourceGroup", "source"]),
    ],
)
def test_few_inputs_are_required(
    component: type, required: list[str], schema: dict[str, Any]
) -> None:
    assert of_side(schema, component)["requiredInputs"] == required


@pytest.mark.parametrize("component", OPTIONS)
def test_each_component_and_output_is_described(component: type, schema: dict[str, Any]) -> None:
    resource = of_side(schema, component)

    assert resource["description"] == inspect.getdoc(component)
    assert [*resource["properties"]] == ["contract", "sasDaysLeft"]
    assert all(output["description"] for output in resource["properties"].values())


@pytest.mark.parametrize("component", OPTIONS)
def test_the_sas_alone_is_secret_and_no_output_is(component: type, schema: dict[str, Any]) -> None:
    resource = of_side(schema, component)

    secret = [key for key, value in resource["inputProperties"].items() if value.get("secret")]
    assert secret == ["sas"]
    assert not any("secret" in output for output in resource["properties"].values())


def test_no_component_but_the_two_sides_is_offered(schema: dict[str, Any]) -> None:
    assert [*schema["resources"]] == [
        "acrtransfer:index:SourceSide",
        "acrtransfer:index:TargetSide",
    ]
    assert schema["types"] == {}


def test_the_page_tells_which_inputs_may_be_outputs(project: Path) -> None:
    page = (project / "docs" / "reuse.md").read_text()
    rows = re.findall(r"^\| (`.*`) \|[^|]*\| (yes|no) \|$", page, re.MULTILINE)

    assert {
        key for keys, answer in rows if answer == "yes" for key in re.findall(r"\w+", keys)
    } == INPUTS


@contextmanager
def host_in(folder: Path) -> Iterator[ResourceProviderStub]:
    """Run a folder as the engine does, and end it."""
    command = [sys.executable, str(folder), "127.0.0.1:1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder.parent) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield ResourceProviderStub(channel)
        finally:
            process.terminate()


def test_the_folder_works_alone_and_under_another_name(project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "resource-of-somebody"
    made_here = shutil.ignore_patterns(".venv", "__pycache__")
    shutil.copytree(project / "components", folder, ignore=made_here)
    args = folder / "args.py"
    args.write_text(args.read_text().replace("Resource group of the", "Copied group of the"))

    with host_in(folder) as host:
        told = json.loads(host.GetSchema(GetSchemaRequest()).schema)

    group = of_side(told, SourceSide)["inputProperties"]["registryResourceGroup"]
    assert group["description"] == "Copied group of the registry.", "it must not be the original"


def test_the_pins_of_the_folder_are_among_those_of_the_project(project: Path) -> None:
    includes = (project / "requirements.txt").read_text().splitlines()

    assert "-r components/requirements.txt" in includes


def run(command: list[str], folder: Path) -> str:
    """Run a command in a folder, and give what it prints."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with what another program installs, and with nothing else of ours."""
    folder = tmp_path_factory.mktemp("installed")
    source = folder / "source"
    left_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(project / "components", source / "components", ignore=left_out)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(project / name, source)
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-build-isolation", "--quiet"]
    run([*pip, "--no-index", "--target", str(folder / "site"), str(source)], folder)
    return folder / "site"


def test_another_program_installs_the_components_alone_by_their_own_name(installed: Path) -> None:
    names = {item.name for item in installed.iterdir() if not item.name.endswith(".dist-info")}

    assert names == {"acr_transfer"}
    assert (installed / "acr_transfer" / "py.typed").is_file()


def test_a_program_with_components_of_its_own_imports_both(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "components").mkdir()
    (tmp_path / "components" / "__init__.py").write_text("MINE = True\n")
    program = (
        f"import sys; sys.path[:0] = ['.', {str(installed)!r}]\n"
        "import components, acr_transfer.source_side\n"
        "print(components.MINE, 'components.model' in sys.modules)\n"
        "help(acr_transfer.source_side.SourceSideArgs)\n"
    )

    told = run([sys.executable, "-c", program], tmp_path)

    assert told.startswith("True False\n")
    assert "registry_name" in told


RIGHT = """
import pulumi
from acr_transfer.source_side import SourceSide

SourceSide(
    "transfer",
    {
        "registry_name": pulumi.Output.from_input("contoso"),
        "registry_resource_group": "rg",
        "images": ["shop/web:1.4"],
        "sas_days": 30,
    },
)
"""
WRONG = {
    '"images": ["shop/web:1.4"]': '"images": "shop/web:1.4"',
    '"sas_days": 30': '"sas_days": "30"',
    '"sas_days": 30,': '"sas_day": 30,',
    '"registry_resource_group": "rg",': "",
}


@pytest.fixture(scope="module")
def type_errors(installed: Path) -> dict[str, str]:
    """Give what mypy says of each program, by the program's text."""
    programs = [RIGHT, *(RIGHT.replace(old, new) for old, new in WRONG.items())]
    folder = installed.parent / "programs"
    folder.mkdir()
    for number, program in enumerate(programs):
        (folder / f"program{number}.py").write_text(program)
    # Thousands of classes that no program here names.
    skipped = "[mypy]\nstrict = true\n[mypy-pulumi_azure_native.*]\nfollow_imports = skip\n"
    (folder / "mypy.ini").write_text(skipped)
    command = [sys.executable, "-m", "mypy", "."]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "MYPYPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout.splitlines()
    return {
        program: "\n".join(line for line in said if line.startswith(f"program{number}.py"))
        for number, program in enumerate(programs)
    }


def test_the_right_use_of_the_args_passes_strict_type_checks(type_errors: dict[str, str]) -> None:
    assert type_errors[RIGHT] == ""


@pytest.mark.parametrize("old", WRONG)
def test_a_wrong_use_of_the_args_is_a_type_error(old: str, type_errors: dict[str, str]) -> None:
    assert "error:" in type_errors[RIGHT.replace(old, WRONG[old])]


def test_the_example_of_a_unit_test_runs_on_what_is_installed(
    installed: Path, project: Path, tmp_path: Path
) -> None:
    example = shutil.copytree(project / "examples" / "python", tmp_path / "program")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_program.py"],
        cwd=example,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
