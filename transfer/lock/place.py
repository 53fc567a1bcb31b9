"""Where a source's list and lock are, as its settings tell: read, and written."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from components.model.configuration import NAMESPACE, written_values
from components.model.errors import Problem, SettingsError
from components.model.images_lock import ImagesLock, LockedArtifact
from components.model.listed_images import read_list, read_lock
from components.model.settings import SourceSettings
from transfer.errors import WrongUseError
from transfer.file_settings import settings_by_files
from transfer.lock.batching import BatchLimits
from transfer.lock.images_list import ImagesList, parse_list
from transfer.stack_file import file_name, program_directory

_KEY = f"{NAMESPACE}:images_lock"
_GB = 10**9


@dataclass(frozen=True)
class LockPlace:
    """What the settings of a source tell of its list and its lock."""

    values: Mapping[str, object]
    """The configuration by key, without its namespace."""
    settings: SourceSettings
    stack: str
    directory: Path
    """That files are relative to."""

    @property
    def registry(self) -> str:
        """Name of the source registry."""
        return self.settings.registry.rpartition("/")[2]

    @property
    def file(self) -> str:
        """The lock's file, as the settings name it.

        Raises:
            SettingsError: they name none.
        """
        if self.settings.images_lock is None:
            fix = f"Write {_KEY}: images.lock in {file_name(self.stack)}."
            raise SettingsError([Problem(_KEY, None, "it names the file to write", fix)])
        return self.settings.images_lock

    @property
    def limits(self) -> BatchLimits:
        """What a new batch holds at most."""
        return BatchLimits(self.settings.batch_artifacts, self.settings.batch_gigabytes * _GB)

    def read_list(self) -> ImagesList:
        """Read the list.

        Raises:
            SettingsError: it is not there, or entries are wrong; it names all of them.
        """
        entries, where = read_list(self.values, self.directory, file_name(self.stack))
        return parse_list(entries, where)

    def read_lock(self) -> tuple[LockedArtifact, ...]:
        """Read the lock.

        Raises:
            SettingsError: it is not there, lines are wrong, or it is of another registry.
        """
        lock, _ = read_lock(self.file, self.directory, self.registry)
        return lock.artifacts

    def read_lock_if_any(self) -> tuple[LockedArtifact, ...]:
        """Read the lock; nothing where there is none yet.

        Raises:
            SettingsError: lines are wrong, or it is of another registry.
        """
        return self.read_lock() if (self.directory / self.file).exists() else ()

    def write_lock(self, artifacts: tuple[LockedArtifact, ...]) -> bool:
        """Write the lock, and tell whether that was needed: an equal one is not touched.

        Raises:
            WrongUseError: it cannot be written there.
        """
        path = self.directory / self.file
        text = ImagesLock(self.registry, artifacts).text()
        try:
            # Ends of lines may be those of Windows.
            if path.exists() and path.read_text(encoding="utf-8") == text:
                return False
            unfinished = path.with_name(f".{path.name}.{os.getpid()}")
            try:
                unfinished.write_text(text, encoding="utf-8", newline="\n")
                unfinished.replace(path)
            finally:
                unfinished.unlink(missing_ok=True)
        except OSError as error:
            raise WrongUseError(
                f"{_KEY} {self.file!r} is not valid: it cannot be written ({error.strerror}). "
                "Name a file in a folder that can be written to."
            ) from error
        return True


def find_place(
    configuration: Mapping[str, str],
    settings: SourceSettings,
    stack: str,
    directory: Path,
) -> LockPlace:
    """Find list and lock by the configuration of a source stack, as the engine hands it over."""
    values, folder = written_values(configuration, program_directory(directory))
    return LockPlace(values, settings, stack, folder)


def find_place_by_files(stack: str, directory: Path, environment: Mapping[str, str]) -> LockPlace:
    """Find list and lock by the stack's file alone: without engine, passphrase and sign-in.

    Raises:
        SettingsError: values are wrong; it names all of them.
        WrongUseError: there is no such file, or no project.
    """
    found = settings_by_files("source", stack, directory, environment)
    settings = require_source(found.settings, found.stack)
    return find_place(found.configuration, settings, found.stack, directory)


def require_source(settings: object, stack: str) -> SourceSettings:
    """Give the settings of a source.

    Raises:
        SettingsError: they are of a target.
    """
    if not isinstance(settings, SourceSettings):
        rule = "the stack is a target side, and the list is of a source"
        raise SettingsError([Problem("--source", stack, rule, "Name a source stack.")])
    return settings
