"""The resources as an ARM template."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from judges.checkov.made import Made

_SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
# What stands beside `properties` in a template, and not in it.
_BESIDE = ("location", "tags", "sku", "kind", "identity")
# What azure-native calls otherwise than Azure does.
_RENAMED = {
    "enableHttpsTrafficOnly": "supportsHttpsTrafficOnly",
    "networkRuleSet": "networkAcls",
    "expires": "exp",
    "notBefore": "nbf",
}


@dataclass(frozen=True)
class _Kind:
    """How a type of azure-native is written in a template."""

    type: str
    version: str
    name: tuple[str, ...]
    """Inputs of which the name consists."""


_STORAGE = ("Microsoft.Storage/storageAccounts", "2025-06-01")
_VAULT = ("Microsoft.KeyVault/vaults", "2024-11-01")
_REGISTRY = ("Microsoft.ContainerRegistry/registries", "2025-11-01")
_EXPORT = (f"{_REGISTRY[0]}/exportPipelines", "2025-06-01-preview")
_IMPORT = (f"{_REGISTRY[0]}/importPipelines", "2025-06-01-preview")
_EXPORT_KIND = _Kind(*_EXPORT, ("registryName", "exportPipelineName"))
_IMPORT_KIND = _Kind(*_IMPORT, ("registryName", "importPipelineName"))
_KINDS = {
    "authorization:RoleAssignment": _Kind(
        "Microsoft.Authorization/roleAssignments", "2022-04-01", ("roleAssignmentName",)
    ),
    "containerregistry/v20250601preview:ExportPipeline": _EXPORT_KIND,
    "containerregistry/v20250601preview:ImportPipeline": _IMPORT_KIND,
    "containerregistry:ExportPipeline": _EXPORT_KIND,
    "containerregistry:ImportPipeline": _IMPORT_KIND,
    "containerregistry:PipelineRun": _Kind(
        f"{_REGISTRY[0]}/pipelineRuns", _EXPORT[1], ("registryName", "pipelineRunName")
    ),
    "containerregistry:Registry": _Kind(*_REGISTRY, ("registryName",)),
    "keyvault:AccessPolicy": _Kind(f"{_VAULT[0]}/accessPolicies", _VAULT[1], ("vaultName",)),
    "keyvault:Secret": _Kind(f"{_VAULT[0]}/secrets", _VAULT[1], ("vaultName", "secretName")),
    "keyvault:Vault": _Kind(*_VAULT, ("vaultName",)),
    "managedidentity:UserAssignedIdentity": _Kind(
        "Microsoft.ManagedIdentity/userAssignedIdentities", "2024-11-30", ("resourceName",)
    ),
    "monitor:DiagnosticSetting": _Kind(
        "Microsoft.Insights/diagnosticSettings", "2021-05-01-preview", ("name",)
    ),
    "resources:ResourceGroup": _Kind(
        "Microsoft.Resources/resourceGroups", "2024-11-01", ("resourceGroupName",)
    ),
    "storage:BlobContainer": _Kind(
        f"{_STORAGE[0]}/blobServices/containers", _STORAGE[1], ("accountName", "containerName")
    ),
    "storage:BlobServiceProperties": _Kind(
        f"{_STORAGE[0]}/blobServices", _STORAGE[1], ("accountName", "blobServicesName")
    ),
    "storage:ManagementPolicy": _Kind(
        f"{_STORAGE[0]}/managementPolicies", _STORAGE[1], ("accountName", "managementPolicyName")
    ),
    "storage:StorageAccount": _Kind(*_STORAGE, ("accountName",)),
}


def arm_template(made: Iterable[Made]) -> dict[str, Any]:
    """Give a template of these resources."""
    return {
        "$schema": _SCHEMA,
        "contentVersion": "1.0.0.0",
        "resources": [_resource(one) for one in made],
    }


def _resource(made: Made) -> dict[str, Any]:
    kind = _KINDS[made.type]
    inputs = dict(made.inputs)
    name = "/".join(inputs.pop(key) for key in kind.name)
    # A template is for one group.
    inputs.pop("resourceGroupName", None)
    beside = {key: inputs.pop(key) for key in _BESIDE if key in inputs}
    # Vaults, secrets and the like are given their properties as such.
    properties = inputs.pop("properties", {}) | inputs
    return {
        "type": kind.type,
        "apiVersion": kind.version,
        "name": name,
        **beside,
        "properties": _renamed(properties),
    }


def _renamed(value: Any) -> Any:
    """Write the keys as Azure does, at every depth."""
    if isinstance(value, dict):
        return {_RENAMED.get(key, key): _renamed(item) for key, item in value.items()}
    return [_renamed(item) for item in value] if isinstance(value, list) else value
