"""Microsoft.Storage: the blob service and the lifecycle policy of a storage account."""

from typing_extensions import override

from emulator.arm.base import Handler, Put, timestamp
from emulator.errors import AzureError
from emulator.resource_types import ACCOUNT_TYPE, BLOB_SERVICE_TYPE
from emulator.state import Resource
from emulator.values import JsonObject, objects, text


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
        needed = ("name", "type", "definition")
        if not rules or any(not rule.get(name) for rule in rules for name in needed):
            raise AzureError(
                400,
                "InvalidRequestPropertyValue",
                "The value for one of the management policy's rules is missing or invalid: each "
                "rule has a name, the type Lifecycle and a definition.",
            )
        properties: JsonObject = dict(request.properties) | {"lastModifiedTime": timestamp()}
        body = self.new_body(request, properties)
        return Resource(id=text(body, "id"), type=self.type, body=body)


def _only_default(name: str, kind: str) -> AzureError:
    return AzureError(
        400,
        "InvalidResourceName",
        f"The name '{name}' of the {kind} resource is not valid: it is 'default'.",
    )
