"""Azure resource IDs, taken apart."""

from dataclasses import dataclass

from azure.mgmt.core.tools import parse_resource_id as parse

from transfer.errors import CommandFailedError


@dataclass(frozen=True)
class ResourceId:
    """The parts of a resource ID that clients ask for."""

    subscription: str
    resource_group: str
    name: str


def parse_resource_id(text: str) -> ResourceId:
    """Take a resource ID apart.

    Raises:
        CommandFailedError: it is not one.
    """
    parts = parse(text)
    try:
        return ResourceId(
            str(parts["subscription"]), str(parts["resource_group"]), str(parts["name"])
        )
    except KeyError as error:
        raise CommandFailedError(
            f"{text!r} in the stack's contract is not valid: an Azure resource ID has a "
            "subscription, a resource group and a name.",
            "pulumi up",
        ) from error
