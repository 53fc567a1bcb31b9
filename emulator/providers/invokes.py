"""The functions of azure-native: reads of resources, and the lists of keys and SAS tokens."""

from collections.abc import Awaitable

from emulator.errors import AzureError, EmulatorError
from emulator.providers.arm_client import ArmClient
from emulator.providers.grpc_errors import ProviderError
from emulator.providers.token_table import type_map
from emulator.providers.tokens import TypeMap
from emulator.providers.wire import Properties
from emulator.values import JsonObject

_ACCOUNT = "azure-native:storage:StorageAccount"
_COMMON_SAS = {
    "permissions": "signedPermission",
    "protocols": "signedProtocol",
    "sharedAccessStartTime": "signedStart",
    "sharedAccessExpiryTime": "signedExpiry",
    "iPAddressOrRange": "signedIp",
    "keyToSign": "keyToSign",
}
_LISTS: dict[str, tuple[str, dict[str, str]]] = {
    "azure-native:storage:listStorageAccountKeys": ("listKeys", {}),
    "azure-native:storage:listStorageAccountSAS": (
        "listAccountSas",
        _COMMON_SAS | {"services": "signedServices", "resourceTypes": "signedResourceTypes"},
    ),
    "azure-native:storage:listStorageAccountServiceSAS": (
        "listServiceSas",
        _COMMON_SAS
        | {"canonicalizedResource": "canonicalizedResource", "resource": "signedResource"},
    ),
}
_IGNORED = ("accountName", "resourceGroupName", "expand")


async def invoke(arm: ArmClient, token: str, args: Properties) -> Properties:
    """Answer a function, or fail loudly."""
    caller = arm.caller
    if token == "azure-native:authorization:getClientConfig":
        return {
            "clientId": caller.client_id,
            "objectId": caller.object_id,
            "subscriptionId": caller.subscription_id,
            "tenantId": caller.tenant_id,
        }
    if token in _LISTS:
        action, names = _LISTS[token]
        account_id = type_map(_ACCOUNT).id(args, caller.subscription_id)
        body = _sas_body(token, names, args)
        return await _asked(f"{account_id}/{action}", arm.action(account_id, action, body))
    kind = _read_type(token)
    resource_id = kind.id(args, caller.subscription_id)
    body = await _asked(resource_id, arm.get(resource_id))
    return kind.to_outputs(body) | {"id": body["id"]}


async def _asked(path: str, answer: Awaitable[JsonObject]) -> JsonObject:
    try:
        return await answer
    except AzureError as exc:
        raise ProviderError(f"request failed {path}: {exc}") from exc


def _read_type(token: str) -> TypeMap:
    package, module, name = token.split(":")
    if name.startswith("get"):
        try:
            return type_map(f"{package}:{module}:{name.removeprefix('get')}")
        except EmulatorError:
            pass
    raise EmulatorError(
        f"The emulator does not have the function '{token}'. It has getX for the resource types "
        f"that it has, azure-native:authorization:getClientConfig and {', '.join(_LISTS)}."
    )


def _sas_body(token: str, names: dict[str, str], args: Properties) -> JsonObject:
    body: JsonObject = {}
    for name, value in args.items():
        if name in _IGNORED or value is None:
            continue
        if name not in names:
            raise EmulatorError(f"The emulator's {token} does not have the argument '{name}'.")
        body[names[name]] = value
    return body
