"""The frame of a resource type's handler, and what handlers share."""

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from emulator.arm.ids import ResourceId
from emulator.errors import AzureError
from emulator.services import Blobs, Registries, Worker
from emulator.state import Resource, State
from emulator.values import JsonObject, child, same, text

WRITABLE_FIELDS = ("location", "tags", "identity", "sku", "kind", "managedBy", "extendedLocation")


@dataclass(frozen=True)
class Caller:
    """Who calls: an application of a tenant, working in a subscription."""

    subscription_id: str
    tenant_id: str
    client_id: str

    @property
    def object_id(self) -> str:
        """Give the object id of the application in its tenant."""
        return stable_guid("object", self.tenant_id, self.client_id)


@dataclass
class Cloud:
    """What handlers work on."""

    state: State
    blobs: Blobs
    registries: Registries
    worker: Worker
    front_url: str  # "https://127.0.0.1:PORT"


@dataclass(frozen=True)
class Put:
    """A request to create or change a resource."""

    id: ResourceId
    body: JsonObject
    existing: Resource | None
    caller: Caller
    api_version: str

    @property
    def properties(self) -> JsonObject:
        """Give the body's properties."""
        return child(self.body, "properties")


class Handler:
    """What Azure does with one type of resource."""

    type = ""
    listed_type = ""  # under which a subscription lists them, where that is another
    actions: tuple[str, ...] = ()
    created_status = 201  # of the answer to a PUT that creates
    first_state = ""  # in which a new resource is for a while
    deletes_later = False  # whether a DELETE is accepted first and carried out afterwards
    can_patch = True
    needs_group = True  # whether the id lies in a resource group that must exist
    has_location = False  # whether it has a location of its own, which must be said

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    async def put(self, request: Put) -> Resource:
        """Check the request and give the resource as it shall be kept."""
        raise NotImplementedError

    def built_in(self, rid: ResourceId) -> JsonObject | None:
        """Give the body of a resource that is there without having been made."""

    async def stored(self, resource: Resource, *, is_new: bool) -> None:
        """Do what follows once the resource is kept."""

    def listed(self, scope: str, filter_: str) -> list[JsonObject]:
        """Give the bodies of the type's resources under a scope, of those that a filter names."""
        if filter_:
            raise AzureError(
                400, "InvalidFilter", f"The emulator's {self.type} does not know '{filter_}'."
            )
        return [resource.body for resource in self.cloud.state.list(self.type, scope)]

    async def delete(self, resource: Resource, caller: Caller) -> None:
        """Undo what lies beneath; the resource is forgotten afterwards."""

    async def settled(self, resource: Resource) -> None:
        """Wait until a long-running create or update of the resource has ended."""

    async def action(
        self, resource: Resource, name: str, body: JsonObject, caller: Caller
    ) -> JsonObject:
        """Answer one of the type's POST actions."""
        raise NotImplementedError

    def created_view(self, resource: Resource) -> JsonObject:
        """Give what the answer to a create shows."""
        return resource.body

    def admit_name(self, name: str, own_id: str = "") -> None:
        """Refuse a name that a new resource, or the one of an ID, cannot have; here none is."""

    def refuse_taken_name(self, name: str, own_id: str, code: str, message: str) -> None:
        """Refuse a name that another resource of the type has, wherever in the world it lies."""
        for other in self.cloud.state.list(self.type):
            if same(other.name, name) and not same(other.id, own_id):
                raise AzureError(409, code, message)

    def new_body(self, request: Put, properties: JsonObject) -> JsonObject:
        """Give a body with the request's own fields, those of the system, and the properties."""
        existing = request.existing
        body: JsonObject = {
            "id": existing.id if existing else request.id.text,
            "name": existing.name if existing else request.id.name,
            "type": self.type,
        }
        for name in WRITABLE_FIELDS:
            if request.body.get(name) is not None:
                body[name] = request.body[name]
        if isinstance(body.get("location"), str):
            body["location"] = normal_location(text(body, "location"))
        body["properties"] = properties
        return body


def check_name(name: str, pattern: str, code: str, message: str) -> None:
    """Refuse a name outside its type's rule."""
    if not re.fullmatch(pattern, name):
        raise AzureError(400, code, message)


def check_choice(value: str, choices: tuple[str, ...], parameter: str) -> None:
    """Refuse a value that the API has no word for."""
    if value and value not in choices:
        raise AzureError(
            400,
            "InvalidRequestPropertyValue",
            f"The value '{value}' is not allowed for property {parameter}. "
            f"Allowed values are: {', '.join(choices)}.",
        )


def normal_location(location: str) -> str:
    """Give a location as Azure answers it: "West Europe" becomes "westeurope"."""
    return location.replace(" ", "").lower()


def stable_guid(*parts: str) -> str:
    """Give the same GUID for the same parts."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(part.lower() for part in parts)))


def timestamp() -> str:
    """Give the present moment as Azure writes it."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def system_data(existing: Resource | None, caller: Caller) -> JsonObject:
    """Give who created and who last changed a resource."""
    now = timestamp()
    old = child(existing.body, "systemData") if existing else {}
    return {
        "createdBy": caller.client_id,
        "createdByType": "Application",
        "createdAt": text(old, "createdAt", default=now),
        "lastModifiedBy": caller.client_id,
        "lastModifiedByType": "Application",
        "lastModifiedAt": now,
    }
