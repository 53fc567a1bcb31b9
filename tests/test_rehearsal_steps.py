"""What each step of a rehearsal asks for, on an engine that answers by a script."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import httpx
import pytest
from rehearsal_scene import write_pair
from scripted_engine import ScriptedEngine, machine_of
from transfer_support import plain_console

from rehearsal.existing import Maker
from rehearsal.owner import Owner
from rehearsal.pair_rehearsal import PairRehearsal
from rehearsal.records import Outcome, PairRow, RehearsalReport, Step, StepRow
from rehearsal.views import show
from transfer.azure.cloud import AzureCloud
from transfer.console import Console
from transfer.engine import EngineError
from transfer.reports import schema_of

SECRET = "azure-native:keyvault:Secret"
GROUP = "azure-native:resources:ResourceGroup"


def told(operation: str, kind: str) -> str:
    """Give an event of the engine about one resource."""
    metadata = {"op": operation, "type": kind, "urn": "urn:pulumi:s::p::t::thing"}
    return json.dumps({"resourcePreEvent": {"metadata": metadata}})


def state(*groups: str) -> str:
    resources = [
        {"type": GROUP, "urn": "urn::group", "inputs": {"resourceGroupName": name}}
        for name in groups
    ]
    return json.dumps({"deployment": {"resources": resources}})


def rehearsal(
    tmp_path: Path,
    answers: Mapping[str, str | Exception],
    *groups: str,
    **source: object,
) -> tuple[PairRehearsal, ScriptedEngine]:
    """Give a rehearsal of two stacks in a cloud that has these resource groups."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(204 if request.url.path.rpartition("/")[2] in groups else 404)

    arm = httpx.Client(base_url="https://arm", transport=httpx.MockTransport(answer))
    nowhere = cast("AzureCloud", None)
    owner = Owner({"ARM_SUBSCRIPTION_ID": "own"}, nowhere, arm, Maker(arm), "me")
    engine = ScriptedEngine(answers)
    made = PairRehearsal(
        write_pair(tmp_path / "mine", source), machine_of(engine), plain_console()[0], tmp_path
    )
    made.begin(made.pair, {"source": owner, "target": owner}, lambda: None)
    return made, engine


def only(made: PairRehearsal) -> StepRow:
    (row,) = made.rows
    return row


def test_another_up_that_changes_something_is_not_proved(tmp_path: Path) -> None:
    answers = {"up source": told("same", SECRET), "up target": told("update", SECRET)}
    made, _ = rehearsal(tmp_path, answers)

    made.act(Step.REPEAT, made.repeat)

    assert only(made).outcome is Outcome.FAILED
    assert only(made).said == "another up changes: update Secret thing"


@pytest.mark.parametrize(
    ("events", "fault"),
    [
        ([told("update", SECRET)], ""),
        ([], "it changes: nothing"),
        ([told("replace", SECRET)], "it changes: replace Secret thing"),
        ([told("update", SECRET), told("update", GROUP)], "update ResourceGroup thing"),
    ],
)
def test_the_next_window_replaces_the_secret_and_nothing_else(
    events: list[str], fault: str, tmp_path: Path
) -> None:
    answers = {"up source": "\n".join(events), "up target": told("update", SECRET)}
    made, engine = rehearsal(tmp_path, answers)

    made.act(Step.ROTATION, made.rotate)

    window = made.pair.source.settings.sas_window
    assert {"ACR_TRANSFER_AS_OF": window.expiry.isoformat()} in engine.variables
    assert only(made).outcome is (Outcome.FAILED if fault else Outcome.PROVED)
    assert fault in only(made).said


def test_only_a_side_with_a_sas_of_the_program_rotates_one(tmp_path: Path) -> None:
    made, engine = rehearsal(
        tmp_path, {"up target": told("update", SECRET)}, storage_access="managed-identity"
    )

    made.act(Step.ROTATION, made.rotate)

    assert engine.asked == ["up target"]
    assert only(made).said == "the SAS of target is replaced"


def test_a_group_that_a_destroy_leaves_is_named(tmp_path: Path) -> None:
    answers = {
        "stack export never target": state("rg-gone"),
        "stack export never source": state("rg-left"),
    }
    made, engine = rehearsal(tmp_path, answers, "rg-left", protect=True)

    made.act(Step.DESTROY, made.destroy)

    assert engine.asked == [
        "stack export never target",
        "destroy target",
        "stack export never source",
        "state unprotect source",
        "destroy source",
    ]
    assert only(made).said == "destroy of source leaves rg-left"


def test_nothing_is_done_after_a_failure_and_azures_words_are_kept(tmp_path: Path) -> None:
    words = 'Code="SkuNotAvailable" Message="not here"'
    failed = EngineError([], [words])
    made, engine = rehearsal(tmp_path, {"up source": failed, "up target": ""})

    made.act(Step.REPEAT, made.repeat)
    made.act(Step.DESTROY, made.destroy)

    assert [row.outcome for row in made.rows] == [Outcome.FAILED, Outcome.NOT_REACHED]
    assert words in made.rows[0].said
    assert "destroy source" not in engine.asked


def report(*rows: StepRow) -> RehearsalReport:
    pair = PairRow(name="contoso", source="contoso-source", target="contoso-target", steps=rows)
    return RehearsalReport(seconds=41.2, pairs=(pair,))


def test_people_see_each_step_and_what_is_not_proved() -> None:
    stream = io.StringIO()

    show(
        report(
            StepRow(step=Step.STAGE, outcome=Outcome.PROVED, said="2 artifacts", seconds=0.4),
            StepRow(step=Step.TRANSFER, outcome=Outcome.FAILED, said="Azure says no\nand why"),
        ),
        Console(stream),
    )

    text = stream.getvalue()
    assert "│ contoso │ stage    │ proved  │ 0.4     │ 2 artifacts   │" in text
    assert "contoso, transfer: Azure says no\nand why\n" in text
    assert "What a rehearsal does not prove:\n  - your images:" in text
    assert text.endswith("1 rehearsed: 0 proved, 1 failed, in 41 s\n")


def test_machines_read_the_same_by_a_published_schema() -> None:
    made = report(StepRow(step=Step.STAGE, outcome=Outcome.PROVED))

    properties = json.loads(schema_of(RehearsalReport))["properties"]

    assert set(json.loads(made.as_json())) == set(properties)
