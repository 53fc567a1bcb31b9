"""Containers: the same ones at storage and in Resource Manager, whoever makes or changes them."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.core.pipeline.transport import AioHttpTransport
from azure.storage.blob.aio import BlobServiceClient

from emulator.arm.storage_containers import container, container_id, require_access
from emulator.resource_types import CONTAINER_TYPE
from emulator.state import Resource, State
from emulator.storage.azurite import Azurite
from emulator.values import JsonObject, child

_METADATA = "x-ms-meta-"
_ACCESS = "x-ms-blob-public-access"
_CHANGES = (None, "metadata", "acl")


@dataclass(frozen=True)
class Containers:
    """Resource Manager's own way in, which does not pass the accounts' firewalls."""

    state: State
    azurite: Azurite
    keys: Mapping[str, str]  # by account
    ca_file: Path

    async def make(
        self, account: str, name: str, *, access: str = "None", metadata: Mapping[str, str]
    ) -> None:
        """Create a container, or change one that exists."""
        public = None if access == "None" else access.lower()
        async with self._service(account) as service, service.get_container_client(name) as client:
            try:
                await client.create_container(dict(metadata), public)
            except ResourceExistsError:
                await client.set_container_metadata(dict(metadata))
                if (await client.get_container_properties()).public_access != public:
                    await client.set_container_access_policy({}, public_access=public)

    async def delete(self, account: str, name: str) -> None:
        """Delete a container with its blobs, if there is one."""
        async with self._service(account) as service:
            with suppress(ResourceNotFoundError):
                await service.delete_container(name)

    async def names(self, account: str) -> set[str]:
        """Name the containers that are there."""
        async with self._service(account) as service:
            return {found.name async for found in service.list_containers()}

    async def agree(self, account: Resource) -> None:
        """Have in both places what only one knows, as after a kill between the two."""
        there = await self.names(account.name)
        known = {found.name for found in self.state.list(CONTAINER_TYPE, account.id)}
        for name in there - known:
            self.state.put(container(account, name, {}))
        for name in known - there:
            await self.make(account.name, name, metadata={})

    def _service(self, account: str) -> BlobServiceClient:
        return BlobServiceClient(
            f"{self.azurite.base}/{account}",
            credential={"account_name": account, "account_key": self.keys[account]},
            transport=AioHttpTransport(connection_verify=str(self.ca_file)),
            retry_total=0,
        )


def is_container_change(request: web.BaseRequest) -> bool:
    """Tell whether a request creates, changes or deletes a container."""
    return (
        request.method in ("PUT", "DELETE")
        and request.query.get("restype") == "container"
        and request.query.get("comp") in _CHANGES
    )


def check_change(request: web.BaseRequest, account: Resource) -> None:
    """Refuse access without a sign-in where the account does not permit it."""
    require_access(account, _access(request.headers))


def note_change(request: web.BaseRequest, state: State, account: Resource, name: str) -> None:
    """Have Resource Manager know what a request has done to a container."""
    resource_id = container_id(account, name)
    if request.method == "DELETE":
        state.remove(resource_id)
        return
    metadata: JsonObject = {
        key[len(_METADATA) :]: value
        for key, value in request.headers.items()
        if key.lower().startswith(_METADATA)
    }
    wanted: JsonObject = {"publicAccess": _access(request.headers), "metadata": metadata}
    known = state.get(resource_id)
    if known is not None and request.query.get("comp") == "metadata":
        wanted["publicAccess"] = known.properties["publicAccess"]
    if known is not None and request.query.get("comp") == "acl":
        wanted["metadata"] = child(known.properties, "metadata")
    state.put(container(account, name, wanted))


def _access(headers: Mapping[str, str]) -> str:
    return headers.get(_ACCESS, "None").title()
