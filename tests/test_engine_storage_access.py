"""Pipelines without a SAS, on the real engine: by roles, in accounts without keys."""

from collections.abc import Iterator

import pytest
from conftest_emulator import Emulator
from engine_arrangement import configure, transfer
from engine_stage import EngineStage

pytestmark = pytest.mark.engine

BY_IDENTITY = {"storage_access": "managed-identity"}


def test_no_sas_no_vault_and_no_shared_key_from_registry_to_registry(stage: EngineStage) -> None:
    # Its runs import from the source's container.
    transfer(stage, BY_IDENTITY, {**BY_IDENTITY, "blobs": "shared", "import_by": "runs"})

    for side in ("source", "target"):
        state = str(stage.state(side))
        assert "KeyVault" not in state
        assert "sig=" not in state
        assert stage.contract(side)["container"]["allows_shared_keys"] is False
        assert stage.contract(side)["sas_expires"] is None
    check = stage.transfer("check")
    assert check.code == 0, check.text


@pytest.fixture
def slow_grants(emulator: Emulator) -> Iterator[None]:
    """A cloud in which a new role is in effect only after some seconds."""
    with emulator.settings(grant_seconds=4):
        yield


@pytest.mark.usefixtures("slow_grants")
def test_a_run_waits_for_its_role_to_be_in_effect(stage: EngineStage) -> None:
    configure(stage, {**BY_IDENTITY, "role_wait_seconds": 5}, {})

    result = stage.up("source")

    assert result.code == 0, result.text


@pytest.mark.usefixtures("slow_grants")
def test_a_role_that_was_not_waited_for_is_named_with_the_key_to_set(stage: EngineStage) -> None:
    configure(stage, {**BY_IDENTITY, "role_wait_seconds": 0}, {})

    result = stage.up("source")

    assert result.code != 0
    assert "not authorized to perform this operation using this permission" in result.text
    assert "`role_wait_seconds`" in result.text
    assert "raise `rerun` to 1, and run pulumi up -s source" in result.text
    assert "Traceback" not in result.text
