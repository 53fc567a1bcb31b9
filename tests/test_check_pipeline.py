"""Rules of a pipeline, its SAS, trigger and runs let the good pass, and name what cannot work."""

from dataclasses import replace
from datetime import timedelta

import pytest
from check_support import PIPELINE, SOURCE, TARGET, UNREAD, all_good, source_settings, worst
from transfer_support import NOON, import_state, target_contract

from components.model.contract import RunPart
from components.model.sas_source import BroughtSas
from transfer.check.facts import (
    FailedRun,
    Missing,
    PipelineFacts,
    RegistryFacts,
    SideFacts,
    Unread,
)
from transfer.check.findings import Level
from transfer.check.rules.pipeline import judge_pipeline
from transfer.check.rules.storage import judge_storage
from transfer.check.rules.vault import judge_vault


def test_without_a_stack_that_is_up_nothing_of_it_is_judged() -> None:
    before = SideFacts("source", "source", source_settings(), "0000", RegistryFacts("r1"))

    assert judge_storage(before) == judge_vault(before) == []
    assert worst(judge_pipeline(before, NOON)).fix == "pulumi up -s source"


@pytest.mark.parametrize(
    ("pipeline", "level", "why"),
    [
        (Missing("p1"), Level.FAILS, "PipelineNotFound"),
        (UNREAD, Level.UNREAD, "Azure"),
        (replace(PIPELINE, lost_identities=("/x/id1",)), Level.FAILS, "Failed to acquire a token"),
        (replace(PIPELINE, secret_uri=f"{PIPELINE.secret_uri}/0a1b"), Level.WARNS, "one version"),
        (
            replace(PIPELINE, secret_uri="https://v.vault.usgovcloudapi.net/secrets/s"),
            Level.FAILS,
            "one cloud",
        ),
        (
            replace(PIPELINE, container_uri="https://a.blob.core.chinacloudapi.cn/transfer"),
            Level.FAILS,
            "one cloud",
        ),
    ],
    ids=["missing", "unread", "identity", "version", "vault-cloud", "storage-cloud"],
)
def test_a_pipeline_that_cannot_work_is_named(
    pipeline: PipelineFacts | Missing | Unread, level: Level, why: str
) -> None:
    found = worst(judge_pipeline(replace(SOURCE, pipeline=pipeline), NOON))

    assert found.level is level
    assert why in found.why


def test_the_suffixes_of_a_custom_cloud_pass() -> None:
    pipeline = replace(PIPELINE, container_uri="https://127.0.0.1:4433/account/transfer")

    assert all_good(judge_pipeline(replace(SOURCE, pipeline=pipeline), NOON))


@pytest.mark.parametrize(
    ("days_left", "level"),
    [(8, None), (7, Level.WARNS), (1, Level.WARNS), (0, Level.FAILS), (-1, Level.FAILS)],
)
def test_a_sas_warns_within_its_grace_and_fails_after_it(
    days_left: int, level: Level | None
) -> None:
    assert SOURCE.contract is not None
    assert SOURCE.contract.sas_expires is not None
    now = SOURCE.contract.sas_expires - timedelta(days=days_left)

    found = judge_pipeline(SOURCE, now)

    assert all_good(found) if level is None else worst(found).level is level


@pytest.mark.parametrize(
    ("days_left", "level"),
    [(8, None), (7, Level.WARNS), (0, Level.FAILS), (None, Level.UNKNOWN)],
)
def test_a_sas_that_is_brought_is_replaced_and_never_rotated(
    days_left: int | None, level: Level | None
) -> None:
    assert SOURCE.contract is not None
    expires = None if days_left is None else NOON + timedelta(days=days_left)
    contract = SOURCE.contract.model_copy(update={"sas_expires": expires})
    settings = source_settings(sas=BroughtSas())

    found = judge_pipeline(replace(SOURCE, contract=contract, settings=settings), NOON)

    assert not any("up rotates" in finding.why for finding in found)
    if level is None:
        assert all_good(found)
        return
    assert worst(found).level is level
    assert worst(found).fix == (
        "pulumi config set --secret acr-transfer:sas -s source && pulumi up -s source"
    )


@pytest.mark.parametrize(
    ("trigger", "import_by", "level"),
    [
        ("Enabled", "trigger", None),
        ("Disabled", "runs", None),
        ("Enabled", "runs", Level.WARNS),
        ("Disabled", "trigger", Level.FAILS),
    ],
)
def test_the_trigger_and_import_by_belong_together(
    trigger: str, import_by: str, level: Level | None
) -> None:
    pipeline = replace(PIPELINE, trigger=trigger)
    here = replace(TARGET, pipeline=pipeline, contract=target_contract(import_by=import_by))

    found = judge_pipeline(here, NOON)

    assert all_good(found) if level is None else worst(found).level is level


def test_a_failed_run_of_the_triggers_warns_in_the_services_words() -> None:
    text = "Failed to access storage. (This request is not authorized to perform this operation)"
    good = import_state("auto1", "blob", "Succeeded", minute=1)
    bad = import_state("auto2", "blob", "Failed", minute=2, error=text)

    found = worst(judge_pipeline(replace(TARGET, runs=(bad, good)), NOON))

    assert found.level is Level.WARNS
    assert text in found.why
    assert "firewall" in found.why


def test_a_failed_run_of_the_stack_fails_until_it_is_repeated() -> None:
    part = RunPart(name="import1", blob="blob", artifacts=("shop/web:1",))
    contract = target_contract(import_by="runs").model_copy(update={"runs": (part,)})
    run = import_state("IMPORT1", "blob", "Failed", error="TAG_ALREADY_EXISTS")
    pipeline = replace(PIPELINE, trigger="Disabled")

    here = replace(TARGET, contract=contract, runs=(run,), pipeline=pipeline)
    found = worst(judge_pipeline(here, NOON))

    assert found.level is Level.FAILS
    assert "pulumi config set acr-transfer:rerun 1 -s target" in found.fix


def test_a_failed_run_of_a_lock_is_carried_by_another_one() -> None:
    settings = SOURCE.settings.model_copy(update={"locked_images": "a lock"})
    failed = FailedRun("export1", "exports are disabled", "beef")

    found = worst(judge_pipeline(replace(SOURCE, settings=settings, failed_runs=(failed,)), NOON))

    assert found.level is Level.FAILS
    assert found.fix.endswith("Then: acr-transfer lock --renew beef --source source")


def test_a_good_last_run_is_good_and_one_that_goes_on_is_not_judged() -> None:
    bad = import_state("auto1", "blob", "Failed", minute=1)
    good = import_state("auto2", "blob", "Succeeded", minute=2)
    going_on = import_state("auto3", "blob", "Running", minute=3)
    running = replace(going_on, provisioning_state="Running")

    assert all_good(judge_pipeline(replace(TARGET, runs=(bad, good, running)), NOON))
    assert worst(judge_pipeline(replace(TARGET, runs=UNREAD), NOON)).level is Level.UNREAD
