"""Microsoft.Storage: containers, which Resource Manager and the blob service hold in common."""

import re

from typing_extensions import override

from emulator.arm.base import Caller, Handler, Put, check_choice, timestamp
from emulator.errors import AzureError
from emulator.resource_types import CONTAINER_TYPE
from emulator.state import Resource
from emulator.values import JsonObject, child, flag, text

ACCESS = ("None", "Blob", "Container")


class Containers(Handler):
    """Blob containers."""

    type = CONTAINER_TYPE

    @override
    async def put(self, request: Put) -> Resource:
        """Create or change a container."""
        name = request.id.name
        _check_container_name(name)
        access = text(request.properties, "publicAccess", default="None")
        check_choice(access, ACCESS, "publicAccess")
        account = self.cloud.state.require(_account_id(request.id.text))
        require_access(account, access)
        wanted = {k: v for k, v in request.properties.items() if v is not None}
        return container(account, name, wanted)

    @override
    async def stored(self, resource: Resource, *, is_new: bool) -> None:
        """Create the container in the blob service, or change it there."""
        metadata = child(resource.properties, "metadata")
        await self.cloud.blobs.set_container(
            _account(resource),
            resource.name,
            access=text(resource.properties, "publicAccess"),
            metadata={name: str(value) for name, value in metadata.items()},
        )

    @override
    async def delete(self, resource: Resource, caller: Caller) -> None:
        """Remove the container with its blobs."""
        await self.cloud.blobs.delete_container(_account(resource), resource.name)


def container_id(account: Resource, name: str) -> str:
    """Give the ID of an account's container."""
    return f"{account.id}/blobServices/default/containers/{name}"


def container(account: Resource, name: str, wanted: JsonObject) -> Resource:
    """Give a container of an account with Azure's defaults for what is not said."""
    properties: JsonObject = {
        "publicAccess": "None",
        "defaultEncryptionScope": "$account-encryption-key",
        "denyEncryptionScopeOverride": False,
        "hasImmutabilityPolicy": False,
        "hasLegalHold": False,
        "leaseState": "Available",
        "leaseStatus": "Unlocked",
        "deleted": False,
        "remainingRetentionDays": 0,
        "lastModifiedTime": timestamp(),
    }
    properties |= wanted
    if not properties.get("metadata"):
        properties.pop("metadata", None)
    resource_id = container_id(account, name)
    body: JsonObject = {
        "id": resource_id,
        "name": name,
        "type": CONTAINER_TYPE,
        "properties": properties,
    }
    return Resource(resource_id, CONTAINER_TYPE, body)


def require_access(account: Resource, access: str) -> None:
    """Refuse access without a sign-in where the account does not permit it."""
    if access != "None" and not flag(account.properties, "allowBlobPublicAccess"):
        raise AzureError(
            409,
            "PublicAccessNotPermitted",
            "Public access is not permitted on this storage account.",
        )


def _check_container_name(name: str) -> None:
    if not 3 <= len(name) <= 63:
        raise AzureError(
            400,
            "OutOfRangeInput",
            "The specified resource name length is not within the permissible limits.",
        )
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise AzureError(
            400,
            "InvalidResourceName",
            "The specified resource name contains invalid characters.",
        )


def _account_id(container_id: str) -> str:
    return re.split(r"(?i)/blobServices/", container_id)[0]


def _account(container: Resource) -> str:
    return _account_id(container.id).rsplit("/", 1)[-1]
