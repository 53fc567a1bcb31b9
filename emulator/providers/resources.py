"""The life of one azure-native resource: created, read, changed and deleted through ARM."""

import asyncio
import json

from emulator.arm.base import Caller
from emulator.arm.manager import ResourceManager
from emulator.errors import AzureError
from emulator.providers import generic, schema
from emulator.providers.access_policy import AccessPolicies
from emulator.providers.arm_client import ArmClient, unchecked
from emulator.providers.grpc_errors import InitError, ProviderError
from emulator.providers.token_table import ACCESS_POLICY, GENERIC, SECRET, type_map
from emulator.providers.tokens import API_VERSION, TypeMap
from emulator.providers.vault_secret import Secrets
from emulator.providers.waiting import Sleep, Waiting
from emulator.providers.wire import Properties, bare_properties, mark_properties
from emulator.values import JsonObject, child, find, text

_ENDED_BADLY = ("failed", "canceled", "timedout")


class Resources:
    """What a session does with resources."""

    def __init__(
        self, manager: ResourceManager, caller: Caller, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._state = manager.cloud.state
        self._waiting = Waiting(lambda: self._state.settings, sleep)
        self._manager = manager
        self._caller = caller
        self.arm = ArmClient(manager, caller, self._waiting)
        self._policies = AccessPolicies(self.arm)
        self._secrets = Secrets(self.arm, self._waiting)

    def cancel(self) -> None:
        """Stop waiting for long runs."""
        self._waiting.cancel()

    async def create(
        self, token: str, inputs: Properties, timeout_seconds: float
    ) -> tuple[str, Properties]:
        """Create a resource that is not there yet; give its id and outputs."""
        kind = type_map(token)
        resource_id = kind.id(inputs, self._caller.subscription_id)
        if token == ACCESS_POLICY:
            return resource_id, await self._policies.create(resource_id, inputs)
        if token == GENERIC:
            self._check_generic(kind, resource_id)
        elif not kind.singleton:
            await self.arm.require_absent(resource_id)
        if token == SECRET:
            body = await self._secrets.create(kind, resource_id, inputs)
            return resource_id, _outputs(kind, body)
        return resource_id, await self._put(kind, resource_id, inputs, {}, timeout_seconds)

    async def update(
        self,
        token: str,
        resource_id: str,
        inputs: Properties,
        olds: Properties,
        timeout_seconds: float,
    ) -> Properties:
        """Change a resource and give its outputs."""
        if token == ACCESS_POLICY:
            return await self._policies.update(resource_id, inputs)
        return await self._put(type_map(token), resource_id, inputs, olds, timeout_seconds)

    async def read(self, token: str, resource_id: str, inputs: Properties) -> Properties | None:
        """Give a resource's outputs, or None when it is gone."""
        kind = type_map(token)
        if token == ACCESS_POLICY:
            return await self._policies.read(resource_id)
        if token == GENERIC:
            # An import has no inputs that say a version: it asks in that of the type itself.
            version = text(inputs, kind.version_input, default=kind.api_version)
            generic.require_version(self._state, resource_id, version)
        body = await self.arm.find(resource_id)
        return None if body is None else _outputs(kind, body)

    async def delete(self, token: str, resource_id: str, inputs: Properties) -> None:
        """Delete a resource; what cannot be deleted is set back."""
        kind = type_map(token)
        if token == ACCESS_POLICY:
            await self._policies.delete(resource_id, inputs)
        elif token == SECRET:
            await self._secrets.delete(resource_id, inputs)
        elif kind.singleton:
            await self.arm.put(resource_id, {}, kind.api_version)
        else:
            await self.arm.delete(resource_id)

    def preview(self, token: str, inputs: Properties, olds: Properties) -> Properties:
        """Give what outputs are known before the resource is created or changed.

        Of what Azure has told before, azure-native keeps the name and the location alone.
        """
        kind = type_map(token)
        outputs = schema.preview(token, inputs)
        child(outputs, "properties").pop(kind.write_only, None)
        outputs[API_VERSION] = kind.api_version
        outputs |= {name: olds[name] for name in ("name", "location") if name in olds}
        return mark_properties(outputs, inputs)

    def writable(
        self, token: str, inputs: Properties, olds: Properties, outputs: Properties
    ) -> tuple[Properties, Properties]:
        """Give the writable part of old and of new outputs, as a refresh compares them."""
        before = schema.project(token, bare_properties(olds))
        after = schema.project(token, outputs)
        for name in type_map(token).own_resources:
            # Set in one place only: as part of this resource or by resources of their own.
            if find(inputs, "properties", name) is None:
                for seen in (before, after):
                    child(seen, "properties").pop(name, None)
        return before, after

    def imported_inputs(self, token: str, resource_id: str, outputs: Properties) -> Properties:
        """Give the inputs of a resource that the engine sees for the first time."""
        return schema.project(token, outputs) | type_map(token).from_id(resource_id)

    async def group_location(self, group: str) -> str:
        """Give a resource group's location, or "" when the group is not there."""
        group_id = f"/subscriptions/{self._caller.subscription_id}/resourceGroups/{group}"
        found = self._manager.cloud.state.get(group_id)
        return text(found.body, "location") if found else ""

    def _check_generic(self, kind: TypeMap, resource_id: str) -> None:
        """Ask whether there is one in the version of the type itself, never in the caller's.

        https://github.com/pulumi/pulumi-azure-native/issues/4109
        """
        try:
            generic.require_version(self._state, resource_id, kind.api_version)
        except AzureError as exc:
            raise unchecked(resource_id, exc) from exc

    async def _put(
        self,
        kind: TypeMap,
        resource_id: str,
        inputs: Properties,
        olds: Properties,
        timeout_seconds: float,
    ) -> Properties:
        body, version = kind.to_body(inputs), kind.version(inputs)
        if kind.token == GENERIC:
            generic.require_version(self._state, resource_id, version)
        if kind.token == GENERIC and generic.left_out(inputs, olds):
            # Each of them would be a null, which the provider sends with PATCH alone.
            await self.arm.patch(resource_id, body, version)
        else:
            await self.arm.put(resource_id, body, version)
        end = self._manager.settled(resource_id)
        given_up = await self._waiting.until(end, timeout_seconds)
        answer = await self.arm.find(resource_id)
        reason = given_up or _failure(answer or {})
        if answer is None:
            raise ProviderError(reason or f"'{resource_id}' is gone again")
        if reason:
            raise InitError(resource_id, _outputs(kind, answer), reason)
        return _outputs(kind, answer)


def _outputs(kind: TypeMap, body: JsonObject) -> Properties:
    names = schema.output_names(kind.token)
    return {key: value for key, value in kind.to_outputs(body).items() if key in names}


def _failure(body: JsonObject) -> str:
    """Give what is made of the last answer to a poll, or "" when it ended well."""
    if text(body, "properties", "provisioningState").lower() not in _ENDED_BADLY:
        return ""
    document = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return f'Status=200 Message="{document}"'
