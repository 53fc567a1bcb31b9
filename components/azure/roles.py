"""Role assignments: one built-in role, on one resource, for one principal."""

import uuid

import pulumi
import pulumi_azure_native.authorization as authorization

from ..model.resource_ids import subscription_of
from .placement import Placement
from .retries import NOT_REPLICATED, retry_and_settle


def assign_role(
    name: str,
    *,
    role: str,
    scope: pulumi.Input[str],
    principal_id: pulumi.Input[str],
    here: Placement,
    opts: pulumi.ResourceOptions,
) -> authorization.RoleAssignment:
    """Give a principal a role on a resource.

    The assignment's name is computed from what it grants: the same grant is never made twice, and
    another principal makes another assignment, as an assignment cannot be changed. What depends on
    a new one waits, as nothing tells when it is in effect.
    """
    role_id = pulumi.Output.from_input(scope).apply(
        lambda resource_id: (
            f"/subscriptions/{subscription_of(resource_id)}/providers/Microsoft.Authorization/"
            f"roleDefinitions/{role}"
        )
    )
    own = pulumi.ResourceOptions(
        hooks=retry_and_settle(here.hook_name(name), NOT_REPLICATED, here.role_wait_seconds)
    )
    return authorization.RoleAssignment(
        name,
        role_assignment_name=pulumi.Output.all(scope, principal_id).apply(
            lambda values: assignment_name(values[0], values[1], role)
        ),
        scope=scope,
        role_definition_id=role_id,
        principal_id=principal_id,
        principal_type=authorization.PrincipalType.SERVICE_PRINCIPAL,
        opts=pulumi.ResourceOptions.merge(opts, own),
    )


def assignment_name(scope: str, principal_id: str, role: str) -> str:
    """Compute the name of an assignment, a GUID."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{scope.lower()}|{principal_id.lower()}|{role}"))
