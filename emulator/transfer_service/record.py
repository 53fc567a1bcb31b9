"""Writes the course of a pipeline run into its resource."""

from dataclasses import dataclass

from emulator.arm.base import timestamp
from emulator.resource_types import RUN_TYPE
from emulator.state import Resource, State
from emulator.values import JsonObject, child, text

_STEP_PERCENT = 10
_INTERRUPTED = (
    "The pipeline run was interrupted because the service was restarted. "
    "Run it again with another forceUpdateTag."
)


@dataclass(frozen=True)
class Outcome:
    """What a run that went well has to say; only imports name artifacts."""

    catalog_digest: str
    imported: list[str] | None = None


class RunRecord:
    """The run as the control plane shows it; one that was deleted or begun anew is left alone."""

    def __init__(self, state: State, run: Resource) -> None:
        self._state = state
        self._run = run
        self._percentage = 0

    def begin(self, side: str, container: JsonObject) -> None:
        """Say that the run goes on, and with which container."""
        old = child(self._run.properties, "response")
        self._run.properties["provisioningState"] = "Creating"
        self._run.properties["response"] = {
            "status": "Running",
            "startTime": text(old, "startTime") or timestamp(),
            "progress": {"percentage": "0"},
            side: container,
            **({"trigger": old["trigger"]} if "trigger" in old else {}),
        }
        self._state.put(self._run)

    def progress(self, done: int, total: int) -> None:
        """Say how much is done, in steps, for each step is written to disk."""
        percentage = 99 * done // total if total else 0
        if percentage >= self._percentage + _STEP_PERCENT:
            self._percentage = percentage
            self._response["progress"] = {"percentage": str(percentage)}
            self._save()

    def succeed(self, outcome: Outcome) -> None:
        """Say that all went well."""
        self._response["progress"] = {"percentage": "100"}
        self._response["catalogDigest"] = outcome.catalog_digest
        if outcome.imported is not None:
            self._response["importedArtifacts"] = outcome.imported
        self._end("Succeeded")

    def fail(self, message: str) -> None:
        """Say why it went wrong."""
        self._response["pipelineRunErrorMessage"] = message
        self._end("Failed")

    @property
    def _response(self) -> JsonObject:
        response = self._run.properties.setdefault("response", {})
        assert isinstance(response, dict)
        return response

    def _end(self, status: str) -> None:
        self._response["status"] = status
        self._response["finishTime"] = timestamp()
        self._run.properties["provisioningState"] = status
        self._save()

    def _save(self) -> None:
        if self._state.get(self._run.id) is self._run:
            self._state.put(self._run)


def fail_interrupted(state: State) -> None:
    """End the runs that an earlier emulator did not live to end."""
    for run in state.list(RUN_TYPE):
        if text(run.properties, "response", "status") == "Running":
            RunRecord(state, run).fail(_INTERRUPTED)
