"""The managed identity that a pipeline reads its vault with."""

import pulumi
import pulumi_azure_native.containerregistry as containerregistry
import pulumi_azure_native.managedidentity as managedidentity

from components.placement import Placement


def user_assigned_identity(
    name: str, here: Placement, opts: pulumi.ResourceOptions
) -> managedidentity.UserAssignedIdentity:
    """Make an identity for one pipeline alone; it gets no federated credentials and no roles."""
    return managedidentity.UserAssignedIdentity(
        name,
        resource_name_=here.name(here.names.identity),
        resource_group_name=here.resource_group_name,
        location=here.location,
        tags=here.tags,
        opts=opts,
    )


def pipeline_identity(
    identity: managedidentity.UserAssignedIdentity,
) -> containerregistry.IdentityPropertiesArgsDict:
    """Refer to a user-assigned identity as a pipeline does: by a mapping keyed by resource ID."""
    return {
        "type": containerregistry.ResourceIdentityType.USER_ASSIGNED,
        "user_assigned_identities": identity.id.apply(lambda resource_id: {resource_id: {}}),
    }
