"""How a pipeline gets at its container: by a SAS in a vault, or by a role of its identity."""

from dataclasses import dataclass
from datetime import datetime

import pulumi

from ..model.options import SideOptions
from ..model.role_ids import container_role
from ..model.sas_terms import Grant
from .child_options import child_of
from .placement import Placement
from .roles import assign_role
from .sas import pipeline_sas
from .storage import ContainerPlace
from .vault import SasVault


@dataclass(frozen=True)
class ContainerRole:
    """A role on the one container; there is no SAS that could leak or expire, and no vault."""

    name: str
    role: str
    container: ContainerPlace
    here: Placement
    parent: pulumi.Resource
    needed: tuple[pulumi.Resource, ...] = ()
    """What must exist before a pipeline reaches its container, beside the grant."""
    secret_uri: None = None

    @property
    def expiry(self) -> pulumi.Output[None]:
        """No end: there is no SAS."""
        return pulumi.Output.from_input(None)

    def grant(self, principal_id: pulumi.Output[str]) -> pulumi.Resource:
        """Give a principal the role."""
        return assign_role(
            self.name,
            role=self.role,
            scope=self.container.id,
            principal_id=principal_id,
            here=self.here,
            opts=child_of(self.parent, provider=self.container.provider),
        )


Access = SasVault | ContainerRole


def choose_access(
    name: str,
    here: Placement,
    options: SideOptions,
    container: ContainerPlace,
    brought_sas: pulumi.Input[str] | None,
    parent: pulumi.Resource,
) -> Access:
    """Give the way to the container that `SideOptions.storage_access` names."""
    if here.sas is None:
        role = container_role(here.names.side, deletes_blobs=options.deletes_blobs)
        return ContainerRole(f"{name}-container-role", role, container, here, parent)
    grant = Grant(here.names.side, options.sas_kind, options.deletes_blobs)
    sas = pipeline_sas(here.sas, brought_sas, grant, container, options.as_of, parent)
    opts = pulumi.ResourceOptions(parent=parent)
    return SasVault(f"{name}-sas", here, options=options, sas=sas, opts=opts)


def days_left(access: Access, now: datetime) -> pulumi.Output[int | None]:
    """Count the whole days until the SAS ends; None where there is none, or it does not tell."""
    return access.expiry.apply(lambda expiry: (expiry - now).days if expiry else None)
