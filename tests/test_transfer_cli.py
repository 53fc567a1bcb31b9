"""The command keeps its word on exit codes, streams and sentences."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from check_support import FakeReader
from ready_stack import ReadyStack
from transfer_support import (
    SOURCE_HOST,
    FakeClock,
    FakeCloud,
    FakeRegistries,
    plain_console,
    run_part,
    source_contract,
    target_contract,
)
from typer.testing import CliRunner

import transfer.session
from components.model.errors import Problem, RunFailedError, SettingsError
from transfer.check.facts import Missing, StorageFacts
from transfer.cli import app
from transfer.console import Console
from transfer.errors import CommandFailedError, WrongUseError
from transfer.session import Network, Session
from transfer.stacks import Stack

ENVIRONMENT = {"DOCKER_CONFIG": "/nonexistent"}


class Scene:
    """What the command finds: stacks by name, and registries."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.registries = FakeRegistries()
        self.reader = FakeReader()
        self.stacks: dict[str, Stack] = {
            "source": ReadyStack("source", source_contract(run_part(1, "shop/web:1"))),
            "target": ReadyStack("target", target_contract("shared")),
        }
        self.open_stack: Callable[[str], Stack] = lambda name: self.stacks.get(
            name, ReadyStack(name, None)
        )
        monkeypatch.setattr(transfer.session, "open_session", self._open)

    def fail_with(self, error: BaseException) -> None:
        """Make every use of a stack fail."""

        def fail(name: str) -> Stack:
            assert name
            raise error

        self.open_stack = fail

    def call(self, *arguments: str) -> tuple[int, str, str]:
        """Run the command; give its exit code, stdout and stderr."""
        result = CliRunner().invoke(app, arguments)
        return result.exit_code, result.stdout, result.stderr

    def _open(self, directory: Path, environment: object, *, as_json: bool) -> Session:
        assert directory.is_dir()
        assert environment is os.environ
        console = plain_console()[0] if as_json else Console()
        http = self.registries.client()

        def no_storage() -> NoReturn:
            raise AssertionError("storage is asked")

        return Session(
            self.open_stack,
            lambda _side, _stack: FakeCloud(),
            lambda _side, _stack: self.reader,
            Network(http, no_storage),
            console,
            FakeClock(),
            ENVIRONMENT,
        )


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Two stacks that are up, shared blobs, and registries that are empty."""
    return Scene(monkeypatch)


def test_verify_ends_with_0_and_a_table_when_all_arrived(scene: Scene) -> None:
    digest = scene.registries.push_both("shop/web", "1", "sha256:" + "a" * 64)

    code, stdout, stderr = scene.call("verify")

    assert (code, stderr) == (0, "")
    for cell in ("shop/web:1", digest[7:19], "acr-transfer-1", "1 platform", "arrived"):
        assert cell in stdout


def test_verify_ends_with_1_and_the_next_command_when_something_is_missing(scene: Scene) -> None:
    scene.registries.push(SOURCE_HOST, "shop/web", "1", "sha256:" + "a" * 64)

    code, stdout, stderr = scene.call("verify")

    assert code == 1
    assert "1 artifacts: 1 missing" in stdout
    assert stderr.splitlines()[-1] == "acr-transfer run"


def test_verify_for_machines_prints_json_and_nothing_else(scene: Scene) -> None:
    scene.registries.push(SOURCE_HOST, "shop/web", "1", "sha256:" + "a" * 64)

    code, stdout, _ = scene.call("verify", "--json")

    report = json.loads(stdout)
    assert code == 1
    assert report["complete"] is False
    assert [entry["verdict"] for entry in report["artifacts"]] == ["missing"]


def test_check_ends_with_0_and_a_table_when_nothing_fails(scene: Scene) -> None:
    code, stdout, stderr = scene.call("check")

    assert (code, stderr) == (0, "")
    for cell in ("good", "source", "target", "exportPolicy enabled", "things checked"):
        assert cell in stdout


def test_check_ends_with_1_and_the_next_command_when_something_fails(scene: Scene) -> None:
    scene.reader.storages = StorageFacts("contoso", allows_shared_keys=False)

    code, stdout, stderr = scene.call("check")

    assert code == 1
    assert "KeyBasedAuthenticationNotPermitted" in stdout
    assert "2 fails" in stderr
    assert stderr.splitlines()[-1] == "acr-transfer check"


def test_check_for_machines_prints_json_and_nothing_else(scene: Scene) -> None:
    scene.reader.registries = Missing("registry 'contoso'")

    code, stdout, _ = scene.call("check", "--json")

    report = json.loads(stdout)
    assert code == 1
    assert report["fails"] is True
    assert report["findings"][0]["level"] == "fails"
    assert set(report["findings"][0]) == {"level", "side", "what", "why", "fix"}


def test_verify_by_a_hand_over_file_ends_like_one_by_the_source(
    scene: Scene, tmp_path: Path
) -> None:
    file = str(tmp_path / "handover.json")
    scene.registries.push(SOURCE_HOST, "shop/web", "1", "sha256:" + "a" * 64)

    written = scene.call("hand-over", file)
    code, stdout, stderr = scene.call("verify", "--source-file", file)

    assert (written[0], written[2]) == (0, "")
    assert f"{file}: contract and 1 digests" in written[1]
    assert (code, "1 artifacts: 1 missing" in stdout) == (1, True)
    assert stderr.splitlines()[-1] == f"acr-transfer verify --source-file {file} --wait 20"


def test_copy_of_shared_blobs_says_so_and_ends_with_0(scene: Scene) -> None:
    code, stdout, _ = scene.call("copy")

    assert code == 0
    assert "nothing to copy: the target imports from the source's container" in stdout


def test_copy_for_machines_prints_json_and_nothing_else(scene: Scene) -> None:
    code, stdout, _ = scene.call("copy", "--json")

    assert code == 0
    assert json.loads(stdout)["copied"] == []


def test_a_stack_that_is_not_up_names_what_to_run(scene: Scene) -> None:
    code, _, stderr = scene.call("verify", "--target", "organization/acr-transfer/other")

    assert code == 1
    assert "stack 'organization/acr-transfer/other': it has no output 'contract'" in stderr
    assert "pulumi up -s other" in stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("error", "code", "last_line"),
    [
        (CommandFailedError("azcopy failed.", "acr-transfer copy"), 1, "acr-transfer copy"),
        (RunFailedError("run1", "text.", "Meaning.", "Fix.\nnext"), 1, "next"),
        (WrongUseError("folder 'x' is not usable."), 2, "folder 'x' is not usable."),
        (SettingsError([Problem("a", 1, "rule", "Fix.")]), 2, "  - a 1 is not valid: rule. Fix."),
        (KeyboardInterrupt(), 130, "Stopped. What was done stays; the same command goes on"),
        (ValueError("odd ?sig=TOP-SECRET"), 1, "ValueError: odd ?sig=REDACTED"),
    ],
    ids=["failed", "run", "wrong-use", "settings", "interrupt", "unexpected"],
)
def test_errors_are_sentences_with_the_right_exit_code(
    scene: Scene, error: BaseException, code: int, last_line: str
) -> None:
    scene.fail_with(error)

    got, _, stderr = scene.call("verify")

    assert got == code
    assert last_line in stderr.splitlines()[-1]
    assert "Traceback" not in stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("copy", "--to-folder", "a", "--from-folder", "b"),
        ("copy", "--unknown"),
        ("run", "--timeout", "-1"),
        ("hand-over",),
        ("verify", "--source", "source", "--source-file", "handover.json"),
        ("verify", "--source-file", "nowhere/handover.json"),
        ("verify", "--wait", "-1"),
        ("verify", "--dir", "/nonexistent"),
        ("check", "--timeout", "1"),
        ("move",),
    ],
)
def test_wrong_use_ends_with_2(scene: Scene, arguments: tuple[str, ...]) -> None:
    code, _, stderr = scene.call(*arguments)

    assert code == 2
    assert "Traceback" not in stderr


def test_a_directory_without_project_is_wrong_use(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["verify", "--dir", str(tmp_path)])

    assert result.exit_code == 2
    assert "holds a Pulumi.yaml" in result.stderr


def test_help_names_every_command_and_the_exit_codes(scene: Scene) -> None:
    code, stdout, _ = scene.call("--help")

    assert code == 0
    for text in ("check", "run", "copy", "hand-over", "verify", "demo", "Exit code 0: done."):
        assert text in stdout


def test_help_does_not_import_pulumi() -> None:
    program = "import sys, transfer.cli; sys.exit('pulumi' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
