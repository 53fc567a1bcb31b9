"""The command diff keeps its word on exit codes and streams, without stack, engine or login."""

from pathlib import Path

import pytest
from git_support import Repository
from locks import found, lock
from typer.testing import CliRunner

import transfer.wiring
from transfer.cli import app
from transfer.diff.record import Diff

BEFORE = lock([found("shop/web:1.4")])
AFTER = lock([found("shop/web:1.4"), found("shop/web:1.5")], BEFORE.artifacts)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in git whose lock has got another image since, and no way to a stack."""
    (tmp_path / "Pulumi.yaml").write_text("name: acr-transfer\n")
    (tmp_path / "Pulumi.source.yaml").write_text(
        "config: {acr-transfer:side: source, acr-transfer:registry: rg/contososource, "
        "acr-transfer:images_lock: images.lock}"
    )
    Repository(tmp_path).commit("images.lock", BEFORE.text())
    (tmp_path / "images.lock").write_text(AFTER.text())

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("no session is needed")

    monkeypatch.setattr(transfer.wiring, "open_session", refuse)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["diff", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_what_would_move_is_printed_with_exit_code_0() -> None:
    code, stdout, stderr = call("--against", "main")

    assert (code, stderr) == (0, "")
    assert stdout.startswith("Compared with images.lock of main.\n")
    assert stdout.endswith(
        "1 new run would move 1 artifact (25.0 MB). 1 added, 1 unchanged; 1 run stays.\n"
    )


def test_asked_by_exit_code_it_ends_with_3_where_something_would_move(project: Path) -> None:
    assert call("--against", "main", "--exit-code")[0] == 3

    (project / "images.lock").write_text(BEFORE.text())
    assert call("--against", "main", "--exit-code")[0] == 0


def test_for_machines_the_record_is_printed_and_nothing_else() -> None:
    code, stdout, stderr = call("--against", "main", "--json")

    assert (code, stderr) == (0, "")
    assert [run.artifacts for run in Diff.model_validate_json(stdout).new_runs] == [
        ("shop/web:1.5",)
    ]


def test_the_markdown_begins_with_the_sum() -> None:
    _, stdout, _ = call("--against", "main", "--markdown", "--limit", "1000")

    assert stdout.startswith("**1 new run would move 1 artifact (25.0 MB).")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--json", "--markdown"), "exclude each other"),
        (("--limit", "2000"), "--limit is of --markdown"),
        (("--markdown", "--limit", "10"), "1000"),
        (("--against", "nowhere"), "--against 'nowhere' is not valid"),
    ],
)
def test_wrong_use_ends_with_2(arguments: tuple[str, ...], said: str) -> None:
    code, stdout, stderr = call(*arguments)

    assert (code, stdout) == (2, "")
    assert said in " ".join(stderr.split())
