"""The kinds of values that a configuration holds, each with its rule and the sentence for it."""

import re
from collections.abc import Callable
from typing import Annotated, Literal

import pydantic

from .azure_limits import address_fault
from .names import MAX_PREFIX_LENGTH
from .resource_ids import account_and_container

ExportOption = Literal["OverwriteBlobs", "ContinueOnErrors"]
ImportOption = Literal["OverwriteTags", "DeleteSourceBlobOnSuccess", "ContinueOnErrors"]
BlobsArrangement = Literal["copied", "shared"]
ImportWay = Literal["trigger", "runs", "both"]
StorageAccess = Literal["sas", "managed-identity"]
SasPolicy = Literal["log", "block"]
StorageRedundancy = Literal[
    "Standard_ZRS",
    "Standard_GZRS",
    "Standard_RAGZRS",
    "Standard_LRS",
    "Standard_GRS",
    "Standard_RAGRS",
]

# https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
_REGISTRY_NAME = re.compile(r"[a-zA-Z0-9]{5,50}")
_GROUP = r"[\w.()-]{0,89}[\w()-]"
_REGISTRY = re.compile(rf"{_GROUP}/{_REGISTRY_NAME.pattern}")
_RESOURCE_GROUP_NAME = re.compile(_GROUP)
# Azure compares IDs without regard to case.
_GROUP_OF_ID = r"(?i:/subscriptions/[0-9a-f-]{36}/resourceGroups/)"
_RESOURCE_GROUP = re.compile(rf"({_GROUP_OF_ID})?{_GROUP}")
_CONTAINER = re.compile(r"(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_PREFIX = re.compile(rf"[a-z][a-z0-9]{{1,{MAX_PREFIX_LENGTH - 1}}}")
_STACK = re.compile(r"[\w.-]+(/[\w.-]+/[\w.-]+)?")


def _id_of(kind: str) -> str:
    """Give the pattern of the IDs of a kind of resource."""
    return rf"(?i:{_GROUP_OF_ID}[^/]+/providers/{kind})"


_IDENTITY = re.compile(
    "user-assigned|system-assigned|"
    + _id_of(r"Microsoft\.ManagedIdentity/userAssignedIdentities/[^/]+")
)
_STORAGE = re.compile(
    "new|"
    + _id_of(
        r"Microsoft\.Storage/storageAccounts/[a-z0-9]{3,24}"
        r"(/blobServices/default/containers/[^/]+)?"
    )
)
_VAULT_NAME = re.compile(r"(?!.*--)[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]")
_VAULT = re.compile("access-policies|roles|" + _id_of(r"Microsoft\.KeyVault/vaults/[^/]+"))
_LOCATION = re.compile(r"[a-z][a-z0-9]+")
_WORKSPACE = re.compile(_id_of(r"Microsoft\.OperationalInsights/workspaces/[^/]+"))


def _matching(
    rule: re.Pattern[str],
    sentence: str,
    part: Callable[[str], str | None] = lambda value: value,
) -> pydantic.AfterValidator:
    """Check a value, or a part of it if it has that part."""

    def check(value: str) -> str:
        text = part(value)
        if text is not None and rule.fullmatch(text) is None:
            raise ValueError(sentence)
        return value

    return pydantic.AfterValidator(check)


def _container_of_id(value: str) -> str | None:
    return account_and_container(value)[1] or None


def _vault_of_id(value: str) -> str | None:
    return value.rpartition("/")[2] if "/" in value else None


_CONTAINER_RULE = (
    "a container name has 3 to 63 lower-case letters, digits and single hyphens, "
    "and starts and ends with a letter or digit"
)


Registry = Annotated[
    str,
    _matching(
        _REGISTRY,
        "a registry is written <resource group>/<name>, its name 5 to 50 letters and digits",
    ),
]
RegistryName = Annotated[
    str, _matching(_REGISTRY_NAME, "the name of a registry has 5 to 50 letters and digits")
]
ResourceGroupName = Annotated[
    str,
    _matching(_RESOURCE_GROUP_NAME, "a resource group is the name of one, 1 to 90 characters"),
]
ResourceGroup = Annotated[
    str, _matching(_RESOURCE_GROUP, "a resource group is the name of one, 1 to 90 characters")
]
Container = Annotated[str, _matching(_CONTAINER, _CONTAINER_RULE)]
Prefix = Annotated[
    str,
    _matching(
        _PREFIX,
        f"a prefix has 2 to {MAX_PREFIX_LENGTH} lower-case letters and digits, a letter first",
    ),
]
StackName = Annotated[
    str, _matching(_STACK, "a stack is written <stack> or <organization>/<project>/<stack>")
]
Identity = Annotated[
    str,
    _matching(
        _IDENTITY,
        "an identity is user-assigned, system-assigned, or the resource ID of an existing one",
    ),
]
Storage = Annotated[
    str,
    _matching(
        _STORAGE,
        "a storage is new, or the resource ID of an existing storage account or blob container",
    ),
    _matching(_CONTAINER, _CONTAINER_RULE, _container_of_id),
]
Vault = Annotated[
    str,
    _matching(
        _VAULT,
        "a vault is access-policies, roles, or the resource ID of an existing one",
    ),
    _matching(
        _VAULT_NAME,
        "a vault name has 3 to 24 letters, digits and single hyphens, starts with a letter, and "
        "ends with a letter or digit",
        _vault_of_id,
    ),
]
Location = Annotated[
    str, _matching(_LOCATION, "a location is written without spaces and in lower case")
]
Workspace = Annotated[
    str, _matching(_WORKSPACE, "a workspace is the resource ID of a Log Analytics workspace")
]


def _check_address(value: str) -> str:
    if fault := address_fault(value):
        raise ValueError(fault)
    return value


Address = Annotated[str, pydantic.AfterValidator(_check_address)]
