"""The rooms and their walls: which module imports which, read from the code itself."""

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {
    "components",
    "transfer",
    "fleet",
    "emulator",
    "rehearsal",
    "judges",
    "tools",
    "benchmarks",
    "policy",
    "review",
    "acr_transfer",
}
# What a room may import of ours, itself left out; a name stands for all that lies below it.
WALLS: Mapping[str, set[str]] = {
    "components/model": set(),
    "components/azure": {"components.model", "components.args"},
    "components": {"components"},
    "transfer": {"components.model", "fleet", "rehearsal", "review"},
    "fleet": {"components.model", "transfer"},
    "review": {"fleet", "rehearsal", "transfer"},
    "emulator": set(),
    "rehearsal": {"components.model", "fleet", "transfer"},
    "judges": {
        "components",
        "tools.stopping",
        "transfer.azure",
        "transfer.errors",
        "transfer.redaction",
    },
    "tools": set(),
    "policy": set(),
}
# Makes or looks up resources of Azure, or takes long to import.
HEAVY = ("pulumi", "azure.mgmt", "azure.storage", "azure.identity")


def modules(room: str) -> list[Path]:
    files = sorted((ROOT / room).rglob("*.py"))
    assert files, f"the room {room} is empty"
    return files


def imported(file: Path) -> Iterator[str]:
    """Name all modules that a file imports, wherever in it."""
    package = file.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            yield ".".join([*above, *([node.module] if node.module else [])])


def breaches(room: str, may_import: set[str]) -> list[str]:
    allowed = {room.replace("/", "."), *may_import}
    return [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in modules(room)
        for name in imported(file)
        if name.split(".")[0] in OURS
        and not any(name == other or name.startswith(f"{other}.") for other in allowed)
    ]


@pytest.mark.parametrize("room", WALLS)
def test_a_room_imports_what_it_may(room: str) -> None:
    assert len(modules(room)) > 3, "a wall around nothing holds anything"
    assert breaches(room, WALLS[room]) == []


def test_a_breach_of_a_wall_is_found() -> None:
    found = breaches("components/azure", set())

    assert "components/azure/vault.py imports components.model.names" in found


@pytest.mark.parametrize("room", ["fleet", "rehearsal", "review"])
def test_what_lies_above_the_command_is_reached_by_its_command_line_alone(room: str) -> None:
    users = {
        file.name
        for file in modules("transfer")
        if any(name.startswith(f"{room}.") for name in imported(file))
    }

    assert users == {"cli.py"}


def test_the_model_makes_nothing_in_azure() -> None:
    names = {name for file in modules("components/model") for name in imported(file)}

    assert [name for name in names if name.startswith(HEAVY)] == []


def loaded_by(statement: str) -> set[str]:
    """Name what is imported after a statement, in a Python of its own."""
    command = [sys.executable, "-c", f"{statement}\nimport sys; print(*sys.modules)"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_a_session_imports_neither_pulumi_nor_azures_clients() -> None:
    found = loaded_by("import transfer.wiring")

    assert "transfer.whole_transfer" in found
    assert [name for name in found if name.startswith(HEAVY)] == []


def test_the_help_imports_neither_pulumi_nor_azure() -> None:
    found = loaded_by("import transfer.cli")

    assert [name for name in found if name.startswith(("pulumi", "azure."))] == []


def test_what_tests_share_lies_in_no_test() -> None:
    tests = modules("tests")
    shared = {file.stem for file in tests if not file.stem.startswith("test_")}
    users = [(file.name, name) for file in tests for name in imported(file)]

    assert "sides" in shared & {name for _, name in users}
    assert [user for user in users if user[1].split(".")[-1].startswith("test_")] == []


def test_each_room_is_in_the_table_of_the_contributors() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()

    assert [room for room in WALLS if f"| `{room}/` |" not in page] == []


# These read the stack's file for our own program, and so name its keys.
_OF_THE_PROGRAM = {
    "components/model/configuration.py",
    "components/model/listed_images.py",
    "components/model/settings.py",
}


def test_components_name_their_arguments_and_no_key_of_our_stack_file() -> None:
    named = {
        f"{file.relative_to(ROOT)}, line {node.lineno}"
        for file in modules("components")
        if str(file.relative_to(ROOT)) not in _OF_THE_PROGRAM
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and ("acr-transfer:" in node.value or "config set" in node.value)
    }

    assert named == set()
