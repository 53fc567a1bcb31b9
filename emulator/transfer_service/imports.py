"""Writes the images of an archive into the registry of an import run."""

from collections.abc import Callable
from dataclasses import dataclass

from emulator.transfer_service.archive import ArchiveReader, ArtifactName
from emulator.transfer_service.errors import TransferError
from emulator.transfer_service.registry import Descriptor, Manifest, RegistryClient

Progress = Callable[[int, int], None]  # artifacts done, artifacts in all


async def import_images(
    archive: ArchiveReader,
    registry: RegistryClient,
    progress: Progress,
    *,
    overwrite_tags: bool,
    continue_on_errors: bool,
) -> list[str]:
    """Write every artifact and give the names of those that arrived."""
    artifacts = archive.artifacts()
    refused = {} if overwrite_tags else await _taken_tags(artifacts, registry)
    if refused and not continue_on_errors:
        raise TransferError(" ".join(refused.values()))
    push = _Push(archive, registry)
    imported: list[str] = []
    for done, (text, manifest) in enumerate(artifacts.items(), start=1):
        if text not in refused:
            name = ArtifactName.parse(text)
            await push.tree(name.repository, name.tag or manifest.digest, manifest)
            imported.append(text)
        progress(done, len(artifacts))
    return imported


async def _taken_tags(artifacts: dict[str, Manifest], registry: RegistryClient) -> dict[str, str]:
    refused = {}
    for text, manifest in artifacts.items():
        name = ArtifactName.parse(text)
        there = await registry.manifest(name.repository, name.tag) if name.tag else None
        if there is not None and there.digest != manifest.digest:
            refused[text] = (
                f"The tag '{name.repository}:{name.tag}' already exists in the registry with the "
                f"digest {there.digest} and is not overwritten without the option OverwriteTags."
            )
    return refused


@dataclass(frozen=True)
class _Push:
    archive: ArchiveReader
    registry: RegistryClient

    async def tree(self, repository: str, reference: str, manifest: Manifest) -> None:
        """Push what a manifest needs, then the manifest: no reader ever finds half an image."""
        for descriptor in manifest.manifests():
            await self.tree(repository, descriptor.digest, self.archive.manifest(descriptor))
        for descriptor in manifest.blobs():
            await self._blob(repository, descriptor)
        await self.registry.push_manifest(repository, reference, manifest)

    async def _blob(self, repository: str, descriptor: Descriptor) -> None:
        if await self.registry.has_blob(repository, descriptor.digest):
            return
        if not self.archive.has(descriptor):
            if descriptor.is_foreign:
                return
            raise TransferError(f"The blob lacks the content {descriptor.digest}.")
        body = self.archive.read_blob(descriptor)
        await self.registry.push_blob(repository, descriptor, body)
