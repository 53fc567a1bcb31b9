"""Microsoft.KeyVault: secrets; each PUT makes a version, and a deleted one keeps its name."""

import re
import secrets
import time

from typing_extensions import override

from emulator.arm.base import Caller, Handler, Put, check_name
from emulator.arm.vault_access import require_right
from emulator.errors import AzureError
from emulator.resource_types import SECRET_TYPE, VAULT_TYPE
from emulator.state import Resource, State
from emulator.values import JsonObject, child, number, objects, text

DELETED_SECRET_TYPE = f"{VAULT_TYPE}/deletedSecrets"


class Secrets(Handler):
    """Secrets through Resource Manager, which never gives their values back."""

    type = SECRET_TYPE

    @override
    async def put(self, request: Put) -> Resource:
        """Create a secret or a new version of it."""
        vault = self.cloud.state.require(request.id.parent)
        check_object_name(request.id.name)
        if not text(request.properties, "value"):
            raise AzureError(400, "BadRequest", "The parameter 'value' is not specified.")
        return new_version(
            self.cloud.state,
            vault,
            request.id.name,
            request.properties,
            tags=child(request.body, "tags"),
        )

    @override
    async def delete(self, resource: Resource, caller: Caller) -> None:
        """Keep the secret's name taken; the provider deletes at the vault's own address."""
        vault = self.cloud.state.require(resource.id.rpartition("/secrets/")[0])
        require_right(self.cloud.state, vault, f"secrets/{resource.name}", caller, "delete")
        deleted_id = re.sub(r"(?i)/secrets/", "/deletedSecrets/", resource.id)
        self.cloud.state.put(
            Resource(deleted_id, DELETED_SECRET_TYPE, dict(resource.body), resource.private)
        )


def recover(state: State, vault: Resource, name: str, caller: Caller) -> bool:
    """Bring a deleted secret back for whom may see it; tell whether there was one to be seen."""
    deleted = state.get(f"{vault.id}/deletedSecrets/{name}")
    try:
        require_right(state, vault, f"secrets/{name}", caller, "get")
    except AzureError:
        return False
    if deleted is None:
        return False
    require_right(state, vault, f"secrets/{name}", caller, "recover")
    state.remove(deleted.id)
    state.put(Resource(f"{vault.id}/secrets/{name}", SECRET_TYPE, deleted.body, deleted.private))
    return True


def check_object_name(name: str) -> None:
    """Refuse a name outside the rule for secrets and keys."""
    check_name(
        name,
        r"[a-zA-Z0-9-]{1,127}",
        "BadParameter",
        f"The request URI contains an invalid name: {name}",
    )


def find_version(state: State, object_id: str, version: str) -> JsonObject | None:
    """Give a version of a secret or a key, the newest one if none is named."""
    found = state.get(object_id)
    for entry in reversed(objects(found.private, "versions") if found else []):
        if version in ("", text(entry, "id")):
            return entry
    return None


def new_version(
    state: State, vault: Resource, name: str, properties: JsonObject, *, tags: JsonObject
) -> Resource:
    """Give the secret with one more version, not yet kept."""
    resource_id = f"{vault.id}/secrets/{name}"
    if state.get(f"{vault.id}/deletedSecrets/{name}"):
        raise AzureError(
            409,
            "Conflict",
            f"Secret {name} is currently in a deleted but recoverable state, and its name cannot "
            "be reused; in this state, the secret can only be recovered or purged.",
        )
    old = state.get(resource_id)
    versions = objects(old.private, "versions") if old else []
    version = secrets.token_hex(16)
    uri = f"{text(vault.properties, 'vaultUri')}secrets/{name}"
    now = int(time.time())
    attributes: JsonObject = {"enabled": True} | child(properties, "attributes")
    attributes |= {"created": now, "updated": now}
    entry: JsonObject = {
        "id": version,
        "value": text(properties, "value"),
        "expires": number(attributes, "exp") or None,
        "notBefore": number(attributes, "nbf") or None,
        "enabled": attributes["enabled"],
        "contentType": text(properties, "contentType"),
        "created": now,
        "tags": tags,
    }
    shown: JsonObject = {
        "attributes": attributes,
        "secretUri": uri,
        "secretUriWithVersion": f"{uri}/{version}",
    }
    if text(properties, "contentType"):
        shown["contentType"] = text(properties, "contentType")
    body: JsonObject = {
        "id": resource_id,
        "name": name,
        "type": SECRET_TYPE,
        "location": text(vault.body, "location"),
        "properties": shown,
    }
    if tags:
        body["tags"] = tags
    return Resource(resource_id, SECRET_TYPE, body, {"versions": [*versions, entry]})
