"""Azure is compared with the states of tenants: what differs is told, but for what is known."""

import json
from pathlib import Path

import pytest
from fake_engine import FakeEngine, failed
from typer.testing import CliRunner, Result

from fleet.cli import app

ACCOUNT = "urn:pulumi:s::p::azure-native:storage:StorageAccount::source-account"


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """A checkout with two tenants, whose stacks are as Azure is."""
    engine = FakeEngine(tmp_path, "contoso", "fabrikam")
    monkeypatch.setenv("PATH", engine.environment()["PATH"])
    monkeypatch.chdir(tmp_path)
    return engine


def found(operation: str, *properties: str) -> dict[str, object]:
    """Give the event by which a refresh tells of one resource."""
    metadata = {"op": operation, "urn": ACCOUNT, "type": "T", "diffs": list(properties)}
    return {"resOutputsEvent": {"metadata": metadata}}


def drift(*words: str) -> Result:
    return CliRunner().invoke(app, ["drift", *words])


def test_what_differs_is_named_with_exit_code_3(engine: FakeEngine) -> None:
    engine.plays(contoso_source={"out": [found("same"), found("update", "tags"), found("delete")]})

    done = drift("--all", "--json")

    rows = {row["stack"]: row for row in json.loads(done.stdout)["rows"]}
    assert done.exit_code == 3
    assert rows["contoso-source"]["reason"] == "drifted"
    assert rows["contoso-source"]["cause"] == (
        "Azure differs from the state: update source-account tags; delete source-account"
    )
    assert [change["operation"] for change in rows["contoso-source"]["changes"]] == [
        "update",
        "delete",
    ]
    assert rows["fabrikam-target"]["result"] == "unchanged"


def test_a_stack_that_cannot_be_compared_is_a_failure_and_no_drift(engine: FakeEngine) -> None:
    engine.plays(contoso_source={"out": [found("update")]}, contoso_target=failed("no"))

    assert drift("contoso").exit_code == 1


def test_nothing_is_written_and_records_of_runs_are_left_out_beside_what_is_known(
    engine: FakeEngine,
) -> None:
    engine.plays(contoso_source={"out": [found("update")]})

    done = drift("contoso", "--exclude", "**::source-vault")

    told = engine.arguments()["contoso-source"]
    assert told[:3] == ["refresh", "--preview-only", "--exclude"]
    assert [told[place + 1] for place, word in enumerate(told) if word == "--exclude"] == [
        "**:PipelineRun::*",
        "**::source-vault",
    ]
    assert done.stderr.splitlines()[-1] == (
        "acr-transfer fleet drift --failed --exclude '**::source-vault'"
    )


def test_a_pattern_is_for_drift_alone(engine: FakeEngine) -> None:
    done = CliRunner().invoke(app, ["up", "--all", "--exclude", "**"])

    assert done.exit_code == 2
    assert "--exclude goes with drift" in done.stderr
    assert engine.calls() == []
