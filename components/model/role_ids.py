"""The built-in roles of Azure that pipelines need, by the GUIDs of their definitions."""

from .names import Side

# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
KEY_VAULT_SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
STORAGE_BLOB_DATA_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
STORAGE_BLOB_DATA_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"


def container_role(side: Side, *, deletes_blobs: bool) -> str:
    """Give the least role on a container with which a pipeline does its work there."""
    only_reads = side == "target" and not deletes_blobs
    return STORAGE_BLOB_DATA_READER if only_reads else STORAGE_BLOB_DATA_CONTRIBUTOR
