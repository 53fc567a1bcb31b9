"""Look up what exists already, and say clearly when it does not."""

from collections.abc import Callable
from typing import TypeVar

from components.errors import Problem, SettingsError

Found = TypeVar("Found")

_FIX = (
    "Name an existing one, in the subscription of this stack: pulumi config get "
    "azure-native:subscriptionId, or az account show."
)


def look_up(what: str, name: str, read: Callable[[], Found]) -> Found:
    """Read something that exists, before anything is made beside it.

    Raises:
        SettingsError: it cannot be read; the text of Azure is passed on.
    """
    try:
        return read()
    except Exception as error:  # The SDK raises no narrower class.
        said = str(error).rpartition("returned an error: ")[2]
        rule = f"it cannot be read. Azure says: {said.rstrip('.')}"
        raise SettingsError([Problem(what, name, rule, _FIX)]) from error


def group_and_name(resource_id: str) -> tuple[str, str]:
    """Take the resource group and the name out of a resource ID."""
    parts = resource_id.split("/")
    return parts[4], parts[-1]
