"""Roles of a pipeline's identity: those on its container, where it has no SAS."""

from components.roles import (
    STORAGE_BLOB_DATA_CONTRIBUTOR,
    STORAGE_BLOB_DATA_READER,
    container_role,
)
from transfer.check import shapes
from transfer.check.arm import Arm
from transfer.check.facts import Missing, PipelineFacts, Role, SideFacts, Unread
from transfer.check.findings import Finding, Level, good
from transfer.check.registry import unknown

_AUTHORIZATION = "2022-04-01"
_STORAGE_BLOB_DATA_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"
_WRITERS = {STORAGE_BLOB_DATA_CONTRIBUTOR, _STORAGE_BLOB_DATA_OWNER}


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


def reaches(role: Role, resource_id: str) -> bool:
    """Tell whether a role's scope is a resource, or above it."""
    scope = f"{role.scope.lower().rstrip('/')}/"
    return f"{resource_id.lower()}/".startswith(scope)


def names(roles: list[Role]) -> str:
    """Name roles by their definitions."""
    return ", ".join(sorted({role.definition for role in roles}))


def judge_container_role(here: SideFacts) -> list[Finding]:
    """Judge whether a pipeline without a SAS reaches its container."""
    pipeline = here.pipeline
    if here.contract is None or not isinstance(pipeline, PipelineFacts) or pipeline.secret_uri:
        return []
    container = here.contract.container
    what = f"container {container.container!r}: role of the pipeline's identity"
    if isinstance(here.container_roles, Unread):
        return [unknown(here, here.container_roles)]
    roles = [role for role in here.container_roles if reaches(role, container.id)]
    deletes_blobs = "DeleteSourceBlobOnSuccess" in here.settings.options
    least = container_role(here.side, deletes_blobs=deletes_blobs)
    if any(role.definition.lower() in {least, *_WRITERS} for role in roles):
        return good(here.side, what, "it reaches its blobs")
    name = "Reader" if least == STORAGE_BLOB_DATA_READER else "Contributor"
    principal = pipeline.principals[0] if pipeline.principals else "PRINCIPAL"
    fix = (
        f"pulumi up --refresh -s {here.stack}, or az role assignment create "
        f"--role 'Storage Blob Data {name}' --scope {container.id} "
        f"--assignee-object-id {principal} --assignee-principal-type ServicePrincipal"
    )
    held = f" It holds {names(roles)}." if roles else ""
    why = (
        "The run fails: Failed to access storage. Service request failed. Status: 403 "
        f"(AuthorizationPermissionMismatch). It needs Storage Blob Data {name}.{held}"
    )
    return [Finding(Level.FAILS, here.side, f"{what} is lacking", why, fix)]
