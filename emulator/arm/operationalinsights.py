"""Microsoft.OperationalInsights: workspaces, as places that diagnostic settings name."""

from typing_extensions import override

from emulator.arm.base import Handler, Put, check_name, stable_guid
from emulator.resource_types import WORKSPACE_TYPE
from emulator.state import Resource
from emulator.values import JsonObject, text


class Workspaces(Handler):
    """Log Analytics workspaces; they hold no logs."""

    type = WORKSPACE_TYPE
    has_location = True

    @override
    async def put(self, request: Put) -> Resource:
        """Create or change a workspace."""
        name = request.id.name
        check_name(
            name,
            r"[a-zA-Z0-9][a-zA-Z0-9-]{2,61}[a-zA-Z0-9]",
            "InvalidWorkspaceName",
            f"The workspace name '{name}' is invalid. It must have 4 to 63 letters, digits or '-', "
            "which must not be the first or the last character.",
        )
        properties: JsonObject = {"sku": {"name": "PerGB2018"}, "retentionInDays": 30}
        properties |= {k: v for k, v in request.properties.items() if v is not None}
        properties["customerId"] = stable_guid(request.id.text)
        properties["provisioningState"] = "Succeeded"
        body = self.new_body(request, properties)
        return Resource(id=text(body, "id"), type=self.type, body=body)
