"""A cloud of real blob storage and registries without a control plane, for tests."""

import asyncio
import base64
import functools
import gc
import io
import json
import os
import tarfile
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import aiohttp
import pytest
from azure.storage.blob.aio import ContainerClient

from emulator.arm.base import Caller
from emulator.certificates import Certificates
from emulator.registry.service import RegistryService
from emulator.state import Resource, State
from emulator.storage.sas import container_sas
from emulator.storage.service import BlobService
from emulator.transfer_service.registry import INDEX_TYPES, MANIFEST_TYPES, Descriptor, Manifest
from emulator.transfer_service.registry import RegistryClient as Registry
from emulator.transfer_service.worker import TransferWorker
from emulator.values import JsonObject

APPLICATION = ("application", "its-secret")
CALLER = Caller("0", "tenant", "application")
GROUP = "/subscriptions/0/resourceGroups/rg/providers"
START, EXPIRY = "2025-01-01T00:00:00Z", "2045-01-01T00:00:00Z"
CONTAINER = "transfer"


class DataCloud:
    """Services, and short ways to make what Resource Manager would have made."""

    def __init__(self, directory: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.directory = directory
        self.certificates = Certificates(directory / "tls")
        self.open()
        self._names = iter(range(10_000))

    def open(self) -> None:
        """Make the services, not started, of what the state on disk holds."""
        self.state = State(self.directory / "state")
        self.blobs = BlobService(
            self.state,
            self.certificates,
            lambda token: CALLER if token == "emulator.user" else None,
        )
        self.registries = RegistryService(
            self.state,
            self.certificates,
            lambda _, token: token == "emulator.user",
            lambda _, *login: login == APPLICATION,
        )
        self.worker = TransferWorker(self.state, self.blobs, self.registries)

    async def start(self) -> None:
        connector = aiohttp.TCPConnector(ssl=self.certificates.client_context())
        self.client = aiohttp.ClientSession(connector=connector)
        await self.blobs.start()
        await self.registries.start()

    async def stop(self) -> None:
        await self.worker.stop()
        # Before the servers, whose ends of its connections would outlive the loop.
        await self.client.close()
        await self.registries.stop()
        await self.blobs.stop()

    def name(self, prefix: str) -> str:
        return f"{prefix}{next(self._names):04}"

    async def account(self, **properties: object) -> Resource:
        """Make a storage account with one container."""
        name = self.name("store")
        keys = [base64.b64encode(os.urandom(64)).decode() for _ in range(2)]
        account = self.put("Microsoft.Storage/storageAccounts", name, properties, {"keys": keys})
        await self.blobs.set_account(name, keys)
        await self.blobs.set_container(name, CONTAINER)
        return account

    def sas(self, account: Resource, permissions: str) -> str:
        return container_sas(
            account.name,
            key(account),
            CONTAINER,
            permissions=permissions,
            start=START,
            expiry=EXPIRY,
        )

    def uri(self, account: Resource) -> str:
        return self.blobs.account_endpoint(account.name) + CONTAINER

    def container(self, account: Resource, token: str) -> ContainerClient:
        """Give a real client that has nothing but a token."""
        return ContainerClient.from_container_url(
            f"{self.uri(account)}?{token}",
            connection_verify=str(self.certificates.ca_file),
            retry_total=0,
            # The transport warns of pieces above 1 MiB.
            max_single_put_size=1_000_000,
            max_block_size=1_000_000,
        )

    async def registry(self) -> tuple[Resource, Registry]:
        """Make a registry and a client that may do everything in it."""
        registry = self.put("Microsoft.ContainerRegistry/registries", self.name("registry"), {})
        await self.registries.ensure(registry.name)
        return registry, self.registry_client(registry)

    def registry_client(self, registry: Resource) -> Registry:
        server = self.registries.login_server(registry.name)
        return Registry(self.client, server, self.registries.service_token(registry.name))

    def pipeline(
        self, kind: str, registry: Resource, account: Resource, permissions: str, *options: str
    ) -> Resource:
        """Make a pipeline with an identity, a vault, an access policy and a SAS of its own."""
        name = self.name("pipeline")
        identity = self.put(
            "Microsoft.ManagedIdentity/userAssignedIdentities", name, {"principalId": name}
        )
        policy = {"objectId": name, "permissions": {"secrets": ["get"]}}
        uri = f"https://vault.invalid/{name}"
        vault = self.put(
            "Microsoft.KeyVault/vaults", name, {"vaultUri": f"{uri}/", "accessPolicies": [policy]}
        )
        self.secret(vault, "?" + self.sas(account, permissions))
        side = "target" if kind == "exportPipelines" else "source"
        properties: JsonObject = {
            side: {"uri": self.uri(account), "keyVaultUri": f"{uri}/secrets/sas"},
            "options": list(options),
            "trigger": {"sourceTrigger": {"status": "Disabled"}},
        }
        pipeline = self.put(f"{registry.type}/{kind}", f"{registry.name}/{kind}/{name}", properties)
        pipeline.body["identity"] = {
            "type": "userAssigned",
            "userAssignedIdentities": {identity.id: {}},
        }
        return pipeline

    def vaultless(
        self, kind: str, registry: Resource, account: Resource, *options: str
    ) -> Resource:
        """Make a pipeline that reaches its container by its own identity, and may do nothing."""
        name = self.name("pipeline")
        side = "target" if kind == "exportPipelines" else "source"
        properties: JsonObject = {
            side: {"uri": self.uri(account), "storageAccessMode": "ManagedIdentity"},
            "options": list(options),
            "trigger": {"sourceTrigger": {"status": "Disabled"}},
        }
        pipeline = self.put(f"{registry.type}/{kind}", f"{registry.name}/{kind}/{name}", properties)
        pipeline.body["identity"] = {"type": "systemAssigned", "principalId": name}
        return pipeline

    def grant(self, pipeline: Resource, role: str, scope: str, *, created: str = "") -> None:
        """Give a pipeline's own identity a role."""
        properties: JsonObject = {
            "scope": scope,
            "principalId": pipeline.name,
            "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{role}",
        }
        if created:
            properties["createdOn"] = created
        self.put("Microsoft.Authorization/roleAssignments", self.name("role"), properties)

    def secret(self, vault: Resource, value: str) -> Resource:
        versions: JsonObject = {"versions": [{"id": "1", "value": value, "enabled": True}]}
        return self.put(f"{vault.type}/secrets", f"{vault.name}/secrets/sas", {}, versions)

    async def run(self, pipeline: Resource, blob: str, artifacts: list[str]) -> JsonObject:
        """Carry out a run and give its response."""
        registry_id, kind, _ = pipeline.id.rsplit("/", 2)
        side = "target" if kind == "exportPipelines" else "source"
        run_id = f"{registry_id}/pipelineRuns/{self.name('run')}"
        request = {"pipelineResourceId": pipeline.id, "artifacts": artifacts, side: {"name": blob}}
        body: JsonObject = {"properties": {"request": request}}
        run = Resource(run_id, "Microsoft.ContainerRegistry/registries/pipelineRuns", body)
        await self.worker.start_run(run)
        await self.worker.wait(run_id)
        response = run.properties["response"]
        assert isinstance(response, dict)
        return response

    async def error(self, pipeline: Resource, blob: str, artifacts: list[str]) -> str:
        """Carry out a run that fails and give the service's text."""
        response = await self.run(pipeline, blob, artifacts)
        assert response["status"] == "Failed"
        return str(response["pipelineRunErrorMessage"])

    async def tool(self, *command: str, **environment: str) -> str:
        """Run a program that trusts this cloud and give what it prints."""
        process = await asyncio.create_subprocess_exec(
            *command,
            env={**os.environ, "SSL_CERT_FILE": str(self.certificates.ca_file), **environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()
        return output.decode().strip()

    def put(
        self, type_: str, path: str, properties: JsonObject, private: JsonObject | None = None
    ) -> Resource:
        provider, kind = type_.split("/")[:2]
        resource_id = f"{GROUP}/{provider}/{kind}/{path}"
        body: JsonObject = {"id": resource_id, "location": "westeurope", "properties": properties}
        resource = Resource(resource_id, type_, body, private or {})
        self.state.put(resource)
        return resource


def key(account: Resource) -> str:
    keys = account.private["keys"]
    assert isinstance(keys, list)
    return str(keys[0])


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataCloud]:
    """A running cloud; each test makes what it needs under names of its own."""
    cloud = DataCloud(tmp_path_factory.mktemp("cloud"))
    cloud.loop.run_until_complete(cloud.start())
    yield cloud
    cloud.loop.run_until_complete(cloud.stop())
    # What was closed is gone once the loop has gone round.
    for _ in range(3):
        cloud.loop.run_until_complete(asyncio.sleep(0))
    cloud.loop.close()
    # Connections that were dropped on purpose are collected here, and not in somebody else's test.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def in_cloud(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Let a test that is a coroutine run in the cloud's own loop."""

    @functools.wraps(test)
    def run(cloud: DataCloud, **arguments: object) -> None:
        work = asyncio.ensure_future(test(cloud, **arguments), loop=cloud.loop)
        cloud.loop.run_until_complete(work)

    return run


async def push_image(registry: Registry, repository: str, tag: str, size: int = 1000) -> Manifest:
    """Push an image of one layer with fresh content."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        entry = tarfile.TarInfo("content")
        entry.size = size
        tar.addfile(entry, io.BytesIO(os.urandom(size)))
    return await push_manifest(registry, repository, tag, [layer.getvalue()])


async def push_manifest(
    registry: Registry, repository: str, tag: str, layers: list[bytes], **more: object
) -> Manifest:
    """Push a manifest with the given layers."""
    descriptors = []
    for content in [b'{"architecture":"amd64","os":"linux"}', *layers]:
        digest = Manifest("", content).digest
        descriptor = Descriptor("application/octet-stream", digest, len(content))
        await registry.push_blob(repository, descriptor, _stream(content))
        descriptors.append(_json(descriptor))
    document = {"config": descriptors[0], "layers": descriptors[1:], **more}
    manifest = Manifest(MANIFEST_TYPES[0], json.dumps(document).encode())
    await registry.push_manifest(repository, tag or manifest.digest, manifest)
    return manifest


async def push_index(
    registry: Registry, repository: str, tag: str, platforms: list[Manifest]
) -> Manifest:
    """Push an index over images that are there already."""
    entries = [_json(Descriptor(one.media_type, one.digest, len(one.body))) for one in platforms]
    index = Manifest(INDEX_TYPES[0], json.dumps({"manifests": entries}).encode())
    await registry.push_manifest(repository, tag, index)
    return index


def _json(descriptor: Descriptor) -> dict[str, object]:
    return {
        "mediaType": descriptor.media_type,
        "digest": descriptor.digest,
        "size": descriptor.size,
    }


async def _stream(content: bytes) -> AsyncIterator[bytes]:
    yield content
