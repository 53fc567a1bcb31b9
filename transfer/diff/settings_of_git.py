"""Tells which settings have changed since a commit, so that what has moved already moves again."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from components.model.configuration import NAMESPACE
from components.model.errors import TransferError
from components.model.names import Side
from components.model.place_changes import NEW, chosen_place, cost_of_change, is_made_again
from components.model.settings import SourceSettings, TargetSettings
from transfer.file_settings import settings_by_files
from transfer.git_files import file_at
from transfer.stack_file import file_name, program_directory, project_directory, read_entries

_REGISTRYS_OWN = "that of the registry"
_DONE: dict[Side, str] = {"source": "exported", "target": "imported"}
_BY_TRIGGER = "trigger"
_IMPORTED_AGAIN = "All blobs are imported again."


@dataclass(frozen=True)
class Renewal:
    """What changed settings of a side mean for what it has exported, or imported."""

    is_all: bool = False
    """Whether all of it has to be done again."""
    notes: tuple[str, ...] = ()


def renewal(side: Side, ref: str, stack: str, directory: Path) -> Renewal:
    """Compare the settings of a side's stack with those of a commit.

    Raises:
        NoCommitError: there is no such commit.
        TransferError: the settings cannot be read now.
    """
    now = settings_by_files(side, stack, directory, os.environ)
    with TemporaryDirectory() as folder:
        try:
            project = _lay_out(ref, now.stack, directory, Path(folder).resolve())
            if project is None:
                return Renewal()
            before = settings_by_files(side, now.stack, project, os.environ)
        except TransferError:
            note = (
                f"The settings of stack {now.stack!r} at {ref} are not valid, so it is not known "
                f"whether a change of them makes all images be {_DONE[side]} again."
            )
            return Renewal(notes=(note,))
    reasons = tuple(_reasons(side, before.settings, now.settings))
    return Renewal(bool(reasons), reasons)


def _reasons(
    side: Side, before: SourceSettings | TargetSettings, now: SourceSettings | TargetSettings
) -> Iterator[str]:
    """Say which settings have changed, so that all images are exported or imported again."""
    changes = f"The {side} side changes:"
    places = _place(before), _place(now)
    if is_made_again(*places):
        yield cost_of_change(side, *places)
    imports_by_runs = False
    if isinstance(before, TargetSettings) and isinstance(now, TargetSettings):
        imports_by_runs = now.import_by != _BY_TRIGGER
        if before.blobs != now.blobs:
            yield f"{changes} blobs from {before.blobs!r} to {now.blobs!r}. {_IMPORTED_AGAIN}"
        if imports_by_runs and before.import_by == _BY_TRIGGER:
            ways = f"import_by from {before.import_by!r} to {now.import_by!r}"
            yield f"{changes} {ways}. {_IMPORTED_AGAIN}"
    if before.rerun != now.rerun and (side == "source" or imports_by_runs):
        reruns = f"rerun from {before.rerun} to {now.rerun}"
        yield f"{changes} {reruns}. All its runs are repeated."


def _place(settings: SourceSettings | TargetSettings) -> dict[str, object]:
    """Give the place of settings, as it is written."""
    return {
        **chosen_place(settings),
        "registry": settings.registry.lower(),
        "location": settings.location or _REGISTRYS_OWN,
        "resource_group": (settings.resource_group or NEW).lower(),
    }


def _lay_out(ref: str, stack: str, directory: Path, folder: Path) -> Path | None:
    """Write the files of a commit that settings are read from; give the project's directory there.

    Each keeps its whole path below the folder, as files name each other by paths with `..`.

    Returns:
        None where the commit has no such stack.
    """
    project = project_directory(directory)

    def write(path: Path) -> Path | None:
        text = file_at(ref, str(path), project)
        if text is None:
            return None
        copy = folder / path.relative_to(path.anchor)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, encoding="utf-8")
        return copy

    written, file = write(project / "Pulumi.yaml"), write(project / file_name(stack))
    if written is None or file is None:
        return None
    entries = read_entries(file)
    of_tenant, shared = (
        str(entries.get(f"{NAMESPACE}:{key}", {}).get("value") or "")
        for key in ("folder", "shared_file")
    )
    if shared:
        write((program_directory(directory) / of_tenant / shared).resolve())
    return written.parent
