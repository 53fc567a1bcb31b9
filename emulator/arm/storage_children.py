"""Microsoft.Storage: what lies in a storage account."""

import re

from typing_extensions import override

from emulator.arm.base import Caller, Handler, Put, check_choice, timestamp
from emulator.errors import AzureError
from emulator.resource_types import ACCOUNT_TYPE, BLOB_SERVICE_TYPE
from emulator.state import Resource
from emulator.values import JsonObject, flag, objects, text


class BlobServices(Handler):
    """The one blob service of an account, which is set and reset, never created or deleted."""

    type = BLOB_SERVICE_TYPE

    @override
    async def put(self, request: Put) -> Resource:
        """Set the service's properties."""
        if request.id.name != "default":
            raise _only_default(request.id.name, "blobServices")
        account = self.cloud.state.require(request.id.parent)
        properties: JsonObject = {
            "cors": {"corsRules": []},
            "deleteRetentionPolicy": {"enabled": False},
        }
        properties |= {k: v for k, v in request.properties.items() if v is not None}
        body = self.new_body(request, properties)
        body["sku"] = account.body["sku"]
        return Resource(id=text(body, "id"), type=self.type, body=body)


class Containers(Handler):
    """Blob containers."""

    type = f"{BLOB_SERVICE_TYPE}/containers"

    @override
    async def put(self, request: Put) -> Resource:
        """Create or change a container."""
        name = request.id.name
        _check_container_name(name)
        access = text(request.properties, "publicAccess", default="None")
        check_choice(access, ("None", "Blob", "Container"), "publicAccess")
        account = self.cloud.state.require(_account_id(request.id.text))
        if access != "None" and not flag(account.properties, "allowBlobPublicAccess"):
            raise AzureError(
                409,
                "PublicAccessNotPermitted",
                "Public access is not permitted on this storage account.",
            )
        properties: JsonObject = {
            "publicAccess": access,
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
        properties |= {k: v for k, v in request.properties.items() if v is not None}
        body = self.new_body(request, properties)
        return Resource(id=text(body, "id"), type=self.type, body=body)

    @override
    async def stored(self, resource: Resource, *, is_new: bool) -> None:
        """Create the container in the blob service."""
        if is_new:
            await self.cloud.blobs.create_container(_account(resource), resource.name)

    @override
    async def delete(self, resource: Resource, caller: Caller) -> None:
        """Remove the container with its blobs."""
        await self.cloud.blobs.delete_container(_account(resource), resource.name)


class ManagementPolicies(Handler):
    """The one lifecycle policy of an account; its rules are kept, not carried out."""

    type = f"{ACCOUNT_TYPE}/managementPolicies"
    created_status = 200

    @override
    async def put(self, request: Put) -> Resource:
        """Set the policy."""
        if request.id.name != "default":
            raise _only_default(request.id.name, "managementPolicies")
        rules = objects(request.properties, "policy", "rules")
        if not rules or any(not text(rule, "name") or not rule.get("definition") for rule in rules):
            raise AzureError(
                400,
                "InvalidRequestPropertyValue",
                "The value for one of the management policy's rules is missing or invalid: each "
                "rule has a name, the type Lifecycle and a definition.",
            )
        properties: JsonObject = dict(request.properties) | {"lastModifiedTime": timestamp()}
        body = self.new_body(request, properties)
        return Resource(id=text(body, "id"), type=self.type, body=body)


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


def _only_default(name: str, kind: str) -> AzureError:
    return AzureError(
        400,
        "InvalidResourceName",
        f"The name '{name}' of the {kind} resource is not valid: it is 'default'.",
    )


def _account_id(container_id: str) -> str:
    return re.split(r"(?i)/blobServices/", container_id)[0]


def _account(container: Resource) -> str:
    return _account_id(container.id).rsplit("/", 1)[-1]
