"""The life of one azure-native resource: created, read, changed and deleted through ARM."""

import asyncio
import json

from emulator.arm.base import Caller
from emulator.arm.manager import ResourceManager
from emulator.errors import AzureError
from emulator.providers import generic, schema
from emulator.providers.arm_client import ArmClient, unchecked
from emulator.providers.grpc_errors import InitError
from emulator.providers.token_table import (
    ACCESS_POLICY,
    GENERIC,
    object_id,
    type_map,
    vault_of_policy,
)
from emulator.providers.tokens import TypeMap
from emulator.providers.wire import Properties, mark_properties
from emulator.state import State
from emulator.values import JsonObject, child, objects, text

_ENDED_BADLY = ("failed", "canceled", "timedout")


class Resources:
    """What a session does with resources."""

    def __init__(self, manager: ResourceManager, caller: Caller) -> None:
        self.arm = ArmClient(manager, caller)
        self._manager = manager
        self._caller = caller
        self._cancelled = asyncio.Event()

    def cancel(self) -> None:
        """Stop waiting for long runs."""
        self._cancelled.set()

    async def create(
        self, token: str, inputs: Properties, timeout_seconds: float
    ) -> tuple[str, Properties]:
        """Create a resource that is not there yet; give its id and outputs."""
        kind = type_map(token)
        resource_id = kind.id(inputs, self._caller.subscription_id)
        if token == ACCESS_POLICY:
            await self._refuse_second_policy(resource_id, inputs)
        elif token == GENERIC:
            self._check_generic(kind, resource_id)
        elif not kind.singleton:
            await self.arm.require_absent(resource_id)
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
        return await self._put(type_map(token), resource_id, inputs, olds, timeout_seconds)

    async def read(self, token: str, resource_id: str, inputs: Properties) -> Properties | None:
        """Give a resource's outputs, or None when it is gone."""
        kind = type_map(token)
        if token == ACCESS_POLICY:
            return await self._read_policy(kind, resource_id, inputs)
        if token == GENERIC:
            # An import has no inputs that say a version: it asks in that of the type itself.
            version = text(inputs, kind.version_input, default=kind.api_version)
            generic.require_version(self._state, resource_id, version)
        body = await self.arm.find(resource_id)
        return None if body is None else _outputs(kind, body)

    async def delete(self, token: str, resource_id: str, inputs: Properties) -> None:
        """Delete a resource; what cannot be deleted is set back."""
        kind = type_map(token)
        try:
            if token == ACCESS_POLICY:
                await self._change_policy(resource_id, inputs, "remove")
            elif kind.singleton:
                await self._manager.put(resource_id, {}, self._caller, kind.api_version)
            else:
                await self._manager.delete(resource_id, self._caller)
        except AzureError as exc:
            if exc.status != 404:
                raise

    def preview(self, token: str, inputs: Properties, olds: Properties) -> Properties:
        """Give what outputs are known before the resource is created or changed.

        Of what Azure has told before, azure-native keeps the name and the location alone.
        """
        kind = type_map(token)
        outputs = schema.preview(token, inputs)
        child(outputs, "properties").pop(kind.write_only, None)
        outputs["azureApiVersion"] = kind.api_version
        outputs |= {name: olds[name] for name in ("name", "location") if name in olds}
        return mark_properties(outputs, inputs)

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

    @property
    def _state(self) -> State:
        return self._manager.cloud.state

    async def _put(
        self,
        kind: TypeMap,
        resource_id: str,
        inputs: Properties,
        olds: Properties,
        timeout_seconds: float,
    ) -> Properties:
        if kind.token == ACCESS_POLICY:
            await self._change_policy(resource_id, inputs, "add")
            outputs = await self._read_policy(kind, resource_id, inputs)
            assert outputs is not None
            return outputs
        body, version = kind.to_body(inputs), kind.version(inputs)
        if kind.token == GENERIC:
            generic.require_version(self._state, resource_id, version)
        if kind.token == GENERIC and generic.left_out(inputs, olds):
            # Each of them would be a null, which the provider sends with PATCH alone.
            answer = await self.arm.patch(resource_id, body, version)
        else:
            answer = await self.arm.put(resource_id, body, version)
        reason = await self._wait(resource_id, timeout_seconds)
        answer = await self.arm.find(resource_id) or answer
        outputs = _outputs(kind, answer)
        reason = reason or _failure(answer)
        if reason:
            raise InitError(resource_id, outputs, reason)
        return outputs

    async def _wait(self, resource_id: str, timeout_seconds: float) -> str:
        """Wait for the end of a long-running operation; give why it was given up, or ""."""
        settled = asyncio.ensure_future(self._manager.settled(resource_id))
        cancelled = asyncio.ensure_future(self._cancelled.wait())
        try:
            done, _ = await asyncio.wait(
                (settled, cancelled),
                timeout=timeout_seconds or None,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            cancelled.cancel()
        if settled in done:
            settled.result()
            return ""
        settled.cancel()
        return "context canceled" if cancelled in done else "context deadline exceeded"

    async def _refuse_second_policy(self, policy_id: str, inputs: Properties) -> None:
        if await self._read_policy(type_map(ACCESS_POLICY), policy_id, inputs) is not None:
            subject = text(inputs, "policy", "objectId")
            raise AzureError(409, "Conflict", f"access policy for {subject} already exists")

    async def _change_policy(self, policy_id: str, inputs: Properties, change: str) -> None:
        path = f"{vault_of_policy(policy_id)}/accessPolicies/{change}"
        body: JsonObject = {"properties": {"accessPolicies": [child(inputs, "policy")]}}
        version = type_map(ACCESS_POLICY).api_version
        await self._manager.put(path, body, self._caller, version)

    async def _read_policy(
        self, kind: TypeMap, policy_id: str, inputs: Properties
    ) -> Properties | None:
        try:
            vault = await self._manager.get(vault_of_policy(policy_id))
        except AzureError as exc:
            if exc.status == 404 and not exc.code.startswith("ResourceGroup"):
                return None
            raise
        wanted = object_id(child(inputs, "policy"))
        for policy in objects(vault, "properties", "accessPolicies"):
            if object_id(policy) == wanted:
                return kind.from_id(policy_id) | {"policy": policy}
        return None


def _outputs(kind: TypeMap, body: JsonObject) -> Properties:
    names = schema.output_names(kind.token)
    return {key: value for key, value in kind.to_outputs(body).items() if key in names}


def _failure(body: JsonObject) -> str:
    state = text(body, "properties", "provisioningState")
    status = text(body, "properties", "response", "status")
    bad = next((s for s in (status, state) if s.lower() in _ENDED_BADLY), "")
    if not bad:
        return ""
    details = {
        "status": bad,
        "pipelineRunErrorMessage": text(body, "properties", "response", "pipelineRunErrorMessage"),
    }
    info = json.dumps([details], ensure_ascii=False)
    return f'Code="{bad}" Message="The async operation failed." AdditionalInfo={info}'
