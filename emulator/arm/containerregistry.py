"""Microsoft.ContainerRegistry: registries."""

from typing_extensions import override

from emulator.arm.base import Caller, Handler, Put, check_choice, check_name, system_data, timestamp
from emulator.errors import AzureError
from emulator.resource_types import EXPORT_TYPE, REGISTRY_TYPE
from emulator.state import Resource
from emulator.values import JsonObject, child, text


class Registries(Handler):
    """Registries; each has an OCI registry beneath it."""

    type = REGISTRY_TYPE

    @override
    async def put(self, request: Put) -> Resource:
        """Create or change a registry."""
        self._check(request)
        existing = request.existing
        properties: JsonObject = {
            "adminUserEnabled": False,
            "anonymousPullEnabled": False,
            "dataEndpointEnabled": False,
            "networkRuleBypassOptions": "AzureServices",
            "publicNetworkAccess": "Enabled",
            "zoneRedundancy": "Disabled",
        }
        properties |= {k: v for k, v in request.properties.items() if v is not None}
        properties["policies"] = _policies(properties)
        properties |= {
            "loginServer": text(existing.properties, "loginServer") if existing else "",
            "creationDate": text(existing.properties, "creationDate") if existing else timestamp(),
            "provisioningState": "Succeeded",
            "encryption": {"status": "disabled"} | child(properties, "encryption"),
            "privateEndpointConnections": [],
            "dataEndpointHostNames": [],
        }
        if not existing:
            properties["loginServer"] = await self.cloud.registries.ensure(request.id.name)
        body = self.new_body(request, properties)
        sku = text(body, "sku", "name")
        body["sku"] = {"name": sku, "tier": sku}
        body["systemData"] = system_data(existing, request.caller)
        private: JsonObject = (
            existing.private if existing else {"port": self._port(request.id.name)}
        )
        return Resource(id=text(body, "id"), type=self.type, body=body, private=private)

    @override
    async def delete(self, resource: Resource, caller: Caller) -> None:
        """Remove the registry with its images."""
        await self.cloud.registries.remove(resource.name)

    @override
    def admit_name(self, name: str, own_id: str = "") -> None:
        """Refuse a name outside the rule, and one that another registry has."""
        check_transfer_name(name, "registry")
        self.refuse_taken_name(
            name,
            own_id,
            "AlreadyInUse",
            f"The registry DNS name {name.lower()}.azurecr.io is already in use. You can "
            "check if the name is already claimed using following API: https://docs."
            "microsoft.com/en-us/rest/api/containerregistry/registries/"
            "checknameavailability",
        )

    def _port(self, name: str) -> int:
        return self.cloud.state.port(f"registry:{name}")

    def _check(self, request: Put) -> None:
        name = request.id.name
        self.admit_name(name, request.id.text)
        sku = text(request.body, "sku", "name")
        check_choice(sku or "none", ("Basic", "Standard", "Premium"), "sku.name")
        self._check_exports(request, name)

    def _check_exports(self, request: Put, name: str) -> None:
        if text(request.properties, "policies", "exportPolicy", "status") != "disabled":
            return
        if text(request.properties, "publicNetworkAccess", default="Enabled") == "Enabled":
            raise AzureError(
                400,
                "BadRequest",
                "Enabling public network access is not supported because the registry "
                f"'{name}' has exports disabled.",
            )
        if self.cloud.state.list(EXPORT_TYPE, request.id.text):
            raise AzureError(
                400,
                "BadRequest",
                f"Disabling exports is not supported because the registry '{name}' has export "
                "pipelines.",
            )


def check_transfer_name(name: str, kind: str) -> None:
    """Refuse the name of a registry, pipeline or run outside the rule."""
    check_name(
        name,
        r"[a-zA-Z0-9]{5,50}",
        "InvalidResourceName",
        f"Resource name '{name}' of the {kind} is invalid. It must have 5 to 50 characters and "
        "match the pattern ^[a-zA-Z0-9]*$.",
    )


def _policies(properties: JsonObject) -> JsonObject:
    policies: JsonObject = {
        "quarantinePolicy": {"status": "disabled"},
        "trustPolicy": {"type": "Notary", "status": "disabled"},
        "retentionPolicy": {"days": 7, "status": "disabled"},
        "exportPolicy": {"status": "enabled"},
        "azureADAuthenticationAsArmPolicy": {"status": "enabled"},
        "softDeletePolicy": {"retentionDays": 7, "status": "disabled"},
    }
    for name, default in list(policies.items()):
        assert isinstance(default, dict)
        policies[name] = default | child(properties, "policies", name)
    return policies
