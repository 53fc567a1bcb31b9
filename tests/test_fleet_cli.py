"""What is typed for many tenants: the exit code, and what stdout and stderr say."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_engine import FakeEngine, failed
from typer.testing import CliRunner, Result

from fleet.cli import app
from fleet.tasks import Task


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    engine = FakeEngine(tmp_path, "contoso", "fabrikam")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "PulumiPolicy.yaml").touch()
    monkeypatch.setenv("PATH", engine.environment()["PATH"])
    monkeypatch.chdir(tmp_path)
    return engine


def typed(line: str) -> Result:
    return CliRunner().invoke(app, line.split())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("up", "Name tenants, or give one of --all, --changed-since, --failed and --tag."),
        ("up --all contoso", "Name tenants, or give one of"),
        ("up contosso", "Did you mean contoso?"),
        ("up --failed", "there is no report of an earlier call"),
        ("destroy --all", "destroy needs --yes"),
        ("verify --all --policy-pack here", "--policy-pack is not valid for verify: the engine"),
        ("up --all --policy-pack nowhere", "'nowhere' is not valid: it has no PulumiPolicy.yaml"),
        ("up --all --policy-pack-config a.json", "there are 1 for 0 packs"),
        ("up --all --policy-pack here --policy-pack-config a.json", "there is no such file"),
        ("up --all --jobs 0", "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_understood_is_said_with_exit_code_2_and_nothing_is_begun(
    engine: FakeEngine, line: str, said: str
) -> None:
    done = typed(line)

    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())
    assert engine.calls() == []


def test_a_directory_without_tenants_is_no_fleet_that_is_well(
    engine: FakeEngine, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()

    done = typed("up --all --dir empty")

    assert done.exit_code == 2
    assert "empty/tenants holds no tenant. Make one by acr-transfer tenant new" in done.stderr
    assert engine.calls() == []


@pytest.mark.parametrize(
    ("line", "again"),
    [
        ("up --all", "acr-transfer fleet up --failed"),
        ("destroy contoso --yes", "acr-transfer fleet destroy --failed --yes"),
        ("up --all --policy-pack here", "acr-transfer fleet up --failed --policy-pack here"),
    ],
)
def test_a_failure_ends_with_code_1_and_the_command_that_goes_on(
    engine: FakeEngine, line: str, again: str
) -> None:
    engine.plays(contoso_source=failed("no"), contoso_target=failed("no"))

    done = typed(line)

    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == again
    assert "failed" in done.stdout


class SameAsEver:
    """Inputs of previews that never change."""

    def of(self, _: Task) -> str:
        return "the same"


def test_each_stack_is_previewed_with_the_policies_though_nothing_has_changed(
    engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleet.command.read_inputs", lambda *_: SameAsEver())
    (tmp_path / "levels.json").write_text("{}")
    policies = "--policy-pack here --policy-pack-config levels.json"
    absolute = policies.replace("here", f"{tmp_path}/here").replace("levels", f"{tmp_path}/levels")

    for _ in range(2):
        typed("preview contoso")
    typed(f"preview contoso {policies}")

    plain, judged = sorted(engine.calls()[:2]), sorted(engine.calls()[2:])
    assert plain == ["contoso-source preview", "contoso-target preview"]
    assert judged == [f"{call} {absolute}" for call in plain]


@pytest.mark.usefixtures("engine")
def test_where_all_is_well_the_last_line_counts() -> None:
    done = typed("up --all")

    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1].startswith("4 rows: 4 unchanged, in ")
    assert done.stderr == ""


def test_up_leaves_nothing_out_however_often_it_is_typed(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing_new = SimpleNamespace(of=lambda _: "the same inputs")
    monkeypatch.setattr("fleet.command.read_inputs", lambda *_: nothing_new)

    for _ in range(2):
        assert typed("up --all").exit_code == 0

    assert len(engine.calls()) == 2 * 4


def test_a_report_is_alone_on_stdout(engine: FakeEngine) -> None:
    engine.plays(contoso_source=failed("no"))

    report, markdown = typed("up --all --json"), typed("up --failed --markdown")

    assert len(json.loads(report.stdout)["rows"]) == 4
    assert "[1/4] " in report.stderr
    assert markdown.stdout.startswith("**up**: 2 rows: 1 failed, 1 not-reached\n")
    assert "| contoso-source | failed | engine | no |" in markdown.stdout
