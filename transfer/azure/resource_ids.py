"""Resource IDs of a stack's contract."""

from components.model.resource_ids import ResourceId
from transfer.errors import CommandFailedError


def parse_resource_id(text: str) -> ResourceId:
    """Take a resource ID apart.

    Raises:
        CommandFailedError: it is not one.
    """
    try:
        return ResourceId(text)
    except ValueError as error:
        raise CommandFailedError(
            f"{text!r} in the stack's contract is not valid: an Azure resource ID has a "
            "subscription, a resource group and a name.",
            "Bring the stack up with this version of the program; then:",
        ) from error
