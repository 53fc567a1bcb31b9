"""What changed between two sets of inputs, and what a refresh makes of inputs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from emulator.arm.base import normal_location
from emulator.providers.wire import Properties, bare, mark_secrets
from emulator.values import same


@dataclass(frozen=True)
class Change:
    """One changed place of the inputs."""

    path: str
    kind: str  # "add", "delete" or "update"


def changes(old: object, new: object, path: str = "") -> list[Change]:
    """Give the places in which two values differ."""
    old, new = bare(old), bare(new)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        found = []
        for key in [*old, *(key for key in new if key not in old)]:
            if str(key).startswith("__"):
                continue
            found += changes(old.get(key), new.get(key), _join(path, str(key)))
        return found
    if isinstance(old, list) and isinstance(new, list):
        found = []
        for index in range(max(len(old), len(new))):
            item = old[index] if index < len(old) else None
            other = new[index] if index < len(new) else None
            found += changes(item, other, f"{path}[{index}]")
        return found
    if _same_text(path, old, new) or old == new:
        return []
    return [Change(path, "add" if old is None else "delete" if new is None else "update")]


def refreshed_inputs(
    inputs: Properties, old: Properties, new: Properties, names: list[str]
) -> Properties:
    """Carry into the inputs what changed in the outputs since they were last seen."""
    merged = dict(inputs)
    for name in names:
        before, after = bare(old.get(name)), bare(new.get(name))
        if before == after or (name not in inputs and name not in new):
            continue
        value = mark_secrets(_carry(inputs.get(name), before, after), inputs.get(name))
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = value
    return merged


def _carry(value: object, before: object, after: object) -> object:
    value_bare = bare(value)
    if before == after:
        return value
    if isinstance(value_bare, Mapping) and isinstance(after, Mapping):
        earlier = before if isinstance(before, Mapping) else {}
        carried = {
            key: _carry(item, earlier.get(key), after.get(key)) for key, item in value_bare.items()
        }
        return {key: item for key, item in carried.items() if item is not None}
    return after


def _same_text(path: str, old: object, new: object) -> bool:
    """Compare what Azure does not tell apart."""
    if not isinstance(old, str) or not isinstance(new, str):
        return False
    if path == "location":
        return normal_location(old) == normal_location(new)
    return path == "resourceGroupName" and same(old, new)


def _join(path: str, key: str) -> str:
    if re.fullmatch(r"\w+", key):
        return f"{path}.{key}" if path else key
    return f'{path}["{key}"]'
