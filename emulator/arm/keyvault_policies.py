"""Microsoft.KeyVault: the access policies of a vault, and since when each is there."""

import re
import time

from typing_extensions import override

from emulator.arm.base import Handler, Put, check_choice
from emulator.errors import AzureError
from emulator.resource_types import ACCESS_POLICY_TYPE
from emulator.state import Resource
from emulator.values import JsonObject, child, number, objects, text

GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


class AccessPolicies(Handler):
    """The sub-resource by which single policies of a vault are added, replaced and removed."""

    type = ACCESS_POLICY_TYPE

    @override
    async def put(self, request: Put) -> Resource:
        """Change the vault's policies and answer with those that were given."""
        kind = request.id.name.lower()
        check_choice(kind, ("add", "replace", "remove"), "operationKind")
        vault = self.cloud.state.require(request.id.parent)
        given = objects(request.properties, "accessPolicies")
        for policy in given:
            check_policy(policy)
        subjects = {text(policy, "objectId").lower() for policy in given}
        kept = [
            policy
            for policy in objects(vault.properties, "accessPolicies")
            if text(policy, "objectId").lower() not in subjects
        ]
        policies = kept if kind == "remove" else kept + given
        vault.private = granted(vault, policies)
        vault.properties["accessPolicies"] = policies
        self.cloud.state.put(vault)
        body: JsonObject = {
            "id": f"{vault.id}/accessPolicies/",
            "type": self.type,
            "location": text(vault.body, "location"),
            "properties": {"accessPolicies": given},
        }
        return Resource(id="", type=self.type, body=body)


def granted(vault: Resource | None, policies: list[JsonObject]) -> JsonObject:
    """Give since when each principal has had its policy; one that is new or other, from now."""
    before = objects(vault.properties, "accessPolicies") if vault else []
    known = child(vault.private, "granted") if vault else {}
    times: JsonObject = {}
    for policy in policies:
        subject = text(policy, "objectId").lower()
        times[subject] = number(known, subject) if policy in before else time.time()
    return {"granted": times}


def check_policy(policy: JsonObject) -> None:
    """Refuse a policy that is for nobody."""
    for key in ("objectId", "tenantId"):
        if not re.fullmatch(GUID, text(policy, key)):
            message = f"An invalid value was provided for 'accessPolicies.{key}'."
            raise AzureError(400, "BadRequest", message)
