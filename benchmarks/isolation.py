"""A walk over a cloud and all that a fleet has written: no tenant's part has to do with another."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.model.names import SIDES
from emulator.resource_types import IDENTITY_TYPE, SECRET_TYPE

Resources = Sequence[Mapping[str, Any]]


def resources_of(cloud: Path) -> list[dict[str, Any]]:
    """Give all of an emulated cloud, with what it never shows."""
    state = json.loads((cloud / "state.json").read_text())
    resources: list[dict[str, Any]] = state["resources"]
    return resources


@dataclass(frozen=True)
class Marks:
    """What names a tenant: its name, its identities, the signatures of its SAS; lower case."""

    tenants: Mapping[str, str]
    """Tenants by their marks."""

    @classmethod
    def of(cls, tenants: Sequence[str], resources: Resources) -> "Marks":
        """Find the marks of tenants in a cloud."""
        found = {tenant: tenant for tenant in tenants}
        for resource in resources:
            for tenant in _named(tenants, resource["id"]):
                found |= dict.fromkeys(map(str.lower, _marks(resource)), tenant)
        return cls(found)

    def named_in(self, text: str) -> set[str]:
        """Give the tenants that a text names, or of which it holds something."""
        lower = text.lower()
        return {tenant for mark, tenant in self.tenants.items() if mark in lower}

    def of_two(self, resources: Resources) -> dict[str, set[str]]:
        """Give the resources that have to do with two tenants, and these."""
        named = {resource["id"]: self.named_in(json.dumps(resource)) for resource in resources}
        return {resource: tenants for resource, tenants in named.items() if len(tenants) > 1}

    def strangers(self, texts: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
        """Give, for each tenant of whom a text is, the others that such texts name."""
        found: dict[str, set[str]] = {}
        for owner, text in texts:
            if others := self.named_in(text) - {owner}:
                found.setdefault(owner, set()).update(others)
        return found


def sas_of(resources: Resources, tenant: str) -> list[str]:
    """Give the SAS of a tenant's vaults, the source's before the target's."""
    secrets = [item for item in resources if item["type"] == SECRET_TYPE and tenant in item["id"]]
    secrets.sort(key=lambda secret: str(secret["id"]).partition(f"{tenant}-")[2])
    return [secret["private"]["versions"][-1]["value"] for secret in secrets]


def listings(
    containers: Mapping[str, Sequence[str]], resources: Resources
) -> Iterator[tuple[str, str, str]]:
    """Give, for each SAS, the address that lists its own container, and the next tenant's.

    Args:
        containers: The source's and the target's of each tenant.

    Yields:
        Whose SAS it is, whose container, and the address.
    """
    names = list(containers)
    for owner, following in zip(names, [*names[1:], names[0]], strict=True):
        for number, _ in enumerate(SIDES):
            sas = sas_of(resources, owner)[number]
            for tenant in (owner, following):
                where = f"{containers[tenant][number]}{sas}&restype=container&comp=list"
                yield owner, tenant, where


def _named(tenants: Sequence[str], resource_id: str) -> list[str]:
    return [tenant for tenant in tenants if tenant in resource_id]


def _marks(resource: Mapping[str, Any]) -> list[str]:
    if resource["type"] == IDENTITY_TYPE:
        return [resource["body"]["properties"][key] for key in ("principalId", "clientId")]
    if resource["type"] == SECRET_TYPE:
        versions = resource["private"]["versions"]
        return [mark for one in versions for mark in re.findall("sig=([^&]+)", one["value"])]
    return []
