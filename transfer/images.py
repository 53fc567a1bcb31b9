"""What both registries hold of the listed images, before they are exported."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.model.artifacts import Artifact
from transfer.inspection import Inspection, inspect
from transfer.originals import RegistryOriginals
from transfer.parallel import OnDone, for_each
from transfer.registry.client import Registry, UnreadableError


@dataclass(frozen=True)
class ListedImage:
    """An image of the list."""

    artifact: Artifact
    found: Inspection | None = None
    """What the source holds of it; none where it holds no such image."""
    referrers: tuple[str, ...] = ()
    """What refers to it at the source and is not on the list."""
    target_digest: str = ""
    """What the target holds under its name; empty where that is nothing."""
    unread: str = ""
    """Why something of it could not be read."""
    can_be_moved: bool | None = False
    """Whether a push may move its tag away from the lock; None where that is not told."""


def look_at_images(
    artifacts: Sequence[Artifact],
    source: Registry,
    target: Registry | None,
    on_done: OnDone,
    originals: RegistryOriginals | None = None,
    *,
    asks_for_layers: bool = True,
) -> tuple[ListedImage, ...]:
    """Look at each image, several at a time.

    Args:
        target: None where there is none yet.
        originals: Asked for signatures, SBOMs and the like; without it they are not listed.
        asks_for_layers: Ask the source for each layer, too.
    """

    def look(artifact: Artifact) -> ListedImage:
        try:
            manifest = source.manifest(artifact.repository, artifact.reference)
            if manifest is None:
                return ListedImage(artifact)
            found = inspect(source, artifact.repository, manifest, asks_for_layers=asks_for_layers)
            referrers = originals.referrers(artifact, found.manifests) if originals else []
            return ListedImage(
                artifact,
                found,
                tuple(
                    item for item in referrers if Artifact(artifact.repository, item) not in listed
                ),
                target.digest(artifact) if target else "",
            )
        except UnreadableError as error:
            return ListedImage(artifact, unread=error.message)

    listed = set(artifacts)
    return tuple(for_each(artifacts, look, on_done))
