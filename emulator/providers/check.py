"""What azure-native fills into inputs: names, and the location of the resource group."""

import hashlib
import uuid
from collections.abc import Awaitable, Callable

from emulator.providers.token_table import ACCESS_POLICY
from emulator.providers.tokens import TypeMap
from emulator.providers.wire import UNKNOWN, Properties, Unknown, bare

_ALWAYS_DEFAULT = ("blobServicesName", "managementPolicyName")


async def with_defaults(
    kind: TypeMap,
    news: Properties,
    olds: Properties,
    seed: tuple[str, bytes],
    location_of: Callable[[str], Awaitable[str]],
) -> Properties:
    """Give the inputs with what was left out; `seed` is the URN and the engine's random bytes."""
    filled = dict(news)
    if kind.name_input not in filled and kind.token != ACCESS_POLICY:
        filled[kind.name_input] = _name(kind, olds, *seed)
    if kind.has_location and filled.get("location") is None:
        filled["location"] = await _location(kind, filled, olds, location_of)
    return {key: value for key, value in filled.items() if value is not None}


def _name(kind: TypeMap, olds: Properties, urn: str, seed: bytes) -> object:
    if kind.name_input in _ALWAYS_DEFAULT:
        return "default"
    if kind.name_input in olds:
        return olds[kind.name_input]
    if not seed:
        return UNKNOWN
    digest = hashlib.sha256(seed + urn.encode()).hexdigest()
    if kind.name_input == "roleAssignmentName":
        return str(uuid.UUID(digest[:32]))
    return urn.rsplit("::", 1)[-1] + digest[:8]


async def _location(
    kind: TypeMap,
    filled: Properties,
    olds: Properties,
    location_of: Callable[[str], Awaitable[str]],
) -> object:
    group = bare(filled.get("resourceGroupName"))
    if isinstance(group, Unknown):
        return UNKNOWN
    in_group = isinstance(group, str) and kind.name_input != "resourceGroupName"
    location = await location_of(group if in_group and isinstance(group, str) else "")
    # In a preview the group itself may not be there yet.
    return location or olds.get("location") or (UNKNOWN if in_group else None)
