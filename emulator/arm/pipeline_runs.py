"""Microsoft.ContainerRegistry: pipeline runs, which the transfer worker carries out."""

from typing_extensions import override

from emulator.arm.base import Handler, Put, system_data, timestamp
from emulator.arm.containerregistry import check_transfer_name
from emulator.errors import AzureError
from emulator.resource_types import EXPORT_TYPE, IMPORT_TYPE, RUN_TYPE
from emulator.state import Resource
from emulator.values import JsonObject, child, same, text, texts

MAX_ARTIFACTS = 50


class PipelineRuns(Handler):
    """Runs; one that is put again unchanged is not done again."""

    type = RUN_TYPE

    @override
    async def put(self, request: Put) -> Resource:
        """Accept a run, or give the one that is there already."""
        existing = request.existing
        if existing and _is_same(existing, request.properties):
            return existing
        check_transfer_name(request.id.name, "pipeline run")
        self._check_pipeline(request)
        properties: JsonObject = {
            "request": child(request.properties, "request"),
            "provisioningState": "Creating",
            "response": {"status": "Running", "startTime": timestamp()},
        }
        tag = text(request.properties, "forceUpdateTag")
        if tag:
            properties["forceUpdateTag"] = tag
        body = self.new_body(request, properties)
        body.pop("location", None)
        body["systemData"] = system_data(existing, request.caller)
        return Resource(id=text(body, "id"), type=self.type, body=body)

    @override
    async def stored(self, resource: Resource, *, is_new: bool) -> None:
        """Start the run if it is one to be started."""
        if text(resource.properties, "provisioningState") == "Creating":
            await self.cloud.worker.start_run(resource)

    @override
    async def settled(self, resource: Resource) -> None:
        """Wait for the run's end."""
        await self.cloud.worker.wait(resource.id)

    def _check_pipeline(self, request: Put) -> None:
        wanted = child(request.properties, "request")
        pipeline_id = text(wanted, "pipelineResourceId")
        pipeline = self.cloud.state.get(pipeline_id)
        registry = request.id.parent
        if pipeline is None or not same(pipeline.id.rsplit("/", 2)[0], registry):
            raise AzureError(
                404,
                "PipelineNotFound",
                f"The pipeline '{pipeline_id}' was not found in the registry "
                f"'{registry.rsplit('/', 1)[-1]}'.",
            )
        artifacts = texts(wanted, "artifacts")
        if len(artifacts) > MAX_ARTIFACTS:
            raise _bad(
                f"The pipeline run '{request.id.name}' has {len(artifacts)} artifacts. "
                f"The maximum is {MAX_ARTIFACTS}."
            )
        if same(pipeline.type, EXPORT_TYPE):
            if not artifacts:
                raise _bad(f"The export pipeline run '{request.id.name}' names no artifacts.")
            self._check_blob(request, wanted, "target")
        if same(pipeline.type, IMPORT_TYPE):
            self._check_blob(request, wanted, "source")

    def _check_blob(self, request: Put, wanted: JsonObject, side: str) -> None:
        if not text(wanted, side, "name"):
            raise _bad(f"The pipeline run '{request.id.name}' names no {side} blob.")


def _is_same(existing: Resource, wanted: JsonObject) -> bool:
    return existing.properties.get("request") == child(wanted, "request") and text(
        existing.properties, "forceUpdateTag"
    ) == text(wanted, "forceUpdateTag")


def _bad(message: str) -> AzureError:
    return AzureError(400, "BadRequest", message)
