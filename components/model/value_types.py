"""The kinds of values that a configuration holds, each with its rule and the sentence for it."""

import ipaddress
import re
from typing import Annotated, Literal

import pydantic

from .names import MAX_PREFIX_LENGTH

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
_REGISTRY = re.compile(r"(?P<group>[\w.()-]{0,89}[\w()-])/(?P<name>[a-zA-Z0-9]{5,50})")
_REGISTRY_NAME = re.compile(r"[a-zA-Z0-9]{5,50}")
_GROUP = r"[\w.()-]{0,89}[\w()-]"
_RESOURCE_GROUP_NAME = re.compile(_GROUP)
_RESOURCE_GROUP = re.compile(rf"(/subscriptions/[0-9a-fA-F-]{{36}}/resource[gG]roups/)?{_GROUP}")
_CONTAINER = re.compile(r"(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_PREFIX = re.compile(rf"[a-z][a-z0-9]{{1,{MAX_PREFIX_LENGTH - 1}}}")
_STACK = re.compile(r"[\w.-]+(/[\w.-]+/[\w.-]+)?")
_ID = r"/subscriptions/[0-9a-fA-F-]{36}/resource[gG]roups/[^/]+/providers/"
_IDENTITY = re.compile(
    rf"user-assigned|system-assigned|{_ID}Microsoft\.ManagedIdentity/userAssignedIdentities/[^/]+"
)
_STORAGE = re.compile(
    rf"new|{_ID}Microsoft\.Storage/storageAccounts/[a-z0-9]{{3,24}}"
    r"(/blobServices/default/containers/[a-z0-9-]{3,63})?"
)
_VAULT = re.compile(rf"access-policies|roles|{_ID}Microsoft\.KeyVault/vaults/[^/]+")
_LOCATION = re.compile(r"[a-z][a-z0-9]+")
_WORKSPACE = re.compile(rf"{_ID}Microsoft\.OperationalInsights/workspaces/[^/]+", re.IGNORECASE)


def _matching(rule: re.Pattern[str], sentence: str) -> pydantic.AfterValidator:
    def check(value: str) -> str:
        if rule.fullmatch(value) is None:
            raise ValueError(sentence)
        return value

    return pydantic.AfterValidator(check)


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
Container = Annotated[
    str,
    _matching(
        _CONTAINER,
        "a container name has 3 to 63 lower-case letters, digits and single hyphens, "
        "and starts and ends with a letter or digit",
    ),
]
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
]
Vault = Annotated[
    str,
    _matching(
        _VAULT,
        "a vault is access-policies, roles, or the resource ID of an existing one",
    ),
]
Location = Annotated[
    str, _matching(_LOCATION, "a location is written without spaces and in lower case")
]
Workspace = Annotated[
    str, _matching(_WORKSPACE, "a workspace is the resource ID of a Log Analytics workspace")
]


def _check_address(value: str) -> str:
    try:
        ipaddress.IPv4Network(value)
    except ValueError as error:
        raise ValueError(
            "an address is one of IPv4, or a range of them such as 203.0.113.0/24"
        ) from error
    return value


Address = Annotated[str, pydantic.AfterValidator(_check_address)]
