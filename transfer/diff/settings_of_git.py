"""Tells which settings of a source have changed since a commit, so that all is exported again."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from components.model.configuration import NAMESPACE
from components.model.errors import TransferError
from components.model.place_changes import NEW, chosen_place, cost_of_change, is_made_again
from components.model.settings import SourceSettings, TargetSettings
from transfer.diff.compare import Earlier
from transfer.file_settings import settings_by_files
from transfer.git_files import file_at
from transfer.stack_file import file_name, program_directory, project_directory, read_entries

_REGISTRYS_OWN = "that of the registry"


def without_renewed(earlier: Earlier, ref: str, stack: str, directory: Path) -> Earlier:
    """Count nothing as exported where a changed setting of a source makes all runs be made again.

    Raises:
        NoCommitError: there is no such commit.
    """
    now = settings_by_files("source", stack, directory, os.environ)
    with TemporaryDirectory() as folder:
        try:
            project = _lay_out(ref, now.stack, directory, Path(folder).resolve())
            if project is None:
                return earlier
            before = settings_by_files("source", now.stack, project, os.environ)
        except TransferError:
            note = (
                f"The settings of stack {now.stack!r} at {ref} are not valid, so it is not known "
                "whether a change of them makes all images be exported again."
            )
            return replace(earlier, notes=(*earlier.notes, note))
    renewals = tuple(_renewals(before.settings, now.settings))
    exported = frozenset[str]() if renewals else earlier.exported
    return replace(earlier, exported=exported, notes=(*earlier.notes, *renewals))


def _renewals(
    before: SourceSettings | TargetSettings, now: SourceSettings | TargetSettings
) -> Iterator[str]:
    """Say which settings have changed, so that all images are exported again."""
    places = _place(before), _place(now)
    if is_made_again(*places):
        yield cost_of_change("source", *places)
    if before.rerun != now.rerun:
        yield (
            f"The source side changes: rerun from {before.rerun} to {now.rerun}. "
            "All its runs are repeated."
        )


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
