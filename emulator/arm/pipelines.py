"""Microsoft.ContainerRegistry: export and import pipelines."""

import re
import uuid

from typing_extensions import override

from emulator.arm.base import Handler, Put, check_choice, system_data
from emulator.arm.containerregistry import check_transfer_name
from emulator.arm.pipeline_shape import check_shape
from emulator.errors import AzureError
from emulator.resource_types import EXPORT_TYPE, IMPORT_TYPE
from emulator.state import Resource
from emulator.values import JsonObject, child, find, text, texts


class _Pipelines(Handler):
    """What export and import pipelines have in common."""

    can_patch = False  # Azure's REST specification has GET, PUT and DELETE
    container_property = ""
    options: tuple[str, ...] = ()

    @override
    async def put(self, request: Put) -> Resource:
        """Create or change a pipeline; nobody looks into the vault before a run does."""
        kind = self.type.rsplit("/", 1)[-1]
        check_transfer_name(request.id.name, kind.removesuffix("s"))
        registry = self.cloud.state.require(request.id.parent)
        self._check_registry(registry)
        check_shape(self.container_property, request.properties, request.api_version)
        self._check_container(request)
        for option in texts(request.properties, "options"):
            check_choice(option, self.options, "options")
        properties: JsonObject = {
            self.container_property: _without_empty(
                {"type": "AzureStorageBlobContainer"}
                | child(request.properties, self.container_property)
            ),
            "provisioningState": "Succeeded",
        }
        if texts(request.properties, "options"):
            properties["options"] = texts(request.properties, "options")
        properties |= self._more(request)
        body = self.new_body(request, properties)
        body["identity"] = self._identity(request)
        body["systemData"] = system_data(request.existing, request.caller)
        private: JsonObject = {"apiVersion": request.api_version}
        return Resource(id=text(body, "id"), type=self.type, body=body, private=private)

    @override
    async def stored(self, resource: Resource, *, is_new: bool) -> None:
        """Let the transfer service look at the pipeline's trigger."""
        self.cloud.worker.pipeline_changed(resource)

    def _more(self, _request: Put) -> JsonObject:
        return {}

    def _check_registry(self, registry: Resource) -> None:
        sku = text(registry.body, "sku", "name")
        if sku != "Premium":
            raise AzureError(
                400,
                "BadRequest",
                f"The resource type {self.type.rsplit('/', 1)[-1]} is not supported for the "
                f"registry '{registry.name}' in SKU {sku}. Upgrade the registry to Premium.",
            )

    def _check_container(self, request: Put) -> None:
        name = self.container_property
        container = child(request.properties, name)
        uri = text(container, "uri")
        if not re.fullmatch(r"https://[^/?]+(/[^/?]+){1,2}/?", uri):
            raise _invalid(f"{name}.uri", uri)
        check_choice(text(container, "type"), ("AzureStorageBlobContainer",), f"{name}.type")
        mode = text(container, "storageAccessMode", default="SasToken")
        check_choice(mode, ("SasToken", "ManagedIdentity"), f"{name}.storageAccessMode")
        secret = text(container, "keyVaultUri")
        if mode == "SasToken" and not re.fullmatch(
            r"https://[^?]+/secrets/[^/?]+(/\w+)?/?", secret
        ):
            raise _invalid(f"{name}.keyVaultUri", secret)

    def _identity(self, request: Put) -> JsonObject:
        wanted = child(request.body, "identity")
        kind = text(wanted, "type").replace(" ", "").lower()
        known = {
            "systemassigned": "systemAssigned",
            "userassigned": "userAssigned",
            "systemassigned,userassigned": "systemAssigned, userAssigned",
        }
        if kind not in known:
            raise _invalid("identity.type", text(wanted, "type"))
        identity: JsonObject = {"type": known[kind]}
        if "systemassigned" in kind:
            old = child(request.existing.body, "identity") if request.existing else {}
            identity["principalId"] = text(old, "principalId", default=str(uuid.uuid4()))
            identity["tenantId"] = request.caller.tenant_id
        if "userassigned" in kind:
            assigned = find(wanted, "userAssignedIdentities")
            ids = list(assigned) if isinstance(assigned, dict | list) else []
            if not ids:
                raise _invalid("identity.userAssignedIdentities", "")
            identity["userAssignedIdentities"] = {
                _lower_groups(i): self._principal(i) for i in map(str, ids)
            }
        return identity

    def _principal(self, identity_id: str) -> JsonObject:
        identity = self.cloud.state.get(identity_id)
        if identity is None:
            raise AzureError(
                400,
                "FailedIdentityOperation",
                f"Identity operation for resource '{identity_id}' failed with error 'Failed to "
                f"perform resource identity operation. Status: 'BadRequest'. Response: 'Resource "
                f"'{identity_id}' was not found.''.",
            )
        return {key: identity.properties[key] for key in ("principalId", "clientId")}


class ExportPipelines(_Pipelines):
    """Pipelines that write images into a container."""

    type = EXPORT_TYPE
    container_property = "target"
    options = ("OverwriteBlobs", "ContinueOnErrors")

    @override
    def _check_registry(self, registry: Resource) -> None:
        super()._check_registry(registry)
        status = text(registry.properties, "policies", "exportPolicy", "status")
        if status == "disabled":
            raise AzureError(
                400,
                "BadRequest",
                f"Export pipelines are not supported because the registry '{registry.name}' has "
                "exports disabled.",
            )


class ImportPipelines(_Pipelines):
    """Pipelines that read images from a container, by themselves when the trigger is enabled."""

    type = IMPORT_TYPE
    container_property = "source"
    options = ("OverwriteTags", "DeleteSourceBlobOnSuccess", "ContinueOnErrors")

    @override
    def _more(self, _request: Put) -> JsonObject:
        path = ("trigger", "sourceTrigger", "status")
        status = text(_request.properties, *path, default="Enabled")
        check_choice(status, ("Enabled", "Disabled"), "trigger.sourceTrigger.status")
        return {"trigger": {"sourceTrigger": {"status": status}}}


def _without_empty(container: JsonObject) -> JsonObject:
    return {key: value for key, value in container.items() if value not in (None, "")}


def _lower_groups(identity_id: str) -> str:
    return re.sub(r"(?i)/resourceGroups/", "/resourcegroups/", identity_id)


def _invalid(name: str, value: str) -> AzureError:
    return AzureError(
        400,
        "InvalidRequestPropertyValue",
        f"The value '{value}' of the property {name} is missing or invalid.",
    )
