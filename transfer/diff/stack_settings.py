"""What a comparison needs of both stacks' settings, read from their files alone."""

from dataclasses import dataclass
from pathlib import Path

from components.model.configuration import NAMESPACE
from components.model.images_lock import ImagesLock
from components.model.listed_images import read_lock
from components.model.names import run_tag
from transfer.errors import WrongUseError
from transfer.stack_file import file_name, project_directory, read_entries, stack_file


@dataclass(frozen=True)
class LockOfStack:
    """A lock as a source stack names it."""

    lock: ImagesLock
    file: str
    """As the configuration names it."""
    directory: Path
    """Of the project: what the file is relative to."""
    rerun: int

    @property
    def attempts(self) -> dict[str, str]:
        """The attempt that the next `pulumi up` wants of each batch."""
        names = {line.batch for line in self.lock.artifacts}
        return {run_tag(name, self.rerun): name for name in names}


def read_lock_of_stack(stack: str, directory: Path) -> LockOfStack:
    """Read the lock that a source stack's file names; neither stack nor engine is asked.

    Raises:
        WrongUseError: the stack's file cannot be read, or names no lock.
        SettingsError: the lock cannot be read.
    """
    values = _values(stack, directory)
    file, rerun = values.get("images_lock", ""), values.get("rerun", "")
    if not file:
        raise WrongUseError(
            f"{NAMESPACE}:images_lock is not valid: {file_name(stack)} names no lock, and a lock "
            f"is what is compared. Write {NAMESPACE}:images_lock: images.lock in it, and have "
            "acr-transfer lock write that file."
        )
    project = project_directory(directory)
    lock, _ = read_lock(file, project, values.get("registry", "").rpartition("/")[2])
    return LockOfStack(lock, file, project, int(rerun) if rerun.isdecimal() else 0)


def may_overwrite(target: str, directory: Path) -> bool:
    """Whether a target's imports move tags that exist; assumed where its file cannot be read."""
    try:
        values = _values(target, directory)
    except WrongUseError:
        return True
    return "OverwriteTags" in values.get("options", "")


def _values(stack: str, directory: Path) -> dict[str, str]:
    entries = read_entries(stack_file(directory, stack))
    prefix = f"{NAMESPACE}:"
    return {
        key.removeprefix(prefix): str(entry.get("value", ""))
        for key, entry in entries.items()
        if key.startswith(prefix)
    }
