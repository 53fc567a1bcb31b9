"""Decides which blobs a source trigger imports, each version of a blob once."""

import secrets
from datetime import UTC, datetime, timedelta

from azure.storage.blob import BlobProperties

from emulator.arm.base import timestamp
from emulator.resource_types import IMPORT_TYPE, RUN_TYPE
from emulator.state import Resource, State
from emulator.transfer_service.access import container_of
from emulator.transfer_service.storage import content_md5, is_transfer_blob
from emulator.values import same, text, texts

WINDOW = timedelta(days=60)

# Not a resource of Azure: what the trigger remembers lies under its pipeline and goes with it.
_MEMORY = "emulator/importedBlobs"


def is_triggered(pipeline: Resource) -> bool:
    """Tell whether this is an import pipeline whose source trigger is on."""
    status = text(pipeline.properties, "trigger", "sourceTrigger", "status", default="Enabled")
    return same(pipeline.type, IMPORT_TYPE) and same(status, "Enabled")


def new_blobs(state: State, pipeline: Resource, blobs: list[BlobProperties]) -> list[str]:
    """Give the names of the blobs that fulfil every condition, oldest first, and remember them."""
    memory = _memory(state, pipeline)
    known = texts(memory.private, "versions")
    container = text(container_of(pipeline), "uri")
    found = []
    for blob in sorted(blobs, key=lambda blob: blob.last_modified):
        version = f"{container} {blob.name} {blob.etag}"
        if version not in known and _qualifies(blob):
            known.append(version)
            found.append(blob.name)
    if found:
        memory.private["versions"] = known
        state.put(memory)
    return found


def triggered_run(pipeline: Resource, blob: str) -> Resource:
    """Make the run of a blob; its name has an underscore, which no run of a user's can have."""
    registry_id = pipeline.id.rsplit("/", 2)[0]
    name = f"{pipeline.name}_{datetime.now(UTC):%Y%m%d%H%M%S}{secrets.token_hex(3)}"
    run_id = f"{registry_id}/pipelineRuns/{name}"
    return Resource(
        id=run_id,
        type=RUN_TYPE,
        body={
            "id": run_id,
            "name": name,
            "type": RUN_TYPE,
            "properties": {
                "request": {
                    "pipelineResourceId": pipeline.id,
                    "source": {"type": "AzureStorageBlob", "name": blob},
                },
                "response": {"trigger": {"sourceTrigger": {"timestamp": timestamp()}}},
            },
        },
    )


def _qualifies(blob: BlobProperties) -> bool:
    is_recent = datetime.now(UTC) - blob.last_modified <= WINDOW
    return is_recent and is_transfer_blob(blob) and content_md5(blob) is not None


def _memory(state: State, pipeline: Resource) -> Resource:
    memory_id = f"{pipeline.id}/importedBlobs/all"
    return state.get(memory_id) or Resource(memory_id, _MEMORY, {"id": memory_id}, {})
