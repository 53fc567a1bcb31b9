"""The command `acr-transfer merge-lock`, which git calls where both sides changed a lock."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from transfer.ending import FAILED, errors_as_sentences


def merge_lock(
    base: Annotated[Path, typer.Argument(metavar="BASE", help="What both come from: %O.")],
    ours: Annotated[Path, typer.Argument(metavar="OURS", help="Is written: %A.")],
    theirs: Annotated[Path, typer.Argument(metavar="THEIRS", help="What is merged: %B.")],
) -> None:
    """Merge two locks for git, entry by entry; as lines, neighbours are in each other's way.

    Once in a clone: git config merge.images-lock.driver "acr-transfer merge-lock %O %A %B".
    What both sides changed is a conflict: it is named, and stands in the file as git writes it.
    """
    with errors_as_sentences():
        from components.model.errors import SettingsError

        try:
            problem = _merge(base, ours, theirs)
        except SettingsError as error:
            problem = str(error)
    if problem:
        names = ("ours", "base", "theirs")
        labels = [word for name in names for word in ("-L", name)]
        files = [str(file) for file in (ours, base, theirs)]
        subprocess.run(["git", "merge-file", *labels, *files], check=False)
        print(problem, file=sys.stderr)
        raise typer.Exit(FAILED)


def _merge(base: Path, ours: Path, theirs: Path) -> str:
    """Write the merged lock, or say why there is none."""
    from components.model.images_lock import ImagesLock, parse_lock
    from transfer.lock.merging import merge_lines

    here, there = (
        parse_lock(file.read_text(encoding="utf-8"), f"images.lock, {whose}")
        for file, whose in ((ours, "ours"), (theirs, "theirs"))
    )
    if here.registry != there.registry:
        return f"The locks are of two registries, {here.registry!r} and {there.registry!r}."
    # Empty where both sides have begun a lock.
    text = base.read_text(encoding="utf-8")
    before = parse_lock(text, "images.lock, base").artifacts if text else ()
    merge = merge_lines(before, here.artifacts, there.artifacts)
    if merge.conflicts:
        changed = ", ".join(map(str, merge.conflicts))
        return f"Both sides changed {changed}: keep one line of each, or run acr-transfer lock."
    merged = ImagesLock(here.registry, merge.artifacts).text()
    parse_lock(merged, "images.lock, merged")
    ours.write_text(merged, encoding="utf-8", newline="\n")
    return ""
