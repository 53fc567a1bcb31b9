"""Merges two locks that come from one, entry by entry, as git knows lines but no entries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from components.model.artifacts import Artifact
from components.model.images_lock import LockedArtifact

Lines = Iterable[LockedArtifact]


@dataclass(frozen=True)
class Merge:
    """What two locks make together."""

    artifacts: tuple[LockedArtifact, ...]
    conflicts: tuple[Artifact, ...]
    """What both have changed, each in its own way: the lines are those of ours."""


def merge_lines(base: Lines, ours: Lines, theirs: Lines) -> Merge:
    """Take each change of either side; of an artifact that both brought, our batch."""
    before, here, there = (_by_artifact(lines) for lines in (base, ours, theirs))
    merged: list[LockedArtifact] = []
    conflicts: list[Artifact] = []
    for artifact in sorted({*before, *here, *there}):
        old, our, their = before.get(artifact), here.get(artifact), there.get(artifact)
        taken = their if our == old else our
        is_same = our and their and our.digest == their.digest
        if their not in (our, old) and our != old and not is_same:
            conflicts.append(artifact)
        if taken:
            merged.append(taken)
    present = {line.batch for line in merged}
    return Merge(
        tuple(
            replace(line, earlier=tuple(name for name in line.earlier if name in present))
            for line in merged
        ),
        tuple(conflicts),
    )


def _by_artifact(lines: Lines) -> Mapping[Artifact, LockedArtifact]:
    return {line.artifact: line for line in lines}
