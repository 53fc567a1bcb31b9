"""The managed identity of a pipeline: made for it, an existing one, or the pipeline's own."""

from dataclasses import dataclass

import pulumi
import pulumi_azure_native.managedidentity as managedidentity

from .placement import Placement


@dataclass(frozen=True)
class UserAssigned:
    """An identity that is there before the pipeline, and gets its right before it too."""

    id: pulumi.Output[str]
    principal_id: pulumi.Output[str]


@dataclass(frozen=True)
class SystemAssigned:
    """The pipeline's own identity: it gets its right when the pipeline is there, before any run."""

    id: None = None
    principal_id: None = None


def choose_identity(
    choice: str, name: str, here: Placement, parent: pulumi.Resource
) -> UserAssigned | SystemAssigned:
    """Give the identity that `SideOptions.identity` names."""
    if choice == "system-assigned":
        return SystemAssigned()
    found = here.existing_identity
    if found is None:
        made = managedidentity.UserAssignedIdentity(
            name,
            resource_name_=here.name(here.names.identity),
            resource_group_name=here.resource_group_name,
            location=here.location,
            tags=here.tags,
            opts=here.lasting_options(parent, here.group_provider),
        )
        return UserAssigned(made.id, made.principal_id)
    return UserAssigned(
        pulumi.Output.from_input(found.id), pulumi.Output.from_input(found.facts.principal_id)
    )
