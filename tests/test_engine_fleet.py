"""The tenants of this repository on the real engine: moved, isolated from each other, and ended."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from conftest_emulator import ROOT, Emulator
from engine_stage import Result
from fleet_stage import PROTECTED, FleetStage
from merged_change import ADDED, MOVED, TENANT, MergedChange, play

from benchmarks.isolation import Marks, sas_of
from components.model.names import SIDES
from emulator.resource_types import (
    ACCOUNT_TYPE,
    EXPORT_TYPE,
    IDENTITY_TYPE,
    IMPORT_TYPE,
    REGISTRY_TYPE,
    RUN_TYPE,
    SECRET_TYPE,
    VAULT_TYPE,
)

# Its fixture does all once, so that its tests belong to one process.
pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("fleet")]

TENANTS = ("adatum", "contoso", "fabrikam")
STACKS = [f"{tenant}-{side}" for tenant in TENANTS for side in SIDES]
# Both sides, of different arrangements; the others are previewed with the policies.
PREVIEWED = ("contoso-source", "adatum-target")
JUDGED = ("contoso", "fabrikam")
Resources = list[dict[str, Any]]


@dataclass
class Story:
    """What was done with all tenants in turn, and what was there meanwhile."""

    run: Result
    verify: Result
    status: dict[str, Any]
    previews: list[Result]
    judged: Result
    """A preview with policies, one of which nobody keeps."""
    states: dict[str, str]
    """The state of each stack, secrets left encrypted."""
    resources: Resources
    """Of the emulated cloud, with what it never shows."""
    logs: dict[str, str]
    answers: dict[tuple[str, str], int]
    """What storage answers to the SAS of one tenant's stack on the container of another one."""
    drifted: Result
    """A comparison with Azure after somebody has been there."""
    refreshed: Result
    """The stack after that, told of all but its runs."""
    change: MergedChange
    removed: Result
    destroyed: Result
    left: Resources
    stacks_left: list[str]
    files_left: list[str]
    """Of the tenant that was removed."""


