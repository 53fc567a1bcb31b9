"""The provider's requests to Resource Manager, and what it makes of their refusals."""

import json
from collections.abc import Awaitable, Callable
from typing import TypeVar

from emulator.arm.base import Caller
from emulator.arm.manager import ResourceManager
from emulator.errors import AzureError
from emulator.providers.grpc_errors import ProviderError
from emulator.providers.waiting import Waiting
from emulator.values import JsonObject

_PAUSES_SECONDS = (20, 60, 120)
_PASSING = (408, 429, 500, 502, 503, 504)
T = TypeVar("T")


class ArmClient:
    """One caller's way to one cloud; what passes by itself is tried again."""

    def __init__(self, manager: ResourceManager, caller: Caller, waiting: Waiting) -> None:
        self.manager = manager
        self.caller = caller
        self._waiting = waiting

    async def get(self, resource_id: str) -> JsonObject:
        """Give a resource's body."""
        self.manager.admit(resource_id, self.caller)
        return await self._tried(lambda: self.manager.get(resource_id))

    async def find(self, resource_id: str) -> JsonObject | None:
        """Give a resource's body, or None when it is not there."""
        try:
            return await self.get(resource_id)
        except AzureError as exc:
            if exc.status != 404:
                raise
            return None

    async def put(self, resource_id: str, body: JsonObject, api_version: str) -> JsonObject:
        """Create or replace a resource."""
        return await self._tried(
            lambda: self.manager.put(resource_id, body, self.caller, api_version)
        )

    async def patch(self, resource_id: str, body: JsonObject, api_version: str) -> JsonObject:
        """Change a part of a resource."""
        return await self._tried(
            lambda: self.manager.patch(resource_id, body, self.caller, api_version)
        )

    async def delete(self, resource_id: str) -> None:
        """Delete a resource; one that is gone is deleted well."""
        await self._tried(lambda: self.manager.delete(resource_id, self.caller))
        transitions = self.manager.transitions
        if transitions.is_going_on(resource_id):
            given_up = await self._waiting.until(transitions.wait(resource_id), timeout_seconds=0)
            if given_up:
                raise ProviderError(given_up)

    async def action(self, resource_id: str, name: str, body: JsonObject) -> JsonObject:
        """Carry out a POST action."""
        return await self._tried(lambda: self.manager.action(resource_id, name, body, self.caller))

    async def require_absent(self, resource_id: str) -> None:
        """Refuse to create what is there, or what Azure does not tell about."""
        try:
            found = await self.find(resource_id)
        except AzureError as exc:
            raise unchecked(resource_id, exc) from exc
        if found is not None:
            raise ProviderError(f"cannot create already existing resource '{resource_id}'")

    async def _tried(self, request: Callable[[], Awaitable[T]]) -> T:
        for seconds in _PAUSES_SECONDS:
            try:
                return await request()
            except AzureError as exc:
                if exc.status not in _PASSING and exc.code != "AnotherOperationInProgress":
                    raise
            await self._waiting.pause(seconds)
        return await request()


def unchecked(resource_id: str, refusal: AzureError) -> ProviderError:
    """Say that the check before a create was refused."""
    body = json.dumps(refusal.body(), separators=(",", ":"))
    return ProviderError(
        f"cannot check existence of resource '{resource_id}': status code {refusal.status}, {body}"
    )
