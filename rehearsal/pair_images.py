"""What a pair transfers: its list and its lock, and the same in the words of the stage."""

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from components.model.artifacts import Artifact
from components.model.errors import Problem, SettingsError
from components.model.images_lock import LockedArtifact
from rehearsal.artifacts import Original, StandIns, originals_of_list, originals_of_lock
from rehearsal.files import PairFiles
from transfer.errors import CommandFailedError
from transfer.lock.images_list import Exact, ImagesList
from transfer.lock.offline import differences
from transfer.lock.place import LockPlace
from transfer.pair import Pair


@dataclass(frozen=True)
class PairImages:
    """What a pair transfers."""

    pair: PairFiles
    place: LockPlace
    lines: tuple[LockedArtifact, ...]
    """Of the lock; none where there is none yet."""
    originals: tuple[Original, ...]

    def texts(self, stand_ins: StandIns) -> dict[Path, str]:
        """Give the files of list and lock for the stage, relative to the program.

        Raises:
            SettingsError: one of them lies elsewhere.
        """
        settings, texts = self.place.settings, {}
        if settings.images_file:
            file = self.place.directory / settings.images_file
            texts[self.pair.in_program(file)] = yaml.safe_dump({"images": list(stand_ins.names)})
        if self.lines:
            lock = stand_ins.lock(self.place.registry, self.lines)
            texts[self.pair.in_program(self.place.directory / self.place.file)] = lock
        return texts


def read_images(pair: PairFiles) -> PairImages:
    """Read what a pair transfers.

    Raises:
        SettingsError: list or lock cannot be read, or the list takes what only a lock tells.
        CommandFailedError: the lock does not fit the list.
    """
    values, folder = pair.source_values
    settings = pair.source_settings
    place = LockPlace(values, settings, pair.source.stack, folder)
    listed = place.read_list()
    lines = place.read_lock_if_any() if settings.images_lock else ()
    if not lines:
        artifacts = tuple(_named(pair, listed))
        return PairImages(pair, place, (), tuple(originals_of_list(artifacts)))
    if found := list(differences(listed, lines)):
        again = shlex.join(Pair(directory=Path(os.path.relpath(pair.folder))).command("lock"))
        told = [f"{place.file} of {pair.name} does not fit the list:", *found]
        raise CommandFailedError("\n".join([*told, f"Lock it anew: {again}"]), "Then:")
    named = {
        artifact.reference
        for _, rule in listed.rules
        for artifact in ((rule.artifact,) if isinstance(rule, Exact) else rule.named)
    }
    return PairImages(pair, place, lines, tuple(originals_of_lock(lines, named)))


def _named(pair: PairFiles, listed: ImagesList) -> Iterator[Artifact]:
    """Give what a list names without a lock; which tags a filter takes, only the registry tells."""
    problems = []
    for where, rule in listed.rules:
        if isinstance(rule, Exact):
            yield rule.artifact
        elif rule.needs_no_list:
            yield from rule.named
        else:
            reason = "which tags a filter takes stands in a lock, and there is none"
            fix = "Have acr-transfer lock write it, then rehearse."
            problems.append(Problem(f"{where} of {pair.name}", str(rule), reason, fix))
    if problems:
        raise SettingsError(problems)
