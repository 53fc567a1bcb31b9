"""The look at an image in one registry: what it is, and what of it lacks."""

from dataclasses import dataclass

from components.model.artifacts import MAX_LAYER_BYTES
from transfer.registry.client import Registry
from transfer.registry.manifest import Form, Manifest, Part


@dataclass(frozen=True)
class Inspection:
    """What was seen of an image."""

    digest: str
    manifests: tuple[str, ...]
    """Digests of the image's manifest and of all manifests that it points to."""
    forms: frozenset[Form]
    platforms: int
    lacking: tuple[Part, ...]
    """Parts that the registry does not hold, as far as they were looked for."""
    large: tuple[Part, ...]
    """Layers that are over the limit of the transfer service."""
    media_type: str
    size: int
    """Bytes of all that a run carries of it, each digest counted once."""
    platform_names: tuple[str, ...]
    """As its indexes name them, `linux/arm64/v8`."""


def inspect(
    registry: Registry, repository: str, top: Manifest, *, asks_for_layers: bool = True
) -> Inspection:
    """Look at every manifest and layer of an image, each once.

    Args:
        asks_for_layers: Ask for each layer and configuration; otherwise for those alone that need
            not lie in a registry.
    """
    manifests = {top.digest: top}
    lacking: list[Part] = []
    blobs: dict[str, Part] = {}
    platforms = 1 if top.form is Form.IMAGE else 0
    unseen = [top]
    while unseen:
        for part in unseen.pop(0).parts:
            if not part.is_manifest:
                blobs.setdefault(part.digest, part)
            elif part.digest not in manifests and part not in lacking:
                child = registry.manifest(repository, part.digest)
                if child is None:
                    lacking.append(part)
                    continue
                manifests[part.digest] = child
                platforms += part.is_platform and child.form is Form.IMAGE
                # An index may hold another one.
                unseen.append(child)
    absent = [
        part
        for part in blobs.values()
        if (asks_for_layers or part.is_foreign) and not registry.has_blob(repository, part.digest)
    ]
    named = [
        part.platform
        for manifest in manifests.values()
        for part in manifest.parts
        if part.is_manifest and part.is_platform and part.platform
    ]
    return Inspection(
        digest=top.digest,
        manifests=tuple(manifests),
        forms=frozenset(manifest.form for manifest in manifests.values()),
        platforms=platforms,
        lacking=(*lacking, *absent),
        large=tuple(part for part in blobs.values() if part.size > MAX_LAYER_BYTES),
        media_type=top.media_type,
        size=sum(manifest.size for manifest in manifests.values())
        + sum(part.size for part in blobs.values())
        - sum(part.size for part in absent),
        platform_names=tuple(dict.fromkeys(named)),
    )


def holds(registry: Registry, repository: str, part: Part) -> bool:
    """Whether a registry holds a part of an image."""
    if part.is_manifest:
        return registry.manifest(repository, part.digest) is not None
    return registry.has_blob(repository, part.digest)
