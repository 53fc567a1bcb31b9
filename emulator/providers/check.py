"""What azure-native fills into inputs: names, and the location of the resource group."""

import hashlib
import uuid
from collections.abc import Awaitable, Callable

from emulator.providers.diff import CREATE_FIRST
from emulator.providers.token_table import ACCESS_POLICY
from emulator.providers.tokens import API_VERSION, TypeMap
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
        filled |= _name(kind, olds, *seed)
    if kind.has_location and filled.get("location") is None:
        filled["location"] = await _location(kind, filled, olds, location_of)
    return {key: value for key, value in filled.items() if value is not None}


def with_version(kind: TypeMap, news: Properties) -> Properties:
    """Note the API version among the inputs: an SDK with another one shows an update."""
    return news if kind.token == ACCESS_POLICY else {API_VERSION: kind.api_version, **news}


def _name(kind: TypeMap, olds: Properties, urn: str, seed: bytes) -> Properties:
    """Give a name; beside a random one it is noted that two of them can stand together."""
    name = kind.name_input
    logical_name = urn.rsplit("::", 1)[-1]
    if name in _ALWAYS_DEFAULT:
        return {name: "default"}
    if name in olds:
        return {key: olds[key] for key in (name, CREATE_FIRST) if key in olds}
    if kind.is_child:
        return {name: logical_name}
    if not seed:
        return {name: UNKNOWN}
    digest = hashlib.sha256(seed + urn.encode()).hexdigest()
    is_guid = name == "roleAssignmentName"
    chosen = str(uuid.UUID(digest[:32])) if is_guid else logical_name + digest[:8]
    return {name: chosen, CREATE_FIRST: True}


async def _location(
    kind: TypeMap,
    filled: Properties,
    olds: Properties,
    location_of: Callable[[str], Awaitable[str]],
) -> object:
    if olds.get("location"):
        return olds["location"]
    group = bare(filled.get("resourceGroupName"))
    if isinstance(group, Unknown):
        return UNKNOWN
    in_group = isinstance(group, str) and kind.name_input != "resourceGroupName"
    location = await location_of(group if in_group and isinstance(group, str) else "")
    # In a preview the group itself may not be there yet.
    return location or (UNKNOWN if in_group else None)