@pytest.fixture(scope="module")
def story(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Story:
    stage = FleetStage(emulator, tmp_path_factory.mktemp("fleet"))
    run, verify = (stage.call("fleet", verb, "--all", "--json") for verb in ("run", "verify"))
    resources = stage.resources()
    return Story(
        run=run,
        verify=verify,
        status=json.loads(stage.call("fleet", "status", "--json").out),
        previews=[stage.pulumi(stack, "preview", "--expect-no-changes") for stack in PREVIEWED],
        judged=stage.call("fleet", "preview", *JUDGED, "--json", *policies(stage)),
        states={stack: json.dumps(stage.engine.state(stack)) for stack in STACKS},
        resources=resources,
        logs={file.name: file.read_text() for file in stage.logs()},
        answers=dict(answers_to_sas(stage, resources)),
        change=play(stage),
        drifted=drifted(stage, resources),
        refreshed=stage.pulumi(
            "fabrikam-source", "refresh", "--yes", "--exclude", "**:PipelineRun::*"
        ),
        removed=stage.call("tenant", "remove", "adatum", "--yes"),
        destroyed=stage.call("fleet", "destroy", "--all", "--yes", "--json"),
        left=stage.resources(),
        stacks_left=stage.stacks(),
        files_left=[file.name for file in (stage.root / "tenants" / "adatum").iterdir()],
    )


def drifted(stage: FleetStage, resources: Resources) -> Result:
    """Have somebody clean up the records of fabrikam's runs and tag the account of its source."""
    accounts = (item for item in resources if item["type"] == ACCOUNT_TYPE)
    account = next(item for item in accounts if "fabrikam-source" in item["id"])
    tenant = next(tenant for tenant in stage.tenants if tenant.name == "fabrikam")
    with stage.owner(tenant, "source").client() as arm:
        for run in (item for item in resources if item["type"] == RUN_TYPE):
            arm.delete(run["id"], params={"api-version": "2025-06-01-preview"})
        body = {"tags": {"who": "somebody"}}
        arm.patch(account["id"], params={"api-version": "2024-01-01"}, json=body).raise_for_status()
    return stage.call("fleet", "drift", "fabrikam", "--json")


def policies(stage: FleetStage) -> list[str]:
    """Give the options of the pack, in which resources have to be protected."""
    file = stage.root / "levels.json"
    file.write_text(json.dumps({"lasting-resources": "mandatory"}))
    return ["--policy-pack", str(ROOT / "policy"), "--policy-pack-config", str(file)]


def registries(resources: Resources) -> list[str]:
    names = [item["id"].rpartition("/")[2] for item in resources if item["type"] == REGISTRY_TYPE]
    return sorted(name for name in names if name.removesuffix("registry") in ("hub", *TENANTS))


def answers_to_sas(
    stage: FleetStage, resources: Resources
) -> Iterator[tuple[tuple[str, str], int]]:
    """Have each SAS list each container of its side."""
    for number, side in enumerate(SIDES):
        for owner in ("adatum", "contoso"):
            sas = sas_of(resources, owner)[number]
            for tenant in TENANTS:
                where = f"{stage.container(f'{tenant}-{side}')}{sas}&restype=container&comp=list"
                yield (f"{owner}-{side}", f"{tenant}-{side}"), stage.get(where)


def rows(report: Result) -> Sequence[dict[str, Any]]:
    assert report.code == 0, report.text
    found: list[dict[str, Any]] = json.loads(report.out)["rows"]
    return found


def test_one_command_moves_what_the_locks_of_all_tenants_hold(story: Story) -> None:
    told = [(row["tenant"], row["result"], row["cause"]) for row in rows(story.run)]

    assert told == [
        ("adatum", "done", "1 artifacts: 1 arrived"),
        ("contoso", "done", "2 artifacts: 2 arrived"),
        ("fabrikam", "done", "1 artifacts: 1 arrived"),
    ]
    assert [row["result"] for row in rows(story.verify)] == ["done"] * 3


def test_a_plain_preview_in_a_folder_of_a_tenant_is_empty(story: Story) -> None:
    assert {preview.code for preview in story.previews} == {0}, story.previews


def test_policies_judge_each_stack_of_a_fleet_and_change_nothing(story: Story) -> None:
    judged = json.loads(story.judged.out)["rows"]

    assert story.judged.code == 1
    assert {row["stack"] for row in judged} == {
        f"{tenant}-{side}" for tenant in JUDGED for side in SIDES
    }
    kept = [row for row in judged if row["tenant"] == PROTECTED]
    assert [(row["result"], row["violations"]) for row in kept] == [("unchanged", [])] * 2
    for row in (row for row in judged if row not in kept):
        assert (row["result"], row["reason"], row["changes"]) == ("failed", "policy", [])
        assert {item["rule"] for item in row["violations"]} == {"lasting-resources"}
        assert {item["urn"].split("::")[0] for item in row["violations"]} == {
            f"urn:pulumi:{row['stack']}"
        }
        assert "mandatory policy lasting-resources" in story.logs[f"{row['stack']}.preview.log"]


def test_any_machine_is_told_what_there_is_of_each_tenant(story: Story) -> None:
    tenants = {item["tenant"]: item for item in story.status["tenants"]}

    assert {name: item["artifacts"] for name, item in tenants.items()} == {
        "adatum": 1,
        "contoso": 2,
        "fabrikam": 1,
    }
    for name, item in tenants.items():
        assert {item[side]["state"] for side in SIDES} == {"up"}
        days = {item[side]["sas_days_left"] for side in SIDES}
        assert (days == {None}) == (name == "fabrikam"), "it has no SAS"
        assert item["verified"] is not None
        assert item["problems"] == []


def test_nothing_in_the_cloud_has_to_do_with_two_tenants(story: Story) -> None:
    marks = Marks.of(TENANTS, story.resources)

    assert marks.of_two(story.resources) == {}
    assert marks.named_in(json.dumps(story.resources)) == set(TENANTS)


def test_no_state_log_or_row_names_another_tenant(story: Story) -> None:
    marks = Marks.of(TENANTS, story.resources)
    written = [*story.states.items(), *story.logs.items()]
    texts = [(re.split("[-.]", name)[0], text) for name, text in written]
    texts += [(row["tenant"], json.dumps(row)) for row in rows(story.run)]

    assert marks.strangers(texts) == {}
    assert all(marks.named_in(state) for state in story.states.values())
    assert len(story.logs) == 2 * len(TENANTS) + len(SIDES) * len(JUDGED)


def test_a_sas_opens_the_container_of_its_own_tenant_alone(story: Story) -> None:
    own = {pair: code for pair, code in story.answers.items() if pair[0] == pair[1]}
    others = {pair: code for pair, code in story.answers.items() if pair[0] != pair[1]}

    assert set(own.values()) == {200}, own
    assert set(others.values()) == {403}, others


def test_a_tenant_that_is_removed_leaves_its_registries_and_its_lock(story: Story) -> None:
    assert story.removed.code == 0, story.removed.text
    assert story.files_left == ["images.lock"]
    assert "adatum is removed; tenants/adatum/images.lock stays" in story.removed.out
    assert story.stacks_left == [stack for stack in STACKS if "adatum" not in stack]


def test_after_the_end_only_the_registries_are_left(story: Story) -> None:
    ended = [(row["stack"], row["result"]) for row in rows(story.destroyed)]

    assert sorted(ended) == [(stack, "done") for stack in story.stacks_left]
    for row in rows(story.destroyed):
        told = [change["name"] for change in row["changes"]]
        assert len(told) == len(set(told)), "its preview is not told beside it"
    assert registries(story.left) == registries(story.resources)
    marks = Marks.of(TENANTS, story.resources)
    left = {item["type"] for item in story.left if marks.named_in(item["id"])}
    made = (ACCOUNT_TYPE, EXPORT_TYPE, IDENTITY_TYPE, IMPORT_TYPE, SECRET_TYPE, VAULT_TYPE)
    assert left.isdisjoint(made)


def test_what_somebody_changed_in_azure_is_drift_and_a_record_of_a_run_is_none(
    story: Story,
) -> None:
    rows = {row["stack"]: row for row in json.loads(story.drifted.out)["rows"]}

    assert story.drifted.code == 3
    assert rows["fabrikam-source"]["reason"] == "drifted"
    (change,) = rows["fabrikam-source"]["changes"]
    assert (change["operation"], change["name"]) == ("update", "source-storage-account")
    assert "tags.who" in change["properties"]
    assert rows["fabrikam-target"]["result"] == "unchanged"
    assert story.refreshed.code == 0, story.refreshed.text
    assert "~ 1 updated" in story.refreshed.out


def test_a_merge_is_deployed_by_the_lines_of_the_workflow_and_brings_its_change(
    story: Story,
) -> None:
    before, merged = story.change.before, story.change.merged

    assert story.change.locked.code == 0, story.change.locked.text
    assert merged.tenants == [TENANT]
    assert [result.text for result in merged.results if result.code] == []
    assert merged.digests.keys() == {*before, ADDED}
    assert {name for name in before if merged.digests[name] != before[name]} == {MOVED}


def test_a_reverted_merge_moves_a_tag_back_and_leaves_the_image_that_was_added(
    story: Story,
) -> None:
    change = story.change

    assert change.reverted.tenants == [TENANT]
    assert [result.text for result in change.reverted.results if result.code] == []
    assert change.reverted.digests == {**change.before, ADDED: change.merged.digests[ADDED]}
    told = json.loads(change.told.out)
    assert told["would_move"] is False
    assert told["target"] == {"differs": [], "unlisted": [ADDED]}


def test_a_deployment_that_would_replace_what_is_protected_is_refused_and_says_how_to_allow_it(
    story: Story,
) -> None:
    said = " ".join(story.change.moved.text.split())

    assert story.change.moved.code == 1
    assert "contoso-source failed" in said
    assert "source-suffix is protected, and neither deleted nor replaced" in said
    assert "write acr-transfer:protect: false in Pulumi.contoso-source.yaml" in said
    assert story.change.made == [], "it is refused before anything is made"


def test_what_is_protected_can_be_deleted_once_its_files_have_said_so_in_a_deployment(
    story: Story,
) -> None:
    ended = {row["stack"]: row["result"] for row in rows(story.destroyed)}

    assert [result.code for result in story.change.unprotected] == [0, 0]
    assert {ended[f"{PROTECTED}-{side}"] for side in SIDES} == {"done"}
