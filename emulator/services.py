"""What the control plane needs of the data plane: blobs, registries and the transfer worker."""

from collections.abc import Callable, Mapping
from typing import Protocol

from emulator.state import Resource


class Blobs(Protocol):
    """Blob storage beneath the storage accounts."""

    on_blob_written: Callable[[str, str, str], None] | None

    async def start(self) -> None:
        """Start serving."""

    async def stop(self) -> None:
        """Stop serving."""

    def account_endpoint(self, account: str) -> str:
        """Give the account's blob endpoint, with a slash at its end."""

    async def set_account(self, account: str, keys: list[str]) -> None:
        """Make an account known, or change its keys."""

    async def delete_account(self, account: str) -> None:
        """Remove an account and all its blobs."""

    async def set_container(
        self,
        account: str,
        container: str,
        *,
        access: str = "None",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Create a container, or change one that exists."""

    async def delete_container(self, account: str, container: str) -> None:
        """Remove a container and its blobs."""


class Registries(Protocol):
    """OCI registries beneath the container registries."""

    async def start(self) -> None:
        """Start serving."""

    async def stop(self) -> None:
        """Stop serving."""

    async def ensure(self, name: str) -> str:
        """Serve a registry and give its login server."""

    async def remove(self, name: str) -> None:
        """Remove a registry and its images."""


class Worker(Protocol):
    """The transfer service."""

    async def start_run(self, run: Resource) -> None:
        """Start a pipeline run in the background."""

    async def wait(self, run_id: str) -> None:
        """Wait until a run has ended."""

    def pipeline_changed(self, pipeline: Resource) -> None:
        """Look again at what a pipeline's source trigger has to import."""

    def access_changed(self) -> None:
        """Have source triggers look again that were not let in the last time."""

    def blob_written(self, account: str, container: str, blob: str) -> None:
        """Take note of a new blob."""

    async def stop(self) -> None:
        """Stop all runs."""
