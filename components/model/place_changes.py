"""What it costs to change the place of a side: the settings that decide where everything stands.

When one of them changes, Azure cannot move what the side has made. The side is made again under
fresh names, and what stood in the old place is deleted afterwards.
"""

from collections.abc import Mapping
from typing import TypeVar

from .names import Side
from .options import SideOptions
from .resource_ids import account_and_container

Value = TypeVar("Value")

NEW = "new"
NONE = "none"

PLACE_KEYS = (
    "registry",
    "location",
    "resource_group",
    "prefix",
    "storage",
    "container",
    "storage_access",
    "storage_redundancy",
)
"""Settings that change the names of everything."""
VAULT_KEY = "vault"
"""The setting that changes the name of the vault alone, or that of its secret."""

ASSUMED = {"storage_redundancy": "with zones"}
"""Parts of a place that are not written: a place of an earlier version has none of them."""

_MOVED: dict[Side, str] = {
    "source": "All images are exported again.",
    "target": "All blobs have to arrive and to be imported again: acr-transfer run.",
}
_VAULT_GOES = (
    "The key vault that this side made is deleted with its SAS, and Azure keeps its name for 90 "
    "days; no later vault of this side has that name."
)


def chosen_place(options: SideOptions) -> dict[str, str]:
    """Give the part of the place that options tell by themselves; IDs in lower case."""
    return {
        "prefix": options.prefix,
        "storage": options.storage.lower(),
        # The ID of a container is the whole place already.
        "container": NONE if account_and_container(options.storage)[1] else options.container,
        "storage_access": options.storage_access,
        "storage_redundancy": _redundancy(options),
        VAULT_KEY: _vault(options),
    }


def written(place: Mapping[str, Value]) -> dict[str, Value]:
    """Give what a stack keeps of a place: all but what is assumed."""
    return {key: value for key, value in place.items() if value != ASSUMED.get(key)}


def _redundancy(options: SideOptions) -> str:
    """Say whether a new account has zones, the one part of it that no update of it changes.

    https://learn.microsoft.com/azure/storage/common/redundancy-migration
    """
    has_zones = options.storage != "new" or options.uses_zones
    return ASSUMED["storage_redundancy"] if has_zones else "without zones"


def _vault(options: SideOptions) -> str:
    """Say which vault a side uses: a `new` one, `none`, or the ID of an existing one."""
    if options.storage_access == "managed-identity":
        return NONE
    return options.vault.lower() if options.vault.startswith("/") else NEW


def cost_of_change(side: Side, before: Mapping[str, object], after: Mapping[str, object]) -> str:
    """Say what a change of the place means, in sentences; "" where nothing is made again.

    Args:
        before: The values of `PLACE_KEYS` and `VAULT_KEY` as the stack has them.
        after: The same as the settings want them; a value that is no text is not known yet.
    """
    before, after = {**ASSUMED, **before}, {**ASSUMED, **after}
    changed = _changed(before, after)
    if not changed:
        return ""
    changes = "; ".join(f"{key} {_change(before.get(key), after.get(key))}" for key in changed)
    sentences = [f"The {side} side changes: {changes}."]
    loses_vault = before.get(VAULT_KEY) == NEW
    if is_made_again(before, after):
        sentences += [
            "Everything that it made is made again under new names.",
            _MOVED[side],
            f"Then {_what_goes(before)} deleted.",
        ]
    if loses_vault:
        sentences.append(_VAULT_GOES)
    return " ".join(sentences)


def is_made_again(before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    """Whether a change of the place makes everything anew, and not the vault alone."""
    return any(key != VAULT_KEY for key in _changed(before, after))


def _changed(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    before, after = {**ASSUMED, **before}, {**ASSUMED, **after}
    return [key for key in (*PLACE_KEYS, VAULT_KEY) if before.get(key) != after.get(key)]


def _change(before: object, after: object) -> str:
    known = f"{after!r}" if isinstance(after, str) else "a value that is not known yet"
    return f"from {before!r} to {known}"


def _what_goes(before: Mapping[str, object]) -> str:
    if before.get("storage") == NEW:
        return "the old storage account, with the blobs that are left in it, and the rest are"
    return "what it made before is"
