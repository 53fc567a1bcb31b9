"""Rules of a pipeline that reaches its container as its identity."""

from dataclasses import replace

import pytest
from check_support import (
    PIPELINE,
    SOURCE,
    STORAGE,
    TARGET,
    UNREAD,
    all_good,
    source_settings,
    target_settings,
    worst,
)

from components.model.names import Side
from components.model.role_ids import STORAGE_BLOB_DATA_CONTRIBUTOR, STORAGE_BLOB_DATA_READER
from transfer.check.facts import Role, SideFacts
from transfer.check.findings import Level
from transfer.check.rules.container_role import judge_container_role
from transfer.check.rules.storage import judge_storage

DELETES = ["DeleteSourceBlobOnSuccess"]


def without_sas(
    side: Side, *roles: str, scope: str = "", options: list[str] | None = None
) -> SideFacts:
    here = SOURCE if side == "source" else TARGET
    make = source_settings if side == "source" else target_settings
    settings = make(storage_access="managed-identity", options=options or [])
    assert here.contract is not None
    held = tuple(Role(role, scope or here.contract.container.id.upper()) for role in roles)
    pipeline = replace(PIPELINE, secret_uri="")
    return replace(here, settings=settings, pipeline=pipeline, container_roles=held)


@pytest.mark.parametrize(
    ("side", "role", "options", "is_enough"),
    [
        ("source", STORAGE_BLOB_DATA_CONTRIBUTOR, [], True),
        ("source", STORAGE_BLOB_DATA_READER, [], False),
        ("target", STORAGE_BLOB_DATA_READER, [], True),
        ("target", STORAGE_BLOB_DATA_CONTRIBUTOR, DELETES, True),
        ("target", STORAGE_BLOB_DATA_READER, DELETES, False),
    ],
)
def test_a_role_is_judged_by_what_the_pipeline_does(
    side: Side, role: str, options: list[str], is_enough: bool
) -> None:
    found = judge_container_role(without_sas(side, role, options=options))

    if is_enough:
        assert all_good(found)
    else:
        assert worst(found).level is Level.FAILS
        assert f"It holds {role}" in worst(found).why


def test_a_missing_role_is_named_with_azures_code_and_the_command() -> None:
    found = worst(judge_container_role(without_sas("target")))

    assert "AuthorizationPermissionMismatch" in found.why
    assert "--role 'Storage Blob Data Reader' --scope /subscriptions/" in found.fix


def test_a_role_above_the_container_counts_and_one_beside_it_does_not() -> None:
    here = without_sas("source", STORAGE_BLOB_DATA_CONTRIBUTOR, scope="/subscriptions")
    assert here.contract is not None
    beside = f"{here.contract.container.id}2"

    assert all_good(judge_container_role(here))
    assert worst(
        judge_container_role(without_sas("source", STORAGE_BLOB_DATA_CONTRIBUTOR, scope=beside))
    )


def test_roles_that_cannot_be_read_are_unread() -> None:
    here = replace(without_sas("source"), container_roles=UNREAD)

    assert worst(judge_container_role(here)).level is Level.UNREAD


def test_a_pipeline_with_a_sas_needs_no_role() -> None:
    assert judge_container_role(SOURCE) == []


def test_an_account_without_shared_keys_is_good_without_a_sas() -> None:
    here = without_sas("source", STORAGE_BLOB_DATA_CONTRIBUTOR)
    storage = replace(STORAGE, allows_shared_keys=False, sas_action="Block")

    assert all_good(judge_storage(replace(here, storage=storage)))
