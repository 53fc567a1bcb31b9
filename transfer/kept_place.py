"""Where a stack has made its side, by its state, and where the side's settings want it."""

from collections.abc import Mapping, Sequence

from components.model.names import Side
from components.model.place_changes import NEW, chosen_place
from components.model.settings import SourceSettings, TargetSettings
from transfer.stacks import MadeResource


def kept_place(side: Side, made: Sequence[MadeResource]) -> Mapping[str, object]:
    """Give the place that a side has kept in its stack; nothing before the first `pulumi up`."""
    kept = (item.inputs.get("input") for item in made if item.name == f"{side}-place")
    return next((place for place in kept if isinstance(place, Mapping)), {})


def wanted_place(settings: SourceSettings | TargetSettings, subscription: str) -> dict[str, object]:
    """Give the place of settings, as far as it can be told without an `up`.

    Args:
        subscription: Of registry and group; without one they are not told, where it is "".
    """
    wanted: dict[str, object] = dict(chosen_place(settings))
    if settings.location:
        wanted["location"] = settings.location
    if subscription:
        groups = f"/subscriptions/{subscription}/resourceGroups"
        group, _, registry = settings.registry.partition("/")
        path = f"{group}/providers/Microsoft.ContainerRegistry/registries/{registry}"
        wanted["registry"] = f"{groups}/{path}".lower()
        wanted["resource_group"] = _group(settings.resource_group, groups)
    return wanted


def _group(group: str | None, groups: str) -> str:
    if group is None:
        return NEW
    return (group if group.startswith("/") else f"{groups}/{group}").lower()
