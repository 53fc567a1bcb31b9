"""Resource IDs of Azure, taken apart in one place; Azure compares them without regard to case."""

import re
from dataclasses import dataclass

_ID = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"(/providers/.+)?",
    re.IGNORECASE,
)


def subscription_of(path: str) -> str:
    """Give the subscription of an ID or of any other path of Resource Manager, in lower case."""
    return path.split("/")[2].lower()


@dataclass(frozen=True)
class ResourceId:
    """The ID of a resource group, or of something in one.

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

    def is_same(self, other: str) -> bool:
        """Tell whether another ID means the same resource."""
        return self.text.lower() == other.lower()

    def _part(self, name: str) -> str:
        found = _ID.fullmatch(self.text)
        assert found
        return found[name]
