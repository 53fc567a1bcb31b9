"""Which run carries what: unchanged artifacts stay in their batch, others go into new ones."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from components.model.artifacts import MAX_ARTIFACTS_PER_RUN, Artifact
from components.model.images_lock import FoundArtifact, ImagesLock, LockedArtifact

_GB = 10**9
# Of batches that are there beyond those that are needed.
_SPARE_BATCHES = 10
_FIELDS = [field.name for field in fields(FoundArtifact)]


@dataclass(frozen=True)
class BatchLimits:
    """What a new batch holds at most; an artifact that is larger has a batch of its own."""

    artifacts: int = MAX_ARTIFACTS_PER_RUN
    size: int = 20 * _GB
    """In bytes."""


def assign_batches(
    found: Iterable[FoundArtifact],
    previous: Sequence[LockedArtifact],
    limits: BatchLimits,
    renewed: Sequence[Collection[Artifact]] = (),
) -> tuple[LockedArtifact, ...]:
    """Give each artifact its batch; the same input gives the same batches.

    Args:
        previous: The lines of the lock as it is; empty where there is none.
        renewed: Groups of artifacts that leave their batches though they are unchanged, each group
            for batches of its own.
    """
    before = {line.artifact: line for line in previous}
    leaving = {artifact for group in renewed for artifact in group}
    groups: list[list[FoundArtifact]] = [[] for _ in range(len(renewed) + 1)]
    kept: list[LockedArtifact] = []
    for item in sorted(found, key=lambda item: item.artifact):
        line = before.get(item.artifact)
        if line is not None and line.digest == item.digest and item.artifact not in leaving:
            kept.append(_locked(item, line.batch, line.earlier))
            continue
        place = next((i for i, group in enumerate(renewed) if item.artifact in group), -1)
        groups[place].append(item)
    made = [
        line for group in groups for batch in pack(group, limits) for line in _new(batch, before)
    ]
    lines = [*kept, *made]
    present = {line.batch for line in lines}
    # What every artifact has left is not in the lock any more.
    return tuple(
        _locked(line, line.batch, tuple(name for name in line.earlier if name in present))
        for line in sorted(lines, key=lambda line: line.artifact)
    )


def pack(found: Iterable[FoundArtifact], limits: BatchLimits) -> Iterator[list[FoundArtifact]]:
    """Cut artifacts into as few batches as their order allows."""
    batch: list[FoundArtifact] = []
    size = 0
    for item in found:
        if batch and (len(batch) == limits.artifacts or size + item.size > limits.size):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += item.size
    if batch:
        yield batch


def halves(lock: ImagesLock, batch: str) -> tuple[list[Artifact], list[Artifact]]:
    """Part the artifacts of a batch in two, for a search of the one at fault."""
    members = [item for known in lock.batches if known.name == batch for item in known.artifacts]
    middle = len(members) // 2
    return members[:middle], members[middle:]


def small_batches(lines: Sequence[LockedArtifact], limits: BatchLimits) -> set[Artifact]:
    """Give the artifacts of batches that are less than half full: cut anew, they need fewer."""
    members: dict[str, list[LockedArtifact]] = {}
    for line in lines:
        members.setdefault(line.batch, []).append(line)
    return {
        line.artifact
        for batch in members.values()
        if 2 * len(batch) <= limits.artifacts and 2 * _size(batch) <= limits.size
        for line in batch
    }


def has_too_many_batches(lines: Sequence[LockedArtifact], limits: BatchLimits) -> bool:
    """Whether there are more than twice as many batches as needed, and ten."""
    needed = sum(1 for _ in pack(lines, limits))
    return len({line.batch for line in lines}) > 2 * needed + _SPARE_BATCHES


def _new(
    batch: Sequence[FoundArtifact], before: Mapping[Artifact, LockedArtifact]
) -> Iterator[LockedArtifact]:
    left = [before[item.artifact] for item in batch if item.artifact in before]
    # With what they leave: a batch that is renewed has another name although its content is equal.
    content = [item.pinned for item in batch] + sorted({line.batch for line in left})
    name = hashlib.sha256("\n".join(content).encode()).hexdigest()[:16]
    for item in batch:
        line = before.get(item.artifact)
        yield _locked(item, name, (line.batch, *line.earlier) if line else ())


def _locked(item: FoundArtifact, batch: str, earlier: tuple[str, ...]) -> LockedArtifact:
    # Bytes of a manifest under another rule are the same: the batch alone is remembered.
    return LockedArtifact(
        **{name: getattr(item, name) for name in _FIELDS}, batch=batch, earlier=earlier
    )


def _size(batch: Sequence[FoundArtifact]) -> int:
    return sum(item.size for item in batch)
