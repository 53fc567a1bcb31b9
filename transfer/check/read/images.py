"""Reads the images of the list from both registries, as far as these can be read."""

from collections.abc import Callable

from components.model.names import Side
from components.model.settings import SourceSettings
from transfer.check.facts import Images, RegistryFacts, SideFacts, Unread
from transfer.errors import CommandFailedError
from transfer.images import look_at_images
from transfer.originals import RegistryOriginals
from transfer.parallel import OnDone
from transfer.registry.client import Registry


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
    artifacts = [item for batch in source.settings.batches for item in batch.artifacts]
    originals = RegistryOriginals(here)
    try:
        return look_at_images(artifacts, here, there, on_done, originals)
    except CommandFailedError as error:
        return Unread("the images cannot be looked at", error.message, error.hint.words)
