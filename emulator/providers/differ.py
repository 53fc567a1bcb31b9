"""What changed between two sets of inputs, and what a refresh makes of inputs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from emulator.arm.base import normal_location
from emulator.providers.wire import Properties, bare, bare_properties, mark_properties
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


def refreshed_inputs(inputs: Properties, before: Properties, after: Properties) -> Properties:
    """Carry into the inputs what changed in Azure since it was last seen.

    Both sights are those of writable properties. What is new there is taken over as well, though
    the program never said it: its next run shows it as a removal.
    """
    carried = _carried_object(bare_properties(inputs), before, after)
    return mark_properties(carried, inputs)


def _carried_object(value: Properties, before: Properties, after: Properties) -> Properties:
    carried = {key: item for key, item in value.items() if key in after or key not in before}
    for key, item in after.items():
        if key in before and key in value:
            carried[key] = _carried(value[key], before[key], item)
        elif before.get(key) != item:
            carried[key] = item
    return carried


def _carried(value: object, before: object, after: object) -> object:
    if before == after:
        return value
    if isinstance(value, dict) and isinstance(before, dict) and isinstance(after, dict):
        return _carried_object(value, before, after)
    if isinstance(value, list) and isinstance(before, list) and isinstance(after, list):
        known = min(len(value), len(before))
        return [
            _carried(value[index], before[index], item) if index < known else item
            for index, item in enumerate(after)
        ]
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
