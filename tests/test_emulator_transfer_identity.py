"""The emulated transfer service with a pipeline's identity: roles at storage, and their delay."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from data_cloud import CONTAINER, DataCloud, cloud, in_cloud, push_image

from emulator.resource_types import RUN_TYPE
from emulator.state import Resource, State
from emulator.transfer_service.access import ContainerAccess, open_container
from emulator.transfer_service.errors import TransferError
from emulator.transfer_service.registry import RegistryClient
from emulator.values import JsonObject, text

__all__ = ["cloud"]

pytestmark = pytest.mark.xdist_group("transfer")

EXPORT, IMPORT = "exportPipelines", "importPipelines"
CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"
READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
FORBIDDEN = "Failed to access storage. Service request failed. Status: 403 "
MISMATCH = (
    FORBIDDEN + "(This request is not authorized to perform this operation using this permission)"
)
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
Side = tuple[Resource, RegistryClient]


def container_of(account: Resource) -> str:
    return f"{account.id}/blobServices/default/containers/{CONTAINER}"


async def side_with_image(cloud: DataCloud) -> Side:
    registry, client = await cloud.registry()
    await push_image(client, "base", "latest")
    return registry, client


async def exported(cloud: DataCloud, account: Resource) -> Side:
    """Have a blob with an image in the account, and give the registry that it came from."""
    source = await side_with_image(cloud)
    pipeline = cloud.vaultless(EXPORT, source[0], account)
    cloud.grant(pipeline, CONTRIBUTOR, account.id)
    response = await cloud.run(pipeline, "blob", ["base"])
    assert response["status"] == "Succeeded"
    return source


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


@in_cloud
async def test_an_image_goes_from_side_to_side_without_vault_sas_or_shared_keys(
    cloud: DataCloud,
) -> None:
    account = await cloud.account(allowSharedKeyAccess=False)
    source = await exported(cloud, account)
    target, client = await cloud.registry()
    importer = cloud.vaultless(IMPORT, target, account, "DeleteSourceBlobOnSuccess")
    cloud.grant(importer, CONTRIBUTOR, container_of(account))

    response = await cloud.run(importer, "blob", [])

    assert response["status"] == "Succeeded"
    assert await client.manifest("base", "latest") == await source[1].manifest("base", "latest")
    error = await cloud.error(importer, "blob", [])
    assert "Status: 404 (The specified blob does not exist)" in error, "it was deleted"


@pytest.mark.parametrize(
    ("role", "error"), [(CONTRIBUTOR, ""), (OWNER, ""), (READER, MISMATCH), ("", MISMATCH)]
)
@in_cloud
async def test_an_export_needs_a_role_that_writes(cloud: DataCloud, role: str, error: str) -> None:
    account = await cloud.account()
    source, _ = await side_with_image(cloud)
    exporter = cloud.vaultless(EXPORT, source, account)
    if role:
        cloud.grant(exporter, role, container_of(account))

    response = await cloud.run(exporter, "blob", ["base"])

    assert text(response, "pipelineRunErrorMessage") == error


@pytest.mark.parametrize(
    ("role", "option", "error"),
    [
        (READER, "", ""),
        (CONTRIBUTOR, "", ""),
        (OWNER, "DeleteSourceBlobOnSuccess", ""),
        (READER, "DeleteSourceBlobOnSuccess", MISMATCH),
        (SECRETS_USER, "", MISMATCH),
    ],
)
@in_cloud
async def test_an_import_needs_to_read_and_to_write_only_where_it_deletes(
    cloud: DataCloud, role: str, option: str, error: str
) -> None:
    account = await cloud.account()
    await exported(cloud, account)
    target, _ = await cloud.registry()
    importer = cloud.vaultless(IMPORT, target, account, option)
    cloud.grant(importer, role, container_of(account))

    response = await cloud.run(importer, "blob", [])

    assert text(response, "pipelineRunErrorMessage") == error


SCOPES: dict[str, Callable[[Resource], str]] = {
    "container": container_of,
    "container in other letters": lambda account: container_of(account).upper(),
    "account": lambda account: account.id,
    "group": lambda account: account.id.partition("/providers/")[0],
    "subscription": lambda account: account.id.partition("/resourceGroups/")[0],
    "other container": lambda account: container_of(account) + "x",
    "other account": lambda account: f"{account.id}x",
}


@pytest.mark.parametrize("place", SCOPES)
@in_cloud
async def test_a_role_holds_at_its_scope_and_below(cloud: DataCloud, place: str) -> None:
    account = await cloud.account()
    source, _ = await side_with_image(cloud)
    exporter = cloud.vaultless(EXPORT, source, account)
    cloud.grant(exporter, CONTRIBUTOR, SCOPES[place](account))

    response = await cloud.run(exporter, "blob", ["base"])

    is_meant = not place.startswith("other")
    assert (response["status"] == "Succeeded") is is_meant


@pytest.mark.parametrize(
    "properties",
    [{"networkAcls": {"defaultAction": "Deny"}}, {"publicNetworkAccess": "Disabled"}],
)
@in_cloud
async def test_the_storage_firewall_turns_identities_away_too(
    cloud: DataCloud, properties: JsonObject
) -> None:
    account = await cloud.account(**properties)
    source, _ = await side_with_image(cloud)
    exporter = cloud.vaultless(EXPORT, source, account)
    cloud.grant(exporter, CONTRIBUTOR, container_of(account))

    error = await cloud.error(exporter, "blob", ["base"])

    assert error == f"{FORBIDDEN}(This request is not authorized to perform this operation)"


@in_cloud
async def test_a_token_that_is_none_of_the_service_opens_nothing(cloud: DataCloud) -> None:
    account = await cloud.account()
    token = cloud.blobs.sign_in(["principal"])
    forged = f"{token[:-6]}forged"

    url = f"{cloud.uri(account)}?restype=container&comp=list"
    async with cloud.client.get(url, headers={"Authorization": f"Bearer {forged}"}) as answer:
        assert answer.status in (401, 403)


@in_cloud
async def test_an_identity_of_the_users_opens_its_container(cloud: DataCloud) -> None:
    account = await cloud.account()
    source, _ = await side_with_image(cloud)
    exporter = cloud.vaultless(EXPORT, source, account)
    properties: JsonObject = {"principalId": exporter.name}
    identity = cloud.put(
        "Microsoft.ManagedIdentity/userAssignedIdentities", exporter.name, properties
    )
    exporter.body["identity"] = {
        "type": "userAssigned",
        "userAssignedIdentities": {identity.id: {}},
    }
    cloud.grant(exporter, CONTRIBUTOR, container_of(account))

    response = await cloud.run(exporter, "blob", ["base"])

    assert response["status"] == "Succeeded"


@in_cloud
async def test_the_trigger_imports_with_an_identity_that_may_read(cloud: DataCloud) -> None:
    account = await cloud.account()
    target, client = await cloud.registry()
    silent, _ = await cloud.registry()
    for registry, role in ((target, READER), (silent, "")):
        importer = cloud.vaultless(IMPORT, registry, account)
        importer.properties["trigger"] = {"sourceTrigger": {"status": "Enabled"}}
        if role:
            cloud.grant(importer, role, container_of(account))

    source = await exported(cloud, account)
    await cloud.worker.settle()

    assert await client.manifest("base", "latest") == await source[1].manifest("base", "latest")
    assert cloud.state.list(RUN_TYPE, silent.id) == []


@in_cloud
async def test_a_change_of_access_wakes_a_trigger_that_was_not_let_in_and_no_other(
    cloud: DataCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []

    def look(state: State, pipeline: Resource, sign_in: Any) -> ContainerAccess:
        looked.append(pipeline.id)
        return open_container(state, pipeline, sign_in)

    monkeypatch.setattr("emulator.transfer_service.worker.open_container", look)
    account = await cloud.account()
    importers = []
    for role in (READER, ""):
        registry, client = await cloud.registry()
        importer = cloud.vaultless(IMPORT, registry, account)
        importer.properties["trigger"] = {"sourceTrigger": {"status": "Enabled"}}
        importers.append(importer)
        if role:
            cloud.grant(importer, role, container_of(account))
    source = await exported(cloud, account)
    await cloud.worker.settle()
    let_in, shut_out = (importer.id for importer in importers)
    looked.clear()

    cloud.grant(importers[1], READER, container_of(account))
    # Two changes, of which the second comes before anybody has looked.
    for _ in range(2):
        cloud.worker.access_changed()
    await cloud.worker.settle()
    cloud.worker.access_changed()
    await cloud.worker.settle()

    assert [one for one in looked if one in (let_in, shut_out)] == [shut_out]
    assert await client.manifest("base", "latest") == await source[1].manifest("base", "latest")


@in_cloud
async def test_a_trigger_looks_once_more_if_access_changed_while_it_waited_to_look(
    cloud: DataCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []

    def look(state: State, pipeline: Resource, sign_in: Any) -> ContainerAccess:
        looked.append(pipeline.id)
        if looked.count(importer.id) == 1:
            raise TransferError("the grant is not in effect yet")
        return open_container(state, pipeline, sign_in)

    account = await cloud.account()
    source = await exported(cloud, account)
    registry, client = await cloud.registry()
    importer = cloud.vaultless(IMPORT, registry, account)
    importer.properties["trigger"] = {"sourceTrigger": {"status": "Enabled"}}
    monkeypatch.setattr("emulator.transfer_service.worker.open_container", look)

    cloud.worker.pipeline_changed(importer)
    # Until it waits.
    await asyncio.sleep(0)
    cloud.grant(importer, READER, container_of(account))
    cloud.worker.access_changed()
    await cloud.worker.settle()

    assert await client.manifest("base", "latest") == await source[1].manifest("base", "latest")


@pytest.mark.parametrize(("age", "error"), [(59, MISMATCH), (61, "")])
@in_cloud
async def test_a_role_at_storage_is_in_effect_after_its_delay(
    cloud: DataCloud, age: float, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloud.state.settings, "grant_seconds", 60)
    account = await cloud.account()
    source, _ = await side_with_image(cloud)
    exporter = cloud.vaultless(EXPORT, source, account)
    cloud.grant(exporter, CONTRIBUTOR, container_of(account), created=ago(age))

    response = await cloud.run(exporter, "blob", ["base"])

    assert text(response, "pipelineRunErrorMessage") == error


@pytest.mark.parametrize(("age", "succeeds"), [(59, False), (61, True)])
@pytest.mark.parametrize("by_role", [False, True])
@in_cloud
async def test_a_right_at_the_vault_is_in_effect_after_its_delay(
    cloud: DataCloud,
    age: float,
    succeeds: bool,
    by_role: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cloud.state.settings, "grant_seconds", 60)
    account = await cloud.account()
    source, _ = await side_with_image(cloud)
    exporter = cloud.pipeline(EXPORT, source, account, "racwl")
    vaults = cloud.state.list("Microsoft.KeyVault/vaults")
    vault = next(vault for vault in vaults if vault.name == exporter.name)
    vault.private["granted"] = {exporter.name: datetime.now(UTC).timestamp() - age}
    if by_role:
        vault.properties["enableRbacAuthorization"] = True
        cloud.grant(exporter, SECRETS_USER, vault.id, created=ago(age))

    response = await cloud.run(exporter, "blob", ["base"])

    assert (response["status"] == "Succeeded") is succeeds
    if not succeeds:
        refused = "Failed to access key vault. Service request failed. Status: 403 (Forbidden). "
        assert text(response, "pipelineRunErrorMessage").startswith(refused)
