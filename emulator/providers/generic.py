"""The generic resource of azure-native: a pipeline by its path, in a chosen API version."""

import re

from emulator.arm import api_versions
from emulator.arm.ids import parse
from emulator.errors import EmulatorError
from emulator.providers.failure import Failure
from emulator.providers.token_table import GENERIC, type_map
from emulator.providers.wire import Properties, has_unknown
from emulator.resource_types import REGISTRY_TYPE
from emulator.state import State
from emulator.values import child

_PIPELINES = ("exportPipelines", "importPipelines")
_REGISTRY = f"{REGISTRY_TYPE}/NAME"
_PLACE = re.compile(rf"{re.escape(REGISTRY_TYPE)}/[^/]+/({'|'.join(_PIPELINES)})", re.IGNORECASE)
_INPUTS = ("location", "identity", "properties", "tags")


def check(inputs: Properties) -> list[Failure]:
    """Give the inputs that pipelines do not have; fail loudly when it is no pipeline."""
    kind = type_map(GENERIC)
    path = [inputs.get(name, "") for name in kind.path_inputs[1:-1]]
    place = "/".join(str(part).strip("/") for part in path)
    if not has_unknown(path) and not _PLACE.fullmatch(place):
        raise EmulatorError(
            f"The emulator's {GENERIC} does not have '{place}'. "
            f"It has {' and '.join(f'{_REGISTRY}/{name}' for name in _PIPELINES)}."
        )
    known = (*kind.path_inputs, kind.version_input, *_INPUTS)
    return [
        Failure(name, f"'{name}' is not a property of a pipeline.")
        for name in inputs
        if name not in known and not name.startswith("__")
    ]


def require_version(state: State, resource_id: str, version: str) -> None:
    """Refuse a version that pipelines do not have, unless their registry is not there.

    Azure looks a type's versions up in the location of the resource, which is the registry's.
    """
    pipeline = parse(resource_id)
    if state.get(pipeline.parent) is not None:
        api_versions.require_version(
            pipeline.type, version, api_versions.known_location(state, pipeline.parent)
        )


def left_out(inputs: Properties, olds: Properties) -> list[str]:
    """Give the identities that an update takes off; a list that is not there takes off none."""
    kept = child(inputs, "identity").get("userAssignedIdentities")
    before = child(olds, "identity").get("userAssignedIdentities")
    if not isinstance(kept, list) or not isinstance(before, list):
        return []
    return [str(item) for item in before if item not in kept]
