"""The requests of the scenario: registry, storage, vault and pipelines, in a group of its own."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from judges.parity.shape import shape

_LOCATION = "westeurope"
_GROUPS = "2024-11-01"
_IDENTITIES = "2024-11-30"
_PIPELINES = "2025-06-01-preview"
_REGISTRIES = "2025-04-01"
_STORAGE = "2024-01-01"
_VAULTS = "2024-11-01"
_PAUSE_SECONDS = 5
_LIMIT_SECONDS = 900
_ENDED = {"Succeeded", "Failed", "Canceled"}


@dataclass(frozen=True)
class _Step:
    name: str
    verb: str
    path: str
    version: str
    body: Mapping[str, Any] | None = None


def run(
    client: httpx.Client,
    subscription: str,
    tenant: str,
    suffix: str,
    pause: Callable[[float], None] = time.sleep,
) -> dict[str, dict[str, Any]]:
    """Make everything, ask for it, be refused, and delete the group whatever happens."""
    group = f"/subscriptions/{subscription}/resourceGroups/{group_of(suffix)}"
    record: dict[str, dict[str, Any]] = {}
    try:
        for step in _steps(group, tenant, suffix):
            answer = _send(client, step)
            record[step.name] = shape(answer)
            if step.verb == "PUT" and answer.is_success:
                settled = _settle(client, step, pause)
                record[f"{step.name}, settled"] = shape(settled)
    finally:
        deletion = _send(client, _Step("delete group", "DELETE", group, _GROUPS))
    return {**record, "delete group": shape(deletion)}


def group_of(suffix: str) -> str:
    """Name the group that a scenario makes all in."""
    return f"rg-acrt-parity-{suffix}"


def _send(client: httpx.Client, step: _Step) -> httpx.Response:
    parameters = {"api-version": step.version}
    return client.request(step.verb, step.path, params=parameters, json=step.body)


def _settle(client: httpx.Client, step: _Step, pause: Callable[[float], None]) -> httpx.Response:
    """Ask until the end of what the step began; its last answer is given, whatever it says."""
    for _ in range(_LIMIT_SECONDS // _PAUSE_SECONDS):
        answer = _send(client, _Step(step.name, "GET", step.path, step.version))
        properties = answer.json().get("properties", {}) if answer.is_success else {}
        if properties.get("provisioningState", "Succeeded") in _ENDED:
            break
        pause(_PAUSE_SECONDS)
    return answer


def _steps(group: str, tenant: str, suffix: str) -> Iterator[_Step]:
    def provider(path: str) -> str:
        return f"{group}/providers/Microsoft.{path}"

    identity = provider("ManagedIdentity/userAssignedIdentities/parity")
    account = provider(f"Storage/storageAccounts/acrtparity{suffix}")
    container = f"{account}/blobServices/default/containers/transfer"
    vault = provider(f"KeyVault/vaults/acrt-parity-{suffix}")
    registry = provider(f"ContainerRegistry/registries/acrtparity{suffix}")
    place = {"location": _LOCATION}

    yield _Step("group", "PUT", group, _GROUPS, place)
    yield _Step("identity", "PUT", identity, _IDENTITIES, place)
    kind = {"kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    yield _Step("account", "PUT", account, _STORAGE, {**place, **kind, "properties": {}})
    yield _Step("container", "PUT", container, _STORAGE, {"properties": {}})
    yield _Step("containers", "GET", container.rpartition("/")[0], _STORAGE)
    properties = {
        "tenantId": tenant,
        "sku": {"family": "A", "name": "standard"},
        "enableRbacAuthorization": False,
        "accessPolicies": [],
    }
    yield _Step("vault", "PUT", vault, _VAULTS, {**place, "properties": properties})
    secret = {"properties": {"value": "nothing", "contentType": "text/plain"}}
    yield _Step("secret", "PUT", f"{vault}/secrets/parity", _VAULTS, secret)
    yield _Step("registry", "PUT", registry, _REGISTRIES, {**place, "sku": {"name": "Premium"}})
    yield from _pipelines(registry, identity, f"acrtparity{suffix}", f"acrt-parity-{suffix}")
    # Refusals, whose codes are the most that only a real cloud can tell.
    gone = registry.replace("acrtparity", "acrtnone")
    yield _Step("no such registry", "GET", gone, _REGISTRIES)
    yield _Step("a version that is none", "GET", registry, "2001-01-01")
    yield _Step("account without a SKU", "PUT", f"{account}x", _STORAGE, place)


def _pipelines(registry: str, identity: str, account: str, vault: str) -> Iterator[_Step]:
    def body(side: str, *options: str) -> dict[str, Any]:
        # The addresses of the public cloud: nothing is asked of them before a run.
        where = {
            "type": "AzureStorageBlobContainer",
            "uri": f"https://{account}.blob.core.windows.net/transfer",
            "keyVaultUri": f"https://{vault}.vault.azure.net/secrets/parity",
        }
        return {
            "location": _LOCATION,
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {identity: {}}},
            "properties": {side: where, "options": list(options)},
        }

    exported, imported = f"{registry}/exportPipelines", f"{registry}/importPipelines"
    to_blobs = body("target", "OverwriteBlobs")
    yield _Step("export pipeline", "PUT", f"{exported}/parity", _PIPELINES, to_blobs)
    yield _Step("export pipelines", "GET", exported, _PIPELINES)
    from_blobs = body("source", "OverwriteTags")
    yield _Step("import pipeline", "PUT", f"{imported}/parity", _PIPELINES, from_blobs)
    yield _Step("wrong option", "PUT", f"{exported}/wrong", _PIPELINES, body("target", "Nothing"))
    yield _Step("no such pipeline", "GET", f"{exported}/none", _PIPELINES)
    run = f"{registry}/pipelineRuns"
    of_none = {"pipelineResourceId": f"{exported}/none", "artifacts": ["none:1"]}
    blob = {"target": {"type": "AzureStorageBlob", "name": "parity"}}
    request = {"properties": {"request": {**of_none, **blob}}}
    yield _Step("run of no pipeline", "PUT", f"{run}/none", _PIPELINES, request)
    yield _Step("runs", "GET", run, _PIPELINES)
