"""The managed identity of a pipeline: made for it, an existing one, or the pipeline's own."""

from dataclasses import dataclass

import pulumi
import pulumi_azure_native.containerregistry as containerregistry
import pulumi_azure_native.managedidentity as managedidentity

from components.placement import Placement
from components.vault import SasVault

Pipeline = containerregistry.ExportPipeline | containerregistry.ImportPipeline


@dataclass(frozen=True)
class UserAssigned:
    """An identity that is there before the pipeline, and gets its right before it too."""

    identity_id: pulumi.Output[str]
    principal_id: pulumi.Output[str]

    @property
    def args(self) -> containerregistry.IdentityPropertiesArgsDict:
        """Refer to the identity as a pipeline does: by a mapping keyed by resource ID."""
        return {
            "type": containerregistry.ResourceIdentityType.USER_ASSIGNED,
            "user_assigned_identities": self.identity_id.apply(lambda key: {key: {}}),
        }

    def grant_early(self, vault: SasVault) -> None:
        """Let the identity read the vault."""
        vault.let_read(self.principal_id)

    def grant_late(self, vault: SasVault, pipeline: Pipeline) -> None:
        """Do nothing: the right is granted already."""


@dataclass(frozen=True)
class SystemAssigned:
    """The pipeline's own identity: it gets its right when the pipeline is there, before any run."""

    @property
    def args(self) -> containerregistry.IdentityPropertiesArgsDict:
        """Ask for an identity that comes and goes with the pipeline."""
        return {"type": containerregistry.ResourceIdentityType.SYSTEM_ASSIGNED}

    def grant_early(self, vault: SasVault) -> None:
        """Do nothing: there is no principal yet."""

    def grant_late(self, vault: SasVault, pipeline: Pipeline) -> None:
        """Let the pipeline read the vault."""
        vault.let_read(pipeline.identity.apply(_own_principal))


def choose_identity(
    choice: str, name: str, here: Placement, opts: pulumi.ResourceOptions
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
            opts=opts,
        )
        return UserAssigned(made.id, made.principal_id)
    return UserAssigned(
        pulumi.Output.from_input(found.id), pulumi.Output.from_input(found.principal_id)
    )


def _own_principal(
    identity: containerregistry.outputs.IdentityPropertiesResponse | None,
) -> str:
    return (identity.principal_id if identity else None) or ""
