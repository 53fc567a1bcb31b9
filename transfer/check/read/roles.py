"""Reads which roles principals hold on a resource and above it."""

from transfer.check.facts import Missing, Role, Unread
from transfer.check.read import shapes
from transfer.check.read.arm import Arm

_AUTHORIZATION = "2022-04-01"


def read_roles(
    arm: Arm, scope: str, what: str, principals: tuple[str, ...]
) -> tuple[Role, ...] | Unread:
    """List the roles that principals hold on a resource and above it."""
    path = f"{scope}/providers/Microsoft.Authorization/roleAssignments"

    def read() -> tuple[Role, ...]:
        # assignedTo counts the groups of a principal too, principalId does not.
        return tuple(
            Role(found.properties.role_definition_id.rsplit("/", 1)[-1], found.properties.scope)
            for principal in principals
            for found in arm.list(
                shapes.RoleAssignment, path, _AUTHORIZATION, f"assignedTo('{principal}')"
            )
        )

    roles = arm.attempt(f"role assignments of {what}", read)
    return () if isinstance(roles, Missing) else roles
