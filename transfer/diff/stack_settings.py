"""What a comparison needs of both stacks' settings, read from their files alone."""

import os
from dataclasses import dataclass
from pathlib import Path

from components.model.errors import TransferError
from components.model.images_lock import ImagesLock
from components.model.listed_images import read_lock
from components.model.names import run_tag
from components.model.settings import SourceSettings
from transfer.file_settings import settings_by_files
from transfer.lock.place import find_place_by_files


@dataclass(frozen=True)
class LockOfStack:
    """A lock as a source stack names it."""

    lock: ImagesLock
    file: str
    """As the configuration names it."""
    directory: Path
    """What the file is relative to."""
    settings: SourceSettings

    @property
    def attempts(self) -> dict[str, str]:
        """The attempt that the next `pulumi up` wants of each batch."""
        names = {line.batch for line in self.lock.artifacts}
        return {run_tag(name, self.settings.rerun): name for name in names}


def read_lock_of_stack(stack: str, directory: Path) -> LockOfStack:
    """Read the lock that a source stack's file names; neither stack nor engine is asked.

    Raises:
        WrongUseError: the stack has no file.
        SettingsError: it names no lock, or the lock cannot be read.
    """
    place = find_place_by_files(stack, directory, os.environ)
    lock, _ = read_lock(place.file, place.directory, place.registry)
    return LockOfStack(lock, place.file, place.directory, place.settings)


def may_overwrite(target: str, directory: Path) -> bool:
    """Whether a target's imports move tags that exist; assumed where its file cannot be read."""
    try:
        found = settings_by_files("target", target, directory, os.environ)
    except TransferError:
        return True
    return "OverwriteTags" in found.settings.options
