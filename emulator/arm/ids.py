"""Resource ids taken apart: scope, namespace, types and names."""

from dataclasses import dataclass
from itertools import pairwise

from emulator.errors import AzureError
from emulator.resource_types import GROUP_TYPE


@dataclass(frozen=True)
class ResourceId:
    """One id; its type is spelt as the id spells it, so compare without regard to case."""

    text: str
    scope: str  # what lies before the last "/providers/": a subscription, a group or a resource
    type: str
    name: str
    parent: str  # the resource above in the same provider, or ""

    @property
    def subscription(self) -> str:
        """Give the subscription's id."""
        return _after(self.text, "subscriptions")

    @property
    def group(self) -> str:
        """Give the resource group's name, or ""."""
        return _after(self.text, "resourcegroups")

    @property
    def group_id(self) -> str:
        """Give the resource group's id."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"

    def segment(self, kind: str) -> str:
        """Give the name after a segment such as "storageAccounts", or ""."""
        return _after(self.text, kind)


def parse(text: str) -> ResourceId:
    """Take an id apart; refuse what is none."""
    parts = text.strip("/").split("/")
    lowered = [part.lower() for part in parts]
    if len(parts) == 4 and lowered[0] == "subscriptions" and lowered[2] == "resourcegroups":
        return ResourceId(
            "/" + "/".join(parts), "/".join(["", *parts[:2]]), GROUP_TYPE, parts[3], ""
        )
    if "providers" not in lowered:
        raise _invalid(text)
    start = len(lowered) - 1 - lowered[::-1].index("providers")
    tail = parts[start + 2 :]
    if not tail or len(tail) % 2 or any(not part for part in parts):
        raise _invalid(text)
    return ResourceId(
        text="/" + "/".join(parts),
        scope="".join(f"/{part}" for part in parts[:start]),
        type="/".join([parts[start + 1], *tail[::2]]),
        name=tail[-1],
        parent="/" + "/".join(parts[:-2]) if len(tail) > 2 else "",
    )


def _after(text: str, kind: str) -> str:
    parts = text.strip("/").split("/")
    for key, value in pairwise(parts):
        if key.lower() == kind.lower():
            return value
    return ""


def _invalid(text: str) -> AzureError:
    return AzureError(400, "InvalidResourceId", f"The resource identifier '{text}' is not valid.")
