"""Limits of Azure that it tells late: checked here, before anything is made."""

import ipaddress
from collections.abc import Iterator, Mapping

from .names import SIDE_TAG

# https://learn.microsoft.com/azure/key-vault/general/network-security
MAX_VAULT_ADDRESSES = 1000
_PRIVATE = tuple(
    ipaddress.IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)

# https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources: a storage
# account takes shorter names than the rest. Of a secret, about-secrets in the vault's pages.
_MAX_TAGS, _MAX_TAGS_OF_A_SECRET = 50, 15
_MAX_TAG_NAME, _MAX_TAG_VALUE = 128, 256
_NOT_IN_TAG_NAMES = "<>%&\\?/"


def address_fault(text: str) -> str:
    """Say why a vault's firewall does not take an address; "" if it does."""
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError:
        return "an address is one of IPv4, or a range of them such as 203.0.113.0/24"
    if any(network.subnet_of(private) for private in _PRIVATE):
        return "a vault's firewall takes public addresses only, not those of private networks"
    return ""


def tag_faults(tags: Mapping[str, str], *, on_a_secret: bool) -> Iterator[str]:
    """Say what Azure does not take of tags, to which the side adds one of its own."""
    most = (_MAX_TAGS_OF_A_SECRET if on_a_secret else _MAX_TAGS) - 1
    if len(tags) > most:
        what = "the secret with the SAS" if on_a_secret else "a resource"
        yield f"{what} takes {most} tags beside {SIDE_TAG}, and these are {len(tags)}"
    seen = {SIDE_TAG.lower()}
    for name, value in tags.items():
        if name.lower() in seen:
            yield f"the tag {name!r} is there already, as names of tags have no case"
        seen.add(name.lower())
        if not 1 <= len(name) <= _MAX_TAG_NAME:
            length = f"{len(name)} characters in its name"
            yield f"the tag {name!r} has {length}, of 1 to {_MAX_TAG_NAME}"
        if len(value) > _MAX_TAG_VALUE:
            yield f"the tag {name!r} has {len(value)} characters, of at most {_MAX_TAG_VALUE}"
        if any(character in _NOT_IN_TAG_NAMES for character in name):
            yield f"the tag {name!r} has one of {' '.join(_NOT_IN_TAG_NAMES)} in its name"


def account_fault(kind: str, sku: str) -> str:
    """Say why a storage account of a kind and an SKU holds no block blobs; "" if it does.

    https://learn.microsoft.com/azure/storage/common/storage-account-overview
    """
    if kind == "FileStorage":
        return "it holds files only (FileStorage), and the transfer needs block blobs"
    if sku.startswith("Premium") and kind in ("Storage", "StorageV2"):
        return f"it holds page blobs only ({kind}, {sku}), and the transfer needs block blobs"
    return ""
