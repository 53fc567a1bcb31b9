"""Role assignments: one built-in role, on one resource, for one principal."""

import uuid

import pulumi
import pulumi_azure_native.authorization as authorization

from components.names import Side
from components.retries import NOT_REPLICATED, patience

# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
KEY_VAULT_SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
STORAGE_BLOB_DATA_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
STORAGE_BLOB_DATA_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"


def assign_role(
    name: str,
    *,
    role: str,
    scope: pulumi.Input[str],
    principal_id: pulumi.Input[str],
    wait_seconds: int,
    opts: pulumi.ResourceOptions,
) -> authorization.RoleAssignment:
    """Give a principal a role on a resource.

    The assignment's name is computed from what it grants: the same grant is never made twice, and
    another principal makes another assignment, as an assignment cannot be changed. What depends on
    a new one waits, as nothing tells when it is in effect.
    """
    role_id = pulumi.Output.from_input(scope).apply(
        lambda resource_id: (
            f"/subscriptions/{resource_id.split('/')[2]}/providers/Microsoft.Authorization/"
            f"roleDefinitions/{role}"
        )
    )
    own = pulumi.ResourceOptions(hooks=patience(name, NOT_REPLICATED, wait_seconds))
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


def container_role(side: Side, *, deletes_blobs: bool) -> str:
    """Give the least role on a container with which a pipeline does its work there."""
    only_reads = side == "target" and not deletes_blobs
    return STORAGE_BLOB_DATA_READER if only_reads else STORAGE_BLOB_DATA_CONTRIBUTOR


def assignment_name(scope: str, principal_id: str, role: str) -> str:
    """Compute the name of an assignment, a GUID."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{scope.lower()}|{principal_id.lower()}|{role}"))
