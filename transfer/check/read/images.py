"""Reads the images of the list from both registries, as far as these can be read."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from components.model.artifacts import Artifact
from components.model.names import Side
from components.model.settings import SourceSettings
from transfer.check.facts import Images, RegistryFacts, SideFacts, Unread
from transfer.errors import CommandFailedError
from transfer.images import ListedImage, look_at_images
from transfer.originals import RegistryOriginals
from transfer.parallel import OnDone, for_each
from transfer.registry.client import Registry, UnreadableError


def read_images(
    source: SideFacts,
    target: SideFacts | None,
    open_registry: Callable[[Side, str], Registry],
    on_done: OnDone,
) -> Images:
    """Look at each image; there is nothing to look at where the source registry is not there.

    Args:
        target: None where it is out of reach.
        open_registry: Opens a registry by side and login server.
    """
    here, there = (
        open_registry(side.side, side.registry.login_server)
        if side is not None and isinstance(side.registry, RegistryFacts)
        else None
        for side in (source, target)
    )
    if here is None or not isinstance(source.settings, SourceSettings):
        return ()
    batches = source.settings.batches
    artifacts = [item for batch in batches for item in batch.artifacts]
    originals = RegistryOriginals(here)
    try:
        images = look_at_images(artifacts, here, there, on_done, originals)
        is_locked = any(batch.is_locked for batch in batches)
        return with_image_locks(images, here) if is_locked else images
    except CommandFailedError as error:
        return Unread("the images cannot be looked at", error.message, error.hint.words)


def with_image_locks(images: Sequence[ListedImage], source: Registry) -> tuple[ListedImage, ...]:
    """Add whether a push may move the tags, by one list for each repository."""

    def movable(repository: str) -> set[str] | None:
        try:
            return source.movable_tags(repository)
        except UnreadableError:
            return None

    repositories = sorted({image.artifact.repository for image in images})
    lists = for_each(repositories, movable, lambda *_: None)
    tags = dict(zip(repositories, lists, strict=True))

    def can_be_moved(artifact: Artifact) -> bool | None:
        found = tags[artifact.repository]
        if artifact.is_digest:
            return False
        return None if found is None else artifact.reference in found

    return tuple(replace(image, can_be_moved=can_be_moved(image.artifact)) for image in images)
