"""The rule of names: Azure's own, which it tells only when something is made."""

import re
from collections.abc import Iterator

from .rule import Resource, Rule

# https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
_PIPELINE = r"[a-zA-Z0-9]{5,50}"
_NAMES = {
    "storage:StorageAccount": ("accountName", r"[a-z0-9]{3,24}"),
    "storage:BlobContainer": ("containerName", r"(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"),
    "keyvault:Vault": ("vaultName", r"(?!.*--)[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]"),
    "keyvault:Secret": ("secretName", r"[a-zA-Z0-9-]{1,127}"),
    "managedidentity:UserAssignedIdentity": ("resourceName", r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,127}"),
    "containerregistry:Registry": ("registryName", r"[a-zA-Z0-9]{5,50}"),
    "containerregistry:ExportPipeline": ("exportPipelineName", _PIPELINE),
    "containerregistry:ImportPipeline": ("importPipelineName", _PIPELINE),
    "containerregistry:PipelineRun": ("pipelineRunName", _PIPELINE),
}


def _is_one_of_azure(resource: Resource) -> Iterator[str]:
    key, pattern = _NAMES[resource.kind]
    name = resource.read(key)
    # Without a name the provider makes one.
    if name is not None and re.fullmatch(pattern, str(name)) is None:
        yield f"{key} is {name!r}, and must match {pattern}"


RULES = (
    Rule(
        name="azure-names",
        demand="Names keep Azure's rules.",
        reason="Azure refuses others only when it makes the resource, after a preview that was "
        "well.",
        fix="Choose another name.",
        kinds=tuple(_NAMES),
        ids=("AZR-000201", "AZR-000120", "AZR-000117", "AZR-000007"),
        check=_is_one_of_azure,
    ),
)
