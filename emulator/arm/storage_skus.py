"""Microsoft.Storage: the redundancy of accounts, and the locations that have it."""

from typing_extensions import override

from emulator.arm.base import Handler, Put
from emulator.errors import AzureError
from emulator.state import Resource
from emulator.values import JsonObject

SKUS = tuple(
    f"{tier}_{kind}"
    for tier, kinds in {
        "Standard": ("LRS", "GRS", "RAGRS", "ZRS", "GZRS", "RAGZRS"),
        "Premium": ("LRS", "ZRS"),
    }.items()
    for kind in kinds
)
# https://learn.microsoft.com/azure/reliability/regions-list
_WITH_ZONES = ("westeurope", "northeurope", "eastus", "usgovvirginia", "chinanorth3")
_WITHOUT_ZONES = ("westus", "ukwest", "canadaeast")
# A location that has zones and no second region to copy to.
_ALONE = ("polandcentral",)
LOCATIONS = (*_WITH_ZONES, *_WITHOUT_ZONES, *_ALONE)


def check_sku(sku: str, kind: str, location: str) -> None:
    """Refuse a redundancy that a location does not have; one that is not listed has all."""
    if location in LOCATIONS and location not in _locations_of(sku):
        raise AzureError(
            400,
            "RedundancyConfigurationNotAvailableInRegion",
            "The storage account failed to create due to redundancy configuration - Sku: "
            f"{sku}, Kind: {kind} - not available in selected Region - {location}. Please make "
            "sure the redundancy configuration selected is available in your region.",
        )


class Skus(Handler):
    """What a subscription may choose for its accounts."""

    type = "Microsoft.Storage/skus"
    needs_group = False

    @override
    def listed(self, scope: str, filter_: str) -> list[JsonObject]:
        """Give an entry for each redundancy and location."""
        return [
            {
                "resourceType": "storageAccounts",
                "name": sku,
                "tier": sku.partition("_")[0],
                "kind": "StorageV2",
                "locations": [location],
                "restrictions": [],
            }
            for sku in SKUS
            for location in _locations_of(sku)
        ]

    @override
    async def put(self, request: Put) -> Resource:
        """Refuse: they are Azure's own."""
        raise AzureError(405, "MethodNotAllowed", "Redundancies can be listed and no more.")


def _locations_of(sku: str) -> tuple[str, ...]:
    without = _WITHOUT_ZONES if sku.endswith("ZRS") else ()
    alone = _ALONE if "G" in sku else ()
    return tuple(place for place in LOCATIONS if place not in (*without, *alone))
