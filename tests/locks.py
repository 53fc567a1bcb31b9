"""Locks for whoever compares or merges them."""

import hashlib
from collections.abc import Iterable, Sequence

from components.model.artifacts import parse_artifact
from components.model.images_lock import FoundArtifact, ImagesLock, LockedArtifact
from transfer.lock.batching import BatchLimits, assign_batches

REGISTRY = "contososource"
MB = 10**6


def found(name: str, content: int = 0, size: int = 25 * MB) -> FoundArtifact:
    """Give an artifact of the source; another content has another digest."""
    digest = hashlib.sha256(f"{name} {content}".encode()).hexdigest()
    return FoundArtifact(
        artifact=parse_artifact(name),
        digest=f"sha256:{digest}",
        size=size,
        media_type="application/vnd.oci.image.index.v1+json",
        platforms=("linux/amd64", "linux/arm64"),
        rule=name,
    )


def locked(
    artifacts: Iterable[FoundArtifact], before: Sequence[LockedArtifact] = ()
) -> tuple[LockedArtifact, ...]:
    """Give the lines of a lock that is written after another one."""
    return assign_batches(artifacts, before, BatchLimits())


def lock(artifacts: Iterable[FoundArtifact], before: Sequence[LockedArtifact] = ()) -> ImagesLock:
    """Give a lock that is written after the lines of another one."""
    return ImagesLock(REGISTRY, locked(artifacts, before))
