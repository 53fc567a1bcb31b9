"""Microsoft.Resources: resource groups."""

from typing_extensions import override

from emulator.arm.base import Handler, Put, check_name, normal_location
from emulator.errors import AzureError
from emulator.resource_types import GROUP_TYPE
from emulator.state import Resource
from emulator.values import same, text


class ResourceGroups(Handler):
    """Groups; the resource manager deletes their content before them."""

    type = GROUP_TYPE
    deletes_later = True
    needs_group = False
    has_location = True

    @override
    async def put(self, request: Put) -> Resource:
        """Create or tag a group."""
        name = request.id.name
        check_name(
            name,
            r"[-\w._()]{0,89}[-\w_()]",
            "InvalidResourceGroup" if len(name) <= 90 else "ResourceGroupNameTooLong",
            f"The provided resource group name '{name}' has these invalid characters or length. "
            "The name can only be a letter, digit, '-', '.', '(', ')' or '_', not end with a "
            "period, and have at most 90 characters.",
        )
        location = text(request.body, "location")
        existing = request.existing
        if existing and not same(text(existing.body, "location"), normal_location(location)):
            raise AzureError(
                409,
                "InvalidResourceGroupLocation",
                f"Invalid resource group location '{normal_location(location)}'. The Resource "
                f"group already exists in location '{text(existing.body, 'location')}'.",
            )
        body = self.new_body(request, {"provisioningState": "Succeeded"})
        return Resource(id=text(body, "id"), type=self.type, body=body)
