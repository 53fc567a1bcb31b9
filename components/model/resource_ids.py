"""Resource IDs of Azure, taken apart in one place; Azure compares them without regard to case."""

import re
from dataclasses import dataclass

_ID = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"(/providers/.+)?",
    re.IGNORECASE,
)
_IN_ACCOUNT = re.compile("/blobServices/default/containers/", re.IGNORECASE)


def subscription_of(path: str) -> str:
    """Give the subscription of an ID or of any other path of Resource Manager, in lower case."""
    return path.split("/")[2].lower()


def account_and_container(storage_id: str) -> tuple[str, str]:
    """Split the ID of a blob container into that of its account and its own name.

    The ID of an account, or what is no ID, has no container: its name is "".
    """
    account, *container = _IN_ACCOUNT.split(storage_id, maxsplit=1)
    return account, "".join(container).lower()


@dataclass(frozen=True, eq=False)
class ResourceId:
    """The ID of a resource group, or of something in one; equal in any case of its letters.

    Raises:
        ValueError: the text is no such ID.
    """

    text: str

    def __post_init__(self) -> None:
        if _ID.fullmatch(self.text) is None:
            raise ValueError(f"{self.text!r} is not the ID of an Azure resource in a group")

    @property
    def subscription(self) -> str:
        """The subscription, in lower case."""
        return subscription_of(self.text)

    @property
    def resource_group(self) -> str:
        """Name of the resource group."""
        return self._part("group")

    @property
    def name(self) -> str:
        """Name of the resource itself."""
        return self.text.rpartition("/")[2]

    @property
    def parent(self) -> "ResourceId":
        """The resource that this one lies in, of the same provider."""
        return ResourceId(self.text.rsplit("/", 2)[0])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ResourceId) and self.text.lower() == other.text.lower()

    def __hash__(self) -> int:
        return hash(self.text.lower())

    def _part(self, name: str) -> str:
        found = _ID.fullmatch(self.text)
        assert found
        return found[name]
