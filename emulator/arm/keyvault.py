"""Microsoft.KeyVault: vaults and their life after deletion."""

import re

from typing_extensions import override

from emulator.arm.address_rules import vault_rules
from emulator.arm.base import Caller, Handler, Put, check_choice, check_name, system_data, timestamp
from emulator.arm.keyvault_policies import GUID, check_policy, granted
from emulator.errors import AzureError
from emulator.resource_types import VAULT_TYPE
from emulator.state import Resource
from emulator.values import JsonObject, child, find, flag, objects, same, text

DELETED_VAULT_TYPE = "Microsoft.KeyVault/locations/deletedVaults"
_NAME = r"[a-zA-Z](?!.*--)[a-zA-Z0-9-]{1,22}[a-zA-Z0-9]"


class Vaults(Handler):
    """Vaults; a deleted one keeps its name until it is recovered or purged."""

    type = VAULT_TYPE
    first_state = "RegisteringDns"
    has_location = True

    @override
    async def put(self, request: Put) -> Resource:
        """Create, change or recover a vault."""
        name = request.id.name
        self.admit_name(name, request.id.text)
        _check_properties(request, request.properties)
        recovering = text(request.properties, "createMode") == "recover"
        deleted = None if request.existing else self._deleted(name)
        if deleted and not recovering:
            raise _kept_name()
        if recovering and not deleted and not request.existing:
            raise AzureError(
                404, "DeletedVaultNotFound", f"The deleted vault '{name}' does not exist."
            )
        if deleted:
            return self._recover(deleted)
        properties = self._properties(request)
        body = self.new_body(request, properties)
        body["systemData"] = system_data(request.existing, request.caller)
        private = granted(request.existing, objects(properties, "accessPolicies"))
        return Resource(id=text(body, "id"), type=self.type, body=body, private=private)

    @override
    async def delete(self, resource: Resource, caller: Caller) -> None:
        """Keep the vault and its secrets in deleted state."""
        location = text(resource.body, "location")
        deleted_id = (
            f"/subscriptions/{resource.id.split('/')[2]}/providers/Microsoft.KeyVault"
            f"/locations/{location}/deletedVaults/{resource.name}"
        )
        content = [
            {"id": item.id, "type": item.type, "body": item.body, "private": item.private}
            for item in [resource, *self.cloud.state.under(resource.id)]
        ]
        body: JsonObject = {
            "id": deleted_id,
            "name": resource.name,
            "type": "Microsoft.KeyVault/deletedVaults",
            "properties": {
                "vaultId": resource.id,
                "location": location,
                "deletionDate": timestamp(),
                "purgeProtectionEnabled": flag(resource.properties, "enablePurgeProtection"),
            },
        }
        self.cloud.state.put(Resource(deleted_id, DELETED_VAULT_TYPE, body, {"content": content}))

    @override
    def created_view(self, resource: Resource) -> JsonObject:
        """Give the body with the vault's uri as the answer to a PUT has it: without a slash."""
        properties = resource.properties | {"vaultUri": text(resource.properties, "vaultUri")[:-1]}
        return resource.body | {"properties": properties}

    @override
    def admit_name(self, name: str, own_id: str = "") -> None:
        """Refuse a name outside the rule, and one that another vault has or keeps."""
        check_name(
            name,
            _NAME,
            "VaultNameNotValid",
            f"The vault name '{name}' is invalid. A vault's name must be between 3-24 alphanumeric "
            "characters. The name must begin with a letter, end with a letter or digit, and not "
            "contain consecutive hyphens. Follow this link for more information: "
            "https://go.microsoft.com/fwlink/?linkid=2147742",
        )
        self.refuse_taken_name(
            name,
            own_id,
            "VaultAlreadyExists",
            f"The vault name '{name}' is already in use. Vault names are globally unique "
            "so it is possible that the name is already taken. If you are sure that the "
            "vault name was not taken then it is possible that a vault with the same name "
            "was recently deleted but not purged after being placed in a recoverable "
            "state. If the vault is in a recoverable state then the vault will need to be "
            "purged before reusing the name. For more information on soft delete and "
            "purging a vault follow this link "
            "https://go.microsoft.com/fwlink/?linkid=2147740.",
        )
        if not own_id and self._deleted(name):
            raise _kept_name()

    def _recover(self, deleted: Resource) -> Resource:
        vault, *content = [
            Resource(text(i, "id"), text(i, "type"), child(i, "body"), child(i, "private"))
            for i in objects(deleted.private, "content")
        ]
        self.cloud.state.remove(deleted.id)
        for resource in content:
            self.cloud.state.put(resource)
        return vault

    def _deleted(self, name: str) -> Resource | None:
        found = self.cloud.state.list(DELETED_VAULT_TYPE)
        return next((vault for vault in found if same(vault.name, name)), None)

    def _properties(self, request: Put) -> JsonObject:
        old = request.existing.properties if request.existing else {}
        properties: JsonObject = {
            "enableSoftDelete": True,
            "softDeleteRetentionInDays": 90,
            "enabledForDeployment": False,
            "enabledForDiskEncryption": False,
            "enabledForTemplateDeployment": False,
            "enableRbacAuthorization": _rbac_by_default(request),
            "publicNetworkAccess": "Enabled",
        }
        properties |= {k: v for k, v in request.properties.items() if v is not None}
        properties.pop("createMode", None)
        if "networkAcls" in properties:
            properties["networkAcls"] = vault_rules(child(properties, "networkAcls"))
        properties["accessPolicies"] = (
            old.get("accessPolicies", [])
            if find(request.properties, "accessPolicies") is None
            else objects(request.properties, "accessPolicies")
        )
        properties["vaultUri"] = f"{self.cloud.front_url}/vault/{request.id.name}/"
        properties["provisioningState"] = "Succeeded"
        return properties


