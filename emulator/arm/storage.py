"""Microsoft.Storage: storage accounts."""

import base64
import secrets

from typing_extensions import override

from emulator.arm import storage_sas
from emulator.arm.address_rules import check_storage_rules
from emulator.arm.base import (
    Caller,
    Handler,
    Put,
    check_choice,
    check_name,
    normal_location,
    timestamp,
)
from emulator.arm.storage_skus import SKUS, check_sku
from emulator.errors import AzureError
from emulator.resource_types import ACCOUNT_TYPE, BLOB_SERVICE_TYPE
from emulator.sas_policy import check_sas_policy
from emulator.state import Resource
from emulator.values import JsonObject, child, find, flag, text, texts

_KINDS = ("Storage", "StorageV2", "BlobStorage", "FileStorage", "BlockBlobStorage")


class StorageAccounts(Handler):
    """Accounts; their keys live in `private`, their blobs in the blob service beneath."""

    type = ACCOUNT_TYPE
    has_location = True
    created_status = 200
    actions = ("listKeys", "regenerateKey", "listAccountSas", "listServiceSas")

    @override
    async def put(self, request: Put) -> Resource:
        """Create or change an account."""
        self._check(request)
        existing = request.existing
        name = request.id.name
        now = timestamp()
        properties: JsonObject = {
            "allowBlobPublicAccess": False,
            "allowCrossTenantReplication": False,
            "minimumTlsVersion": "TLS1_0",
            "supportsHttpsTrafficOnly": True,
            "accessTier": "Hot",
        }
        properties.update({k: v for k, v in request.properties.items() if v is not None})
        properties["networkAcls"] = _network_rules(properties)
        properties["encryption"] = _encryption(properties)
        properties |= {
            "provisioningState": "Succeeded",
            "creationTime": now,
            "primaryLocation": "",
            "statusOfPrimary": "available",
            "primaryEndpoints": {"blob": self.cloud.blobs.account_endpoint(name)},
            "privateEndpointConnections": [],
            "keyCreationTime": {"key1": now, "key2": now},
        }
        for kept in ("creationTime", "keyCreationTime") if existing else ():
            properties[kept] = existing.properties[kept] if existing else None
        body = self.new_body(request, properties)
        properties["primaryLocation"] = text(body, "location")
        body["sku"] = child(body, "sku") | {"tier": text(body, "sku", "name").split("_")[0]}
        private: JsonObject = existing.private if existing else {"keys": [_new_key(), _new_key()]}
        return Resource(id=text(body, "id"), type=self.type, body=body, private=private)

    @override
    async def stored(self, resource: Resource, *, is_new: bool) -> None:
        """Make a new account known to the blob service; every account has its default service."""
        if not is_new:
            return
        await self.cloud.blobs.set_account(resource.name, texts(resource.private, "keys"))
        self.cloud.state.put(default_blob_service(resource))

    @override
    async def delete(self, resource: Resource, caller: Caller) -> None:
        """Remove the account with all its blobs."""
        await self.cloud.blobs.delete_account(resource.name)

    @override
    async def action(
        self, resource: Resource, name: str, body: JsonObject, caller: Caller
    ) -> JsonObject:
        """List keys, make new ones, or sign a SAS."""
        match name.lower():
            case "listkeys":
                return _keys(resource)
            case "regeneratekey":
                return await self._regenerate(resource, text(body, "keyName"))
            case "listaccountsas":
                return {"accountSasToken": storage_sas.account_token(resource, body)}
            case _:
                return {"serviceSasToken": storage_sas.service_token(resource, body)}

    @override
    def admit_name(self, name: str, own_id: str = "") -> None:
        """Refuse a name outside the rule, and one that another account has."""
        check_name(
            name,
            r"[a-z0-9]{3,24}",
            "AccountNameInvalid",
            f"{name} is not a valid storage account name. Storage account name must be between 3 "
            "and 24 characters in length and use numbers and lower-case letters only.",
        )
        self.refuse_taken_name(
            name,
            own_id,
            "StorageAccountAlreadyTaken",
            f"The storage account named {name} is already taken.",
        )

    async def _regenerate(self, resource: Resource, key_name: str) -> JsonObject:
        check_choice(key_name or "none", ("key1", "key2"), "keyName")
        keys = texts(resource.private, "keys")
        keys[0 if key_name == "key1" else 1] = _new_key()
        resource.private["keys"] = keys
        child(resource.properties, "keyCreationTime")[key_name] = timestamp()
        self.cloud.state.put(resource)
        await self.cloud.blobs.set_account(resource.name, keys)
        return _keys(resource)

    def _check(self, request: Put) -> None:
        self.admit_name(request.id.name, request.id.text)
        sku, kind = text(request.body, "sku", "name"), text(request.body, "kind")
        check_choice(sku or "none", SKUS, "sku.name")
        check_choice(kind or "none", _KINDS, "kind")
        check_sku(sku, kind, normal_location(text(request.body, "location")))
        check_storage_rules(child(request.properties, "networkAcls"))
        check_sas_policy(request.properties)
        if request.existing:
            _check_immutable(request.existing, request.properties)


def default_blob_service(account: Resource) -> Resource:
    """Give the blob service that each account is born with."""
    name = "default"
    resource_id = f"{account.id}/blobServices/{name}"
    body: JsonObject = {
        "id": resource_id,
        "name": name,
        "type": BLOB_SERVICE_TYPE,
        "sku": child(account.body, "sku"),
        "properties": {"cors": {"corsRules": []}, "deleteRetentionPolicy": {"enabled": False}},
    }
    return Resource(id=resource_id, type=BLOB_SERVICE_TYPE, body=body)


def _check_immutable(existing: Resource, wanted: JsonObject) -> None:
    path = ("encryption", "requireInfrastructureEncryption")
    for keys in (path, ("isHnsEnabled",), ("isNfsV3Enabled",)):
        if find(wanted, *keys) is None:
            continue
        if flag(wanted, *keys) != flag(existing.properties, *keys):
            raise AzureError(
                400,
                "AccountPropertyCannotBeUpdated",
                f"The property '{keys[-1]}' was specified in the input, but it cannot be updated.",
            )


def _network_rules(properties: JsonObject) -> JsonObject:
    rules: JsonObject = {
        "bypass": "AzureServices",
        "defaultAction": "Allow",
        "ipRules": [],
        "virtualNetworkRules": [],
    }
    return rules | child(properties, "networkAcls")


def _encryption(properties: JsonObject) -> JsonObject:
    wanted = child(properties, "encryption")
    service: JsonObject = {"enabled": True, "keyType": "Account"}
    services = {
        name: service | child(wanted, "services", name)
        for name in ("blob", "file", *child(wanted, "services"))
    }
    return {"keySource": "Microsoft.Storage"} | wanted | {"services": services}


def _keys(resource: Resource) -> JsonObject:
    times = child(resource.properties, "keyCreationTime")
    return {
        "keys": [
            {
                "keyName": f"key{n}",
                "value": value,
                "permissions": "FULL",
                "creationTime": text(times, f"key{n}"),
            }
            for n, value in enumerate(texts(resource.private, "keys"), start=1)
        ]
    }


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(64)).decode()
