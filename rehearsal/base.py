"""The state that a change begins with: program and files as git has them at a revision."""

import io
import tarfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rehearsal.chosen import Readings
from rehearsal.files import PairFiles, is_virtualenv, read_pair
from transfer.errors import WrongUseError
from transfer.git_files import NoCommitError, archive_at


def pairs_at(ref: str, pairs: Sequence[PairFiles], folder: Path) -> Readings:
    """Read the pairs as they were at a revision, without those that it does not have.

    Their program is that of the revision, too; packages are those of today.

    Raises:
        WrongUseError: git knows no such revision, or its files cannot be laid out here.
        SettingsError: values were wrong then, of each pair.
    """
    root = pairs[0].root
    try:
        archive = archive_at(ref, root)
    except NoCommitError as error:
        raise WrongUseError(
            f"--since {ref!r} is not valid: it is a commit, branch or tag of this repository, and "
            f"git says: {error}"
        ) from error
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
    except tarfile.FilterError as error:
        raise WrongUseError(
            f"--since {ref!r} is not valid: its files cannot be laid out beside yours: {error}. "
            "Rehearse the files of today alone: leave --since out."
        ) from error
    for entry in filter(is_virtualenv, root.iterdir()):
        (folder / entry.name).symlink_to(entry)
    readings = Readings()
    for pair in pairs:
        place, stacks = folder / pair.place, (pair.source.stack, pair.target.stack)
        if all((place / side.file.name).is_file() for side in pair.sides):
            readings.read(pair.name, partial(read_pair, pair.name, place, *stacks))
    # A pair that is new is rehearsed without a base.
    if len(readings.errors) == len(pairs):
        readings.require_one()
    return readings
