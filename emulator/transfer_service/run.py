"""Carries out one pipeline run."""

import tempfile
from dataclasses import dataclass
from typing import BinaryIO

import aiohttp
from azure.storage.blob import BlobProperties

from emulator.registry.service import RegistryService
from emulator.resource_types import EXPORT_TYPE
from emulator.state import Resource, State
from emulator.storage.service import BlobService
from emulator.transfer_service.access import container_of, open_container
from emulator.transfer_service.archive import ArchiveReader, ArchiveWriter
from emulator.transfer_service.errors import TransferError
from emulator.transfer_service.exports import export_images
from emulator.transfer_service.imports import import_images
from emulator.transfer_service.record import Outcome, RunRecord
from emulator.transfer_service.registry import RegistryClient
from emulator.transfer_service.storage import BlobContainer, content_md5, is_transfer_blob
from emulator.values import child, same, text, texts


@dataclass(frozen=True)
class Runner:
    """What every run uses."""

    state: State
    blobs: BlobService
    registries: RegistryService
    client: aiohttp.ClientSession

    async def carry_out(self, run: Resource, record: RunRecord) -> Outcome:
        """Export or import; what goes wrong is a TransferError."""
        request = child(run.properties, "request")
        pipeline_id = text(request, "pipelineResourceId")
        pipeline = self.state.get(pipeline_id)
        if pipeline is None:
            raise TransferError(f"The pipeline '{pipeline_id}' was not found.")
        is_export = same(pipeline.type, EXPORT_TYPE)
        side = "target" if is_export else "source"
        record.begin(side, container_of(pipeline))
        blob = text(request, side, "name")
        access = open_container(self.state, pipeline, self.blobs.sign_in)
        registry = self._registry(run)
        async with BlobContainer(access, self.blobs.certificates.ca_file) as container:
            # Without a name: a run that is killed leaves nothing behind.
            with tempfile.TemporaryFile(dir=self.state.directory) as file:
                job = _Job(container, registry, blob, options(pipeline), record, file)
                if is_export:
                    return await job.export(texts(request, "artifacts"))
                return await job.import_()

    def _registry(self, run: Resource) -> RegistryClient:
        registry = self.state.require(run.id.rsplit("/", 2)[0])
        login_server = self.registries.login_server(registry.name)
        token = self.registries.service_token(registry.name)
        return RegistryClient(self.client, login_server, token)


def options(pipeline: Resource) -> frozenset[str]:
    """Give the pipeline's options in lower case, for their case never counts."""
    return frozenset(option.lower() for option in texts(pipeline.properties, "options"))


@dataclass(frozen=True)
class _Job:
    container: BlobContainer
    registry: RegistryClient
    blob: str
    options: frozenset[str]
    record: RunRecord
    file: BinaryIO

    async def export(self, artifacts: list[str]) -> Outcome:
        overwrite = "overwriteblobs" in self.options
        if await self.container.find(self.blob) is not None and not overwrite:
            raise TransferError(
                f"The blob '{self.blob}' already exists in the container and is not overwritten "
                "without the option OverwriteBlobs."
            )
        archive = ArchiveWriter(self.file)
        catalog_digest = await export_images(
            artifacts,
            self.registry,
            archive,
            self.record.progress,
            continue_on_errors="continueonerrors" in self.options,
        )
        md5 = archive.finish()
        await self.container.upload(self.blob, self.file, md5, overwrite=overwrite)
        return Outcome(catalog_digest)

    async def import_(self) -> Outcome:
        properties = await self._transfer_blob()
        md5 = await self.container.download(self.blob, self.file)
        if md5 != content_md5(properties):
            raise TransferError(f"The content of the blob '{self.blob}' does not match its MD5.")
        archive = ArchiveReader(self.file)
        imported = await import_images(
            archive,
            self.registry,
            self.record.progress,
            overwrite_tags="overwritetags" in self.options,
            continue_on_errors="continueonerrors" in self.options,
        )
        if "deletesourceblobonsuccess" in self.options:
            await self.container.delete(self.blob)
        return Outcome(archive.catalog_digest(), imported)

    async def _transfer_blob(self) -> BlobProperties:
        properties = await self.container.find(self.blob)
        if properties is None:
            raise TransferError(
                "Failed to access storage. Service request failed. "
                "Status: 404 (The specified blob does not exist)"
            )
        if not is_transfer_blob(properties):
            raise TransferError(
                f"The blob '{self.blob}' is not a transfer blob: its metadata lacks "
                "category=acr-transfer-blob."
            )
        if content_md5(properties) is None:
            raise TransferError(f"The blob '{self.blob}' has no Content-MD5.")
        return properties
