"""Every three values of the axes of an arrangement come together, and the same truths hold."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from arrangement_axes import AXES, CLOUDS, goes_together, merged
from covering import covering_rows
from mock_engine import SIGNATURE, Recording
from sides import SOURCE
from stack_program import run

from components.model.contract import SourceContract, TargetContract
from components.model.role_ids import (
    KEY_VAULT_SECRETS_USER,
    STORAGE_BLOB_DATA_CONTRIBUTOR,
    STORAGE_BLOB_DATA_READER,
)

ROWS = [merged(row) for row in covering_rows(AXES, goes_together, strength=3)]


def written(values: dict[str, Any]) -> str:
    """Name a combination by what is not a default."""
    return " ".join(
        f"{key}={str(value).rsplit('/', 1)[-1][:24]}"
        for key, value in values.items()
        if key != "images"
    )


def bring_up(values: dict[str, Any], *, preview: bool = False) -> Recording:
    blob, vault_suffix = CLOUDS[values["cloud"]]
    endpoints = {"primaryEndpoints": {"blob": f"https://theirs.{blob}/"}}
    vault_properties = {
        "tenantId": "t",
        "sku": {"family": "A", "name": "standard"},
        "vaultUri": f"https://theirs.{vault_suffix}/",
        "enableRbacAuthorization": str(values.get("vault", "")).endswith("roles"),
        "provisioningState": "Succeeded",
        "hsmPoolResourceId": "",
    }
    answers: dict[str, dict[str, Any]] = {
        "storage:StorageAccount": endpoints,
        "storage:getStorageAccount": endpoints,
        "keyvault:Vault": {"properties": vault_properties},
        "keyvault:getVault": {"properties": vault_properties},
    }
    config = {key: value for key, value in values.items() if key != "cloud"}
    config["registry"] = "rg-contoso/contosoregistry"
    container = {**SOURCE["container"], "uri": f"https://theirs.{blob}/outbox"}  # type: ignore[dict-item]
    return run(config, source={**SOURCE, "container": container}, answers=answers, preview=preview)


@pytest.mark.parametrize("values", ROWS, ids=written)
def test_an_arrangement_keeps_every_promise(values: dict[str, Any]) -> None:
    recording = bring_up(values)

    for promise in PROMISES:
        promise(values, recording)


def test_there_are_hundreds_of_arrangements_and_each_value_is_in_some() -> None:
    assert len(ROWS) > 200
    for axis in AXES.values():
        for value in axis:
            assert any(value.items() <= row.items() for row in ROWS), value


def one_principal_gets_one_right(values: dict[str, Any], recording: Recording) -> None:
    policies = recording.all("keyvault:AccessPolicy")
    roles = recording.all("authorization:RoleAssignment")
    assert len(policies) + len(roles) == 1
    for policy in policies:
        assert policy.inputs["policy"]["permissions"] == {"secrets": ["get"]}
    for role in roles:
        definition = role.inputs["roleDefinitionId"].rpartition("/")[2]
        if values.get("storage_access") == "managed-identity":
            deletes = "DeleteSourceBlobOnSuccess" in values.get("options", ())
            only_reads = values["side"] == "target" and not deletes
            wanted = STORAGE_BLOB_DATA_READER if only_reads else STORAGE_BLOB_DATA_CONTRIBUTOR
            assert "/blobServices/default/containers/" in role.inputs["scope"]
        else:
            wanted = KEY_VAULT_SECRETS_USER
            assert re.search(
                r"/Microsoft\.KeyVault/vaults/[^/]+/secrets/[^/]+$", role.inputs["scope"]
            )
        assert definition == wanted
        assert role.inputs["scope"].split("/")[2] == role.inputs["roleDefinitionId"].split("/")[2]


def only_the_vault_holds_a_sas(values: dict[str, Any], recording: Recording) -> None:
    holders = [item for item in recording.registrations if SIGNATURE in str(item.inputs)]
    expected = (
        []
        if values.get("storage_access") == "managed-identity"
        else [("keyvault:Secret", frozenset({"properties"}))]
    )
    assert [(item.type, item.secret_inputs) for item in holders] == expected
    assert SIGNATURE not in str(recording.result)
    assert not recording.result_is_secret


def what_exists_is_not_made(values: dict[str, Any], recording: Recording) -> None:
    made = {item.type for item in recording.registrations}
    has_storage = "storage" in values or values.get("blobs") == "shared"
    has_vault = "/" in values.get("vault", "") or "storage_access" in values
    assert ("storage:StorageAccount" in made) is not has_storage
    assert ("keyvault:Vault" in made) is not has_vault
    assert ("managedidentity:UserAssignedIdentity" in made) is ("identity" not in values)
    assert ("containerregistry:Registry" in made) is ("create_registry" in values)
    assert ("resources:ResourceGroup" in made) is ("resource_group" not in values)


def a_run_waits_for_its_way_to_the_container(_: dict[str, Any], recording: Recording) -> None:
    grants = recording.all("keyvault:AccessPolicy") + recording.all("authorization:RoleAssignment")
    ways = {item.name for item in [*grants, *recording.all("keyvault:Secret")]}
    for pipeline_run in recording.all("containerregistry:PipelineRun"):
        assert ways <= set(pipeline_run.depends_on)


def the_contract_is_whole(values: dict[str, Any], recording: Recording) -> None:
    model = SourceContract if values["side"] == "source" else TargetContract
    contract = model.model_validate(recording.result)
    assert (contract.sas_expires is None) is ("storage_access" in values)
    blob, _ = CLOUDS[values["cloud"]]
    assert contract.container.uri.partition("/")[2].partition("/")[2].startswith(f"theirs.{blob}/")


def providers_are_those_of_the_subscriptions(_: dict[str, Any], recording: Recording) -> None:
    providers = recording.all("pulumi:providers:azure-native")
    assert len({item.inputs["subscriptionId"] for item in providers}) == len(providers)
    for item in recording.registrations:
        group = str(item.inputs.get("resourceGroupName", ""))
        if item.type.startswith("containerregistry:") or group == "rg-contoso":
            assert item.provider == "", item.name


PROMISES: list[Callable[[dict[str, Any], Recording], None]] = [
    one_principal_gets_one_right,
    only_the_vault_holds_a_sas,
    what_exists_is_not_made,
    a_run_waits_for_its_way_to_the_container,
    the_contract_is_whole,
    providers_are_those_of_the_subscriptions,
]
