"""The two registries that a user would have already, created through Azure Resource Manager."""

from collections.abc import Mapping

import httpx

from transfer.azure.cloud_access import environment_access
from transfer.azure.endpoints import trusted_authorities

RESOURCE_GROUP = "rg-contoso"
REGISTRIES = ("contososource", "contosotarget")
_LOCATION = "westeurope"
_GROUP_API = "2024-03-01"
_REGISTRY_API = "2023-07-01"


def create_registries(environment: Mapping[str, str]) -> dict[str, str]:
    """Create the resource group and both registries; give each name with its login server."""
    access = environment_access(environment)
    endpoints = access.endpoints
    token = access.credential.get_token(endpoints.arm_scope).token
    group = f"/subscriptions/{environment['ARM_SUBSCRIPTION_ID']}/resourceGroups/{RESOURCE_GROUP}"
    with httpx.Client(
        base_url=endpoints.resource_manager,
        headers={"Authorization": f"Bearer {token}"},
        verify=trusted_authorities(environment),
    ) as arm:
        _put(arm, group, _GROUP_API, {"location": _LOCATION})
        return {name: _create_registry(arm, group, name) for name in REGISTRIES}


def _create_registry(arm: httpx.Client, group: str, name: str) -> str:
    path = f"{group}/providers/Microsoft.ContainerRegistry/registries/{name}"
    answer = _put(arm, path, _REGISTRY_API, {"location": _LOCATION, "sku": {"name": "Premium"}})
    return str(answer["properties"]["loginServer"])


def _put(
    arm: httpx.Client, path: str, api_version: str, body: Mapping[str, object]
) -> dict[str, dict[str, object]]:
    response = arm.put(path, params={"api-version": api_version}, json=body)
    response.raise_for_status()
    answer: dict[str, dict[str, object]] = response.json()
    return answer
