"""The emulated cloud's own page: what it has been asked, and how slow it shall be."""

from collections.abc import Mapping
from typing import cast

from transfer.azure.cloud_access import environment_access, resource_manager

_RUNS_API = "2023-01-01-preview"


class EmulatedCloud:
    """A signed-in client of the emulator."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.http = resource_manager(environment_access(environment), environment)

    def close(self) -> None:
        """Let go of the connections."""
        self.http.close()

    def calls(self) -> dict[str, int]:
        """Give how often each call was made, as "VERB type", since they were last forgotten."""
        return cast("dict[str, int]", self._ask("GET", "/_emulator/calls"))

    def forget_calls(self) -> None:
        """Begin to count anew."""
        self._ask("DELETE", "/_emulator/calls")

    def registry_requests(self) -> dict[str, int]:
        """Give how often registries were asked, as "GET manifests", since it was forgotten."""
        return cast("dict[str, int]", self._ask("GET", "/_emulator/requests"))

    def forget_registry_requests(self) -> None:
        """Begin to count those anew."""
        self._ask("DELETE", "/_emulator/requests")

    def set_distance(self, seconds: float) -> None:
        """Have each request to a registry take longer."""
        self._ask("PUT", "/_emulator/settings", {"registry_seconds": seconds})

    def set_latencies(self, latencies: Mapping[str, float]) -> None:
        """Make calls slow, in seconds by "VERB type"; without any, nothing is slow."""
        self._ask("PUT", "/_emulator/settings", {"latencies": dict(latencies)})

    def runs(self, registry_id: str) -> list[dict[str, object]]:
        """Give the properties of a registry's pipeline runs."""
        path = f"{registry_id}/pipelineRuns?api-version={_RUNS_API}"
        answer = cast("dict[str, list[dict[str, object]]]", self._ask("GET", path))
        return [cast("dict[str, object]", run["properties"]) for run in answer["value"]]

    def _ask(self, verb: str, path: str, body: Mapping[str, object] | None = None) -> object:
        response = self.http.request(verb, path, json=body)
        response.raise_for_status()
        answer: object = response.json()
        return answer
