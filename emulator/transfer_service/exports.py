"""Writes the images of an export run into an archive."""

from collections.abc import Callable
from dataclasses import dataclass, field

from emulator.transfer_service.archive import ArchiveWriter, ArtifactName
from emulator.transfer_service.errors import TransferError
from emulator.transfer_service.registry import Descriptor, Manifest, RegistryClient

MAX_ARTIFACTS = 50
# https://learn.microsoft.com/azure/container-registry/container-registry-transfer-troubleshooting
MAX_LAYER_BYTES = 8 * 1024**3

Progress = Callable[[int, int], None]  # bytes done, bytes in all


@dataclass
class _Content:
    """What goes into the archive, each digest once, with a repository that has it."""

    roots: dict[str, Manifest] = field(default_factory=dict)
    manifests: dict[str, Manifest] = field(default_factory=dict)
    blobs: dict[str, tuple[str, Descriptor]] = field(default_factory=dict)


async def export_images(
    artifacts: list[str],
    registry: RegistryClient,
    archive: ArchiveWriter,
    progress: Progress,
    *,
    continue_on_errors: bool,
) -> str:
    """Write every artifact with all its platforms and give the digest of the catalog."""
    content = await _collect(artifacts, registry, continue_on_errors=continue_on_errors)
    catalog_digest = archive.write_index(content.roots)
    for manifest in content.manifests.values():
        archive.write_manifest(manifest)
    done, total = 0, sum(descriptor.size for _, descriptor in content.blobs.values())
    for repository, descriptor in content.blobs.values():
        await archive.write_blob(descriptor, registry.read_blob(repository, descriptor.digest))
        done += descriptor.size
        progress(done, total)
    return catalog_digest


async def _collect(
    artifacts: list[str], registry: RegistryClient, *, continue_on_errors: bool
) -> _Content:
    if not 0 < len(artifacts) <= MAX_ARTIFACTS:
        raise TransferError(
            f"The number of artifacts, {len(artifacts)}, is not valid: "
            f"a pipeline run exports 1 to {MAX_ARTIFACTS} artifacts."
        )
    content = _Content()
    for name in map(ArtifactName.parse, artifacts):
        part = _Content(manifests=dict(content.manifests), blobs=dict(content.blobs))
        try:
            part.roots[str(name)] = await _collect_tree(
                registry, name.repository, name.reference, part
            )
        except TransferError:
            if not continue_on_errors:
                raise
            continue
        content = _Content(content.roots | part.roots, part.manifests, part.blobs)
    if not content.roots:
        raise TransferError("None of the artifacts could be exported.")
    return content


async def _collect_tree(
    registry: RegistryClient, repository: str, reference: str, content: _Content
) -> Manifest:
    manifest = await registry.manifest(repository, reference)
    if manifest is None:
        separator = "@" if ":" in reference else ":"
        raise TransferError(
            f"The artifact '{repository}{separator}{reference}' was not found in the registry."
        )
    content.manifests[manifest.digest] = manifest
    for descriptor in manifest.manifests():
        if descriptor.digest not in content.manifests:
            await _collect_tree(registry, repository, descriptor.digest, content)
    for descriptor in manifest.blobs():
        if descriptor.is_foreign and not await registry.has_blob(repository, descriptor.digest):
            continue
        if descriptor.size > MAX_LAYER_BYTES:
            raise TransferError(
                f"The layer {repository}@{descriptor.digest} has {descriptor.size} bytes. "
                "A transfer pipeline exports layers of up to 8 GB."
            )
        content.blobs.setdefault(descriptor.digest, (repository, descriptor))
    return manifest
