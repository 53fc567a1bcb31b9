"""Resource Manager: finds the handler of a request, and adds what holds for every type."""

import asyncio
from collections import Counter
from functools import partial

from emulator.arm.base import Caller, Cloud, Handler, Put
from emulator.arm.catalog import Catalog
from emulator.arm.ids import ResourceId, parse
from emulator.arm.tenants import claim, require_own_principals, require_tenant
from emulator.arm.transitions import DELETING, Transitions, is_going, require_staying
from emulator.errors import AzureError
from emulator.resource_types import (
    ASSIGNMENT_TYPE,
    GROUP_TYPE,
    REGISTRY_TYPE,
    VAULT_TYPE,
)
from emulator.state import Resource, not_found
from emulator.values import JsonObject, child, same, text

_READ_BY_TRIGGERS = (VAULT_TYPE, ASSIGNMENT_TYPE)


class ResourceManager:
    """The one door to the handlers, for the provider and for REST alike."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.calls: Counter[str] = Counter()  # "VERB type" -> number of calls
        self.transitions = Transitions(cloud.state)
        self._catalog = Catalog(cloud)

    def admit(self, resource_id: str, caller: Caller) -> None:
        """Refuse a caller of another tenant than that of the subscription of an id."""
        require_tenant(self.cloud.state, resource_id, caller)

    async def get(self, resource_id: str) -> JsonObject:
        """Give a resource's body."""
        rid = parse(resource_id)
        handler = self._catalog.handler(rid.type)
        await self._enter("GET", handler.type, rid.text)
        return handler.built_in(rid) or self._require(rid).body

    def exists(self, resource_id: str) -> bool:
        """Tell whether a resource is there."""
        self.calls[f"GET {self._catalog.handler(parse(resource_id).type).type}"] += 1
        return self.cloud.state.get(resource_id) is not None

    def availability(self, type_: str, name: str) -> JsonObject:
        """Tell whether a new resource of a type could have a name."""
        try:
            self._catalog.handler(type_).admit_name(name)
        except AzureError as refusal:
            reason = "AlreadyExists" if refusal.status == 409 else "AccountNameInvalid"
            return {"nameAvailable": False, "reason": reason, "message": refusal.message}
        return {"nameAvailable": True}

    def created_status(self, resource_id: str) -> int:
        """Give the HTTP status with which a PUT answers: for a new resource its type's."""
        if self.cloud.state.get(resource_id) is not None:
            return 200
        return self._catalog.handler(parse(resource_id).type).created_status

    async def children(self, scope: str, type_: str, filter_: str = "") -> list[JsonObject]:
        """Give the bodies of a type's resources under a scope."""
        handler = self._catalog.handler(type_)
        await self._enter("LIST", handler.type, scope)
        if "/resourcegroups/" in f"{scope.lower()}/":
            self._check_scope(scope)
        return handler.listed(scope, filter_)

    async def put(
        self, resource_id: str, body: JsonObject, caller: Caller, api_version: str
    ) -> JsonObject:
        """Create or replace a resource and give the answer's body; a long run may still go on."""
        rid = parse(resource_id)
        self.admit(rid.text, caller)
        handler = self._catalog.handler(rid.type)
        await self._enter("PUT", handler.type, rid.text)
        self._check_parents(rid, handler)
        group = self.cloud.state.get(rid.group_id)
        if group is not None:
            require_staying(group)
        require_own_principals(self.cloud.state, handler.type, body, caller)
        existing = self.cloud.state.get(rid.text)
        if handler.has_location and not text(body, "location"):
            raise AzureError(
                400,
                "LocationRequired",
                "The location property is required for this definition.",
            )
        _check_location(body, existing)
        resource = await handler.put(Put(rid, body, existing, caller, api_version))
        if resource.id:
            self.cloud.state.put(resource)
            claim(self.cloud.state, resource.id, caller.tenant_id)
            await handler.stored(resource, is_new=existing is None)
            if handler.first_state and existing is None and self.transitions.is_on():
                self._begin(resource, handler.first_state)
        if handler.type.startswith(_READ_BY_TRIGGERS):
            self.cloud.worker.access_changed()
        if not resource.id:
            return resource.body
        return resource.body if existing else handler.created_view(resource)

    async def patch(
        self, resource_id: str, body: JsonObject, caller: Caller, api_version: str
    ) -> JsonObject:
        """Change a part of a resource."""
        rid = parse(resource_id)
        handler = self._catalog.handler(rid.type)
        if not handler.can_patch:
            await self._enter("PATCH", handler.type, rid.text)
            raise AzureError(
                405,
                "MethodNotAllowed",
                f"The resource type {handler.type} has no operation 'PATCH'.",
            )
        existing = self._require(rid)
        merged = _merge(existing.body, body)
        if "tags" in body:
            merged["tags"] = body["tags"]
        return await self.put(resource_id, merged, caller, api_version)

    async def settled(self, resource_id: str) -> JsonObject:
        """Wait for the end of what a PUT began, and give the body."""
        await self.transitions.wait(resource_id)
        resource = self._require(parse(resource_id))
        await self._catalog.handler(resource.type).settled(resource)
        return self._require(parse(resource_id)).body

    async def delete(self, resource_id: str, caller: Caller) -> bool:
        """Delete a resource with all that lies under it; tell whether it was there."""
        rid = parse(resource_id)
        self.admit(rid.text, caller)
        handler = self._catalog.handler(rid.type)
        await self._enter("DELETE", handler.type, rid.text)
        resource = self.cloud.state.get(rid.text)
        if resource is None:
            return False
        if handler.deletes_later and self.transitions.is_on():
            if not is_going(resource):
                end = partial(self._remove, resource, caller)
                self.transitions.begin(resource, DELETING, end)
            return True
        await self._remove(resource, caller)
        return True

    async def finish(self, caller: Caller) -> None:
        """Bring to their end the states on the way that an earlier emulator has left."""
        for type_ in (REGISTRY_TYPE, VAULT_TYPE, GROUP_TYPE):
            for resource in self.cloud.state.list(type_):
                if is_going(resource):
                    await self._remove(resource, caller)
                else:
                    self.transitions.succeed(resource)

    async def _remove(self, resource: Resource, caller: Caller) -> None:
        if same(resource.type, GROUP_TYPE):
            for item in self._tops(resource):
                await self._catalog.handler(item.type).delete(item, caller)
                self.cloud.state.remove(item.id)
        await self._catalog.handler(resource.type).delete(resource, caller)
        self.cloud.state.remove(resource.id)

    def _begin(self, resource: Resource, name: str) -> None:
        async def end() -> None:
            self.transitions.succeed(resource)

        self.transitions.begin(resource, name, end)

    async def action(
        self, resource_id: str, name: str, body: JsonObject, caller: Caller
    ) -> JsonObject:
        """Carry out a POST action."""
        rid = parse(resource_id)
        self.admit(rid.text, caller)
        handler = self._catalog.handler(rid.type)
        if name.lower() not in (known.lower() for known in handler.actions):
            raise AzureError(
                404,
                "InvalidResourceType",
                f"The emulator's resource type '{handler.type}' does not have the action '{name}'.",
            )
        await self._enter(name, handler.type, rid.text)
        return await handler.action(self._require(rid), name, body, caller)

    def _tops(self, group: Resource) -> list[Resource]:
        """Give what lies in a group, but not what lies in something else there."""
        content = self.cloud.state.under(group.id)
        ids = {item.id.lower() for item in content}
        return [item for item in content if not _has_ancestor(item.id.lower(), ids)]

    async def _enter(self, verb: str, type_: str, resource_id: str) -> None:
        self.calls[f"{verb} {type_}"] += 1
        settings = self.cloud.state.settings
        delay = settings.latency(verb, type_)
        if delay:
            await asyncio.sleep(delay)
        fault = settings.take_fault(verb, type_, resource_id)
        if fault:
            self.cloud.state.save()
            raise AzureError(fault.status, fault.code, fault.message)

    def _require(self, rid: ResourceId) -> Resource:
        if same(rid.type, GROUP_TYPE):
            return self.cloud.state.require(rid.text)
        if rid.group:
            self._check_scope(rid.group_id)
        return self.cloud.state.require(rid.text)

    def _check_parents(self, rid: ResourceId, handler: Handler) -> None:
        if rid.group and not same(rid.type, GROUP_TYPE):
            self._check_scope(rid.group_id)
        elif handler.needs_group:
            raise AzureError(
                400,
                "MissingResourceGroup",
                f"The resource '{rid.text}' of type {handler.type} lies in no resource group.",
            )
        if rid.parent and self.cloud.state.get(rid.parent) is None:
            parent = parse(rid.parent)
            raise AzureError(
                404,
                "ParentResourceNotFound",
                f"Failed to perform 'write' on resource(s) of type '{rid.type.split('/', 1)[1]}', "
                f"because the parent resource '{rid.parent}' could not be found."
                if same(rid.scope, parent.scope)
                else f"The parent resource '{rid.parent}' could not be found.",
            )

    def _check_scope(self, scope: str) -> None:
        parts = scope.strip("/").split("/")
        group_id = "/" + "/".join(parts[:4])
        if self.cloud.state.get(group_id) is None:
            raise not_found(group_id)


def _has_ancestor(resource_id: str, ids: set[str]) -> bool:
    parts = resource_id.split("/")
    return any("/".join(parts[:end]) in ids for end in range(len(parts) - 1, 4, -1))


def _check_location(body: JsonObject, existing: Resource | None) -> None:
    if existing is None or same(existing.type, GROUP_TYPE) or not text(body, "location"):
        return
    old = text(existing.body, "location")
    new = text(body, "location").replace(" ", "").lower()
    if old and old != new:
        raise AzureError(
            409,
            "InvalidResourceLocation",
            f"The resource '{existing.name}' already exists in location '{old}' in resource group "
            f"'{parse(existing.id).group}'. A resource with the same name cannot be created in "
            f"location '{new}'. Please select a new resource name.",
        )


def _merge(old: JsonObject, new: JsonObject) -> JsonObject:
    merged = dict(old)
    for key, value in new.items():
        merged[key] = (
            _merge(child(old, key), value)
            if isinstance(value, dict) and isinstance(old.get(key), dict)
            else value
        )
    return merged
