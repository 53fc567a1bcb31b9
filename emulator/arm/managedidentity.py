"""Microsoft.ManagedIdentity: user-assigned identities."""

import time
import uuid

from typing_extensions import override

from emulator.arm.base import Handler, Put, check_name, system_data
from emulator.resource_types import IDENTITY_TYPE
from emulator.state import Resource
from emulator.values import JsonObject, text


class UserAssignedIdentities(Handler):
    """Identities; a new one gets a new principal even when its name was used before."""

    type = IDENTITY_TYPE
    has_location = True

    @override
    async def put(self, request: Put) -> Resource:
        """Create or tag an identity."""
        name = request.id.name
        check_name(
            name,
            r"[a-zA-Z0-9][a-zA-Z0-9\-_]{2,127}",
            "InvalidIdentityName",
            f"The identity name '{name}' is invalid. The name must start with a letter or number, "
            "consist of letters, numbers, '-' and '_' and have a length of 3 to 128 characters.",
        )
        existing = request.existing
        properties: JsonObject = (
            dict(existing.properties)
            if existing
            else {
                "tenantId": request.caller.tenant_id,
                "principalId": str(uuid.uuid4()),
                "clientId": str(uuid.uuid4()),
            }
        )
        body = self.new_body(request, properties)
        body["systemData"] = system_data(existing, request.caller)
        private: JsonObject = existing.private if existing else {"created": time.time()}
        return Resource(id=text(body, "id"), type=self.type, body=body, private=private)