class DeletedVaults(Handler):
    """Vaults in deleted state; they can be purged, unless they are protected."""

    type = DELETED_VAULT_TYPE
    listed_type = "Microsoft.KeyVault/deletedVaults"
    actions = ("purge",)
    needs_group = False

    @override
    async def action(
        self, resource: Resource, name: str, body: JsonObject, caller: Caller
    ) -> JsonObject:
        """Purge."""
        if flag(resource.properties, "purgeProtectionEnabled"):
            raise AzureError(
                405, "MethodNotAllowed", "Operation 'DeletedVaultPurge' is not allowed."
            )
        self.cloud.state.remove(resource.id)
        return {}


def _check_properties(request: Put, wanted: JsonObject) -> None:
    if not re.fullmatch(GUID, text(wanted, "tenantId")):
        raise _bad_request("An invalid value was provided for 'tenantId'.")
    if find(wanted, "enablePurgeProtection") is False:
        raise _bad_request(
            'The property "enablePurgeProtection" cannot be set to false. Enabling the purge '
            "protection for a vault is an irreversible action."
        )
    if find(wanted, "enableSoftDelete") is False:
        raise _bad_request(
            'The property "enableSoftDelete" can be set to false only for creating new vault. '
            "Enabling the 'soft delete' functionality is an irreversible action."
        )
    days = find(wanted, "softDeleteRetentionInDays")
    if days is not None and not (isinstance(days, int | float) and 7 <= days <= 90):
        raise _bad_request("The value of 'softDeleteRetentionInDays' must be between 7 and 90.")
    old = request.existing.properties if request.existing else {}
    if days is not None and old and days != old.get("softDeleteRetentionInDays"):
        raise _bad_request(
            'The property "softDeleteRetentionInDays" has been set already and it '
            "can't be modified."
        )
    check_choice(text(wanted, "sku", "name") or "none", ("standard", "premium"), "sku.name")
    check_choice(text(wanted, "sku", "family") or "none", ("A",), "sku.family")
    for policy in objects(wanted, "accessPolicies"):
        check_policy(policy)


def _kept_name() -> AzureError:
    return AzureError(
        409,
        "ConflictError",
        "A vault with the same name already exists in deleted state. You need to either recover or "
        "purge existing key vault. Follow this link "
        "https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete.",
    )


def _rbac_by_default(request: Put) -> bool:
    # https://learn.microsoft.com/azure/key-vault/general/access-control-default
    if request.existing:
        return flag(request.existing.properties, "enableRbacAuthorization")
    return request.api_version >= "2026-02-01"


def _bad_request(message: str) -> AzureError:
    return AzureError(400, "BadRequest", message)
