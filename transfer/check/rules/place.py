"""Rules of the place of a side: what changed settings do to what its stack has made."""

from collections.abc import Mapping

from components.model.place_changes import ASSUMED, cost_of_change
from components.model.settings import TargetSettings
from transfer.check.facts import DeletedVault, RegistryFacts, SideFacts
from transfer.check.findings import Finding, Level, good
from transfer.kept_place import wanted_place


def judge_place(here: SideFacts) -> list[Finding]:
    """Judge the settings against the place in which the stack has made its side."""
    return [*_changes(here), *_deleted_vault(here)]


def _changes(here: SideFacts) -> list[Finding]:
    if not here.place:
        return []
    cost = cost_of_change(here.side, here.place, {**here.place, **_wanted(here, here.place)})
    if not cost:
        what = "the settings leave everything that the stack has made in its place"
        return good(here.side, what, "the next pulumi up replaces nothing")
    fix = f"pulumi preview -s {here.stack}; or take the change back in {here.file}"
    what = "the settings have another place than what the stack has made"
    return [Finding(Level.WARNS, here.side, what, cost, fix)]


def _wanted(here: SideFacts, before: Mapping[str, object]) -> dict[str, object]:
    """Give the place of the settings, as far as it can be told without an `up`."""
    settings = here.settings
    wanted = wanted_place(settings, here.subscription)
    if isinstance(settings, TargetSettings) and settings.blobs == "shared":
        is_shared = str(before["storage"]).startswith("/")
        storage = before["storage"] if is_shared else "the source's container"
        container = before["container"] if is_shared else "none"
        wanted |= {"storage": storage, "container": container, **ASSUMED}
    if isinstance(here.registry, RegistryFacts) and here.registry.location:
        wanted.setdefault("location", here.registry.location)
    return wanted


def _deleted_vault(here: SideFacts) -> list[Finding]:
    """Say that the stack's vault is soft-deleted, whether or not a pipeline still names it."""
    name = here.deleted_vault
    if not name or isinstance(here.vault, DeletedVault):
        return []
    what = f"key vault {name!r}, which the stack has made, is soft-deleted"
    why = "A new vault of this name is refused for 90 days: ConflictError."
    fix = (
        f"az keyvault recover --name {name}; or take another name: pulumi up -s {here.stack} "
        f"--replace '**::{here.side}-sas-suffix'"
    )
    return [Finding(Level.FAILS, here.side, what, why, fix)]
