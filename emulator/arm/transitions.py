"""States on the way: what Azure accepts at once and finishes later, where the settings say so."""

import asyncio
from collections.abc import Awaitable, Callable

from emulator.errors import AzureError
from emulator.resource_types import GROUP_TYPE
from emulator.state import Resource, State
from emulator.values import same, text

DELETING = "Deleting"
SUCCEEDED = "Succeeded"
_STATE = "provisioningState"


class Transitions:
    """The resources that are on their way to another state."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def is_on(self) -> bool:
        """Tell whether the settings ask for states on the way."""
        return self._state.settings.states_seconds > 0

    def begin(self, resource: Resource, name: str, end: Callable[[], Awaitable[None]]) -> None:
        """Show a state for as long as the settings say, then do what ends it."""
        key = resource.id.lower()
        resource.properties[_STATE] = name
        self._state.put(resource)

        async def finish() -> None:
            await asyncio.sleep(self._state.settings.states_seconds)
            self._tasks.pop(key, None)
            await end()

        if (before := self._tasks.pop(key, None)) is not None:
            before.cancel()
        self._tasks[key] = asyncio.create_task(finish())

    async def wait(self, resource_id: str) -> None:
        """Wait for the end of a resource's way."""
        task = self._tasks.get(resource_id.lower().rstrip("/"))
        if task is not None:
            await asyncio.wait([task])

    def is_going_on(self, resource_id: str) -> bool:
        """Tell whether a resource is on its way."""
        return resource_id.lower().rstrip("/") in self._tasks

    def succeed(self, resource: Resource) -> None:
        """End the way of a resource that is still there."""
        found = self._state.get(resource.id)
        if found is not None and text(found.properties, _STATE) not in (DELETING, SUCCEEDED):
            found.properties[_STATE] = SUCCEEDED
            self._state.put(found)

    async def stop(self) -> None:
        """End what is on its way; a start takes it up again."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._tasks.clear()


def is_going(resource: Resource) -> bool:
    """Tell whether a resource is being deleted."""
    return text(resource.properties, _STATE) == DELETING


def require_staying(resource: Resource) -> None:
    """Refuse to put anything into a group that is being deleted."""
    if same(resource.type, GROUP_TYPE) and is_going(resource):
        raise AzureError(
            409,
            "ResourceGroupBeingDeleted",
            f"The resource group '{resource.name}' is in deprovisioning state and cannot perform "
            "this operation.",
        )
