"""Roles of a pipeline's identity: those on its container, where it has no SAS."""

from components.model.role_ids import (
    STORAGE_BLOB_DATA_CONTRIBUTOR,
    STORAGE_BLOB_DATA_READER,
    container_role,
)
from transfer.check.facts import PipelineFacts, SideFacts, Unread, role_names
from transfer.check.findings import Finding, Level, good, not_read

_STORAGE_BLOB_DATA_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"
_WRITERS = {STORAGE_BLOB_DATA_CONTRIBUTOR, _STORAGE_BLOB_DATA_OWNER}


def judge_container_role(here: SideFacts) -> list[Finding]:
    """Judge whether a pipeline without a SAS reaches its container."""
    pipeline = here.pipeline
    if here.contract is None or not isinstance(pipeline, PipelineFacts) or pipeline.secret_uri:
        return []
    container = here.contract.container
    what = f"container {container.container!r}: role of the pipeline's identity"
    if isinstance(here.container_roles, Unread):
        return [not_read(here, here.container_roles)]
    roles = [role for role in here.container_roles if role.reaches(container.id)]
    least = container_role(here.side, deletes_blobs=here.settings.deletes_blobs)
    if any(role.definition.lower() in {least, *_WRITERS} for role in roles):
        return good(here.side, what, "it reaches its blobs")
    name = "Reader" if least == STORAGE_BLOB_DATA_READER else "Contributor"
    principal = pipeline.principals[0] if pipeline.principals else "PRINCIPAL"
    fix = (
        f"pulumi up --refresh -s {here.stack}, or az role assignment create "
        f"--role 'Storage Blob Data {name}' --scope {container.id} "
        f"--assignee-object-id {principal} --assignee-principal-type ServicePrincipal"
    )
    held = f" It holds {role_names(roles)}." if roles else ""
    why = (
        "The run fails: Failed to access storage. Service request failed. Status: 403 "
        f"(AuthorizationPermissionMismatch). It needs Storage Blob Data {name}.{held}"
    )
    return [Finding(Level.FAILS, here.side, f"{what} is lacking", why, fix)]
