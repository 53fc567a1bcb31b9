"""A program of somebody's own: its resource group, and a source side whose blobs lie in it."""

import pulumi
import pulumi_azure_native.containerregistry as containerregistry
import pulumi_azure_native.resources as resources
from acr_transfer.source_side import SourceSide

config = pulumi.Config()
group = resources.ResourceGroup("shop", location="westeurope")
registry = containerregistry.get_registry_output(
    config.require("registry"), config.require("group")
)
source = SourceSide(
    "transfer",
    {
        # Names and places may be outputs: they are checked when they are known.
        "registry_name": registry.name,
        "registry_resource_group": config.require("group"),
        "resource_group": group.name,
        "location": group.location,
        # What decides which resources exist is plain.
        "images": ["shop/web:1.4"],
        "options": ["OverwriteBlobs"],
    },
)
# A target side finds it under this name.
pulumi.export("contract", source.contract)
