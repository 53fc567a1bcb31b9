"""A cloud without processes beneath it, for tests of what Resource Manager accepts and refuses."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from emulator.arm.base import Caller, Cloud
from emulator.arm.manager import ResourceManager
from emulator.errors import AzureError
from emulator.state import Resource, State
from emulator.values import JsonObject, child

GROUP = "/subscriptions/11111111-0000-0000-0000-000000000000/resourceGroups/rg"
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/account1"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/vault1"
REGISTRY = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/registry1"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/identity1"
CONTAINER = f"{ACCOUNT}/blobServices/default/containers/transfer"
TENANT = "22222222-0000-0000-0000-000000000000"
CALLER = Caller(GROUP.split("/")[2], TENANT, "33333333-0000-0000-0000-000000000000")

ACCOUNT_BODY: JsonObject = {
    "location": "westeurope",
    "kind": "StorageV2",
    "sku": {"name": "Standard_ZRS"},
    "properties": {},
}
VAULT_BODY: JsonObject = {
    "location": "westeurope",
    "properties": {"tenantId": TENANT, "sku": {"family": "A", "name": "standard"}},
}
REGISTRY_BODY: JsonObject = {"location": "westeurope", "sku": {"name": "Premium"}}


class NoBlobs:
    """Blob storage that only remembers what it was told."""

    on_blob_written: Callable[[str, str, str], None] | None = None

    def __init__(self) -> None:
        self.accounts: dict[str, list[str]] = {}
        self.containers: dict[tuple[str, str], tuple[str, Mapping[str, str]]] = {}

    async def start(self) -> None:
        """Do nothing."""

    async def stop(self) -> None:
        """Do nothing."""

    def account_endpoint(self, account: str) -> str:
        """Give an address at which nobody listens."""
        return f"https://127.0.0.1:1/{account}/"

    async def set_account(self, account: str, keys: list[str]) -> None:
        """Remember the keys."""
        self.accounts[account] = list(keys)

    async def delete_account(self, account: str) -> None:
        """Forget the account."""
        del self.accounts[account]

    async def set_container(
        self,
        account: str,
        container: str,
        *,
        access: str = "None",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Remember the container."""
        self.containers[account, container] = access, metadata or {}

    async def delete_container(self, account: str, container: str) -> None:
        """Forget the container."""
        del self.containers[account, container]


class NoRegistries:
    """Registries that nobody serves."""

    async def start(self) -> None:
        """Do nothing."""

    async def stop(self) -> None:
        """Do nothing."""

    async def ensure(self, name: str) -> str:
        """Give an address at which nobody listens."""
        return f"127.0.0.1:1#{name}"

    async def remove(self, name: str) -> None:
        """Do nothing."""


class CountingWorker:
    """A transfer service that ends every run at once, and notes what it is told."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.runs: list[str] = []
        self.changes_of_access = 0

    async def start_run(self, run: Resource) -> None:
        """Say that the run succeeded."""
        self.runs.append(run.name)
        run.properties["provisioningState"] = "Succeeded"
        child(run.properties, "response")["status"] = "Succeeded"
        self.state.put(run)

    async def wait(self, run_id: str) -> None:
        """Have nothing to wait for."""

    def pipeline_changed(self, pipeline: Resource) -> None:
        """Have no triggers."""

    def access_changed(self) -> None:
        """Count it, and have no triggers."""
        self.changes_of_access += 1

    def blob_written(self, account: str, container: str, blob: str) -> None:
        """Have no triggers."""

    async def stop(self) -> None:
        """Do nothing."""


class TestCloud:
    """Resource Manager called without waiting, with a group to put things in."""

    __test__ = False

    def __init__(self, directory: Path) -> None:
        self.state = State(directory)
        self.blobs = NoBlobs()
        self.worker = CountingWorker(self.state)
        cloud = Cloud(self.state, self.blobs, NoRegistries(), self.worker, "https://127.0.0.1:1")
        self.manager = ResourceManager(cloud)
        self.put(GROUP, {"location": "westeurope"})

    def put(
        self, resource_id: str, body: JsonObject, api_version: str = "2024-01-01"
    ) -> JsonObject:
        """PUT a resource."""
        return asyncio.run(self.manager.put(resource_id, body, CALLER, api_version))

    def get(self, resource_id: str) -> JsonObject:
        """GET a resource."""
        return asyncio.run(self.manager.get(resource_id))

    def delete(self, resource_id: str) -> bool:
        """DELETE a resource."""
        return asyncio.run(self.manager.delete(resource_id, CALLER))

    def children(self, scope: str, type_: str, filter_: str = "") -> list[JsonObject]:
        """GET the resources of a type at a scope."""
        return asyncio.run(self.manager.children(scope, type_, filter_))

    def action(
        self, resource_id: str, name: str, body: Mapping[str, object] | None = None
    ) -> JsonObject:
        """POST an action."""
        return asyncio.run(self.manager.action(resource_id, name, dict(body or {}), CALLER))

    def put_registry_with_pipeline(self) -> str:
        """Make all that a run needs and give the export pipeline's id."""
        self.put(REGISTRY, REGISTRY_BODY)
        self.put(IDENTITY, {"location": "westeurope"})
        pipeline = f"{REGISTRY}/exportPipelines/pipeline1"
        self.put(pipeline, export_pipeline())
        return pipeline


def export_pipeline(**changes: object) -> JsonObject:
    """Give the body of a good export pipeline, with some properties changed."""
    properties: JsonObject = {
        "target": {
            "type": "AzureStorageBlobContainer",
            "uri": "https://127.0.0.1:1/account1/transfer",
            "keyVaultUri": "https://127.0.0.1:1/vault/vault1/secrets/acrexportsas",
        },
        "options": ["OverwriteBlobs"],
    }
    return {
        "location": "westeurope",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}},
        "properties": properties | changes,
    }


def refusal(error: pytest.ExceptionInfo[AzureError]) -> tuple[int, str]:
    """Give the status and code of a refusal."""
    return error.value.status, error.value.code


def with_properties(body: JsonObject, **properties: object) -> JsonObject:
    """Give a body with some properties changed."""
    return body | {"properties": child(body, "properties") | properties}


@pytest.fixture
def cloud(tmp_path: Path) -> TestCloud:
    """Give an empty cloud with one resource group."""
    return TestCloud(tmp_path)
