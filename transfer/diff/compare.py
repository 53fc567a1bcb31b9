"""Compares the lock with what is exported already: batches decide what moves, digests say why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from components.model.images_lock import ImagesLock, LockedArtifact
from transfer.diff.record import Change, Diff, NewRun, OtherContent, Removal, TargetContent


@dataclass(frozen=True)
class Earlier:
    """What a lock is compared with."""

    name: str
    """In words, as in "compared with ..."."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """Of each artifact; empty where it is not recorded."""
    exported: frozenset[str] = frozenset()
    """Batches of which the next `pulumi up` makes no run."""
    known: frozenset[str] = frozenset()
    """All batches that there were."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TargetTags:
    """What the target's registry holds in the repositories of a lock."""

    digests: Mapping[str, str]
    """Of those artifacts of the lock that are there."""
    others: tuple[str, ...]
    """Tags that the lock does not name."""


def earlier_lock(lock: ImagesLock, name: str) -> Earlier:
    """Take another lock for what is exported."""
    batches = frozenset(line.batch for line in lock.artifacts)
    digests = {str(line.artifact): line.digest for line in lock.artifacts}
    return Earlier(name, digests, batches, batches)


def compare(
    lock: ImagesLock,
    earlier: Earlier,
    target: TargetTags | None = None,
    *,
    may_overwrite: bool = True,
    imports_again: bool = False,
) -> Diff:
    """Say what would move; what changed in a line beside digest and batch is no change.

    Args:
        target: None where it is not read: then a moved tag is taken to be there as it was.
        may_overwrite: Whether the target's imports move tags that exist.
        imports_again: Whether the target imports once more what it has imported.
    """
    added, moved, again, unchanged = [], [], [], 0
    for line in sorted(lock.artifacts, key=lambda line: line.artifact):
        before = earlier.digests.get(str(line.artifact))
        if before is None:
            added.append(_change(line, ""))
        elif before and before != line.digest:
            moved.append(_change(line, before))
        elif line.batch not in earlier.exported:
            again.append(_change(line, before))
        else:
            unchanged += 1
    runs = [
        _new_run(batch.name, [line for line in lock.artifacts if line.batch == batch.name])
        for batch in lock.batches
        if batch.name not in earlier.exported
    ]
    wanted = {line.batch for line in lock.artifacts}
    named = {str(line.artifact) for line in lock.artifacts}
    overwrites, differs = _other_content(lock, moved, earlier.exported, target)
    return Diff(
        would_move=bool(runs) or (imports_again and unchanged > 0),
        registry=lock.registry,
        compared_with=earlier.name,
        added=tuple(added),
        moved=tuple(moved),
        exported_again=tuple(again),
        removed=tuple(
            Removal(artifact=artifact, old_digest=digest)
            for artifact, digest in sorted(earlier.digests.items())
            if artifact not in named
        ),
        unchanged=unchanged,
        imported_again=unchanged if imports_again else 0,
        bytes_to_move=sum(run.size for run in runs),
        new_runs=tuple(runs),
        kept_runs=tuple(sorted(wanted & earlier.exported)),
        lost_runs=tuple(sorted(earlier.known - wanted)),
        without_run=tuple(
            change.artifact for change in (*added, *moved) if change.batch in earlier.exported
        ),
        overwrites=overwrites,
        may_overwrite=may_overwrite,
        target=target and TargetContent(differs=differs, unlisted=tuple(sorted(target.others))),
        notes=earlier.notes,
    )


def _change(line: LockedArtifact, old_digest: str) -> Change:
    return Change(
        artifact=str(line.artifact),
        old_digest=old_digest,
        digest=line.digest,
        size=line.size,
        batch=line.batch,
    )


def _new_run(batch: str, lines: Iterable[LockedArtifact]) -> NewRun:
    members = sorted(lines, key=lambda line: line.artifact)
    return NewRun(
        batch=batch,
        artifacts=tuple(str(line.artifact) for line in members),
        size=sum(line.size for line in members),
    )


def _other_content(
    lock: ImagesLock,
    moved: Iterable[Change],
    exported: frozenset[str],
    target: TargetTags | None,
) -> tuple[tuple[OtherContent, ...], tuple[OtherContent, ...]]:
    """Give what the target holds under tags of the lock: of new runs, and of those exported."""
    standing = (
        {change.artifact: change.old_digest for change in moved}
        if target is None
        else target.digests
    )
    overwrites: list[OtherContent] = []
    differs: list[OtherContent] = []
    for line in sorted(lock.artifacts, key=lambda line: line.artifact):
        there = standing.get(str(line.artifact))
        if there and there != line.digest:
            item = OtherContent(
                artifact=str(line.artifact), target_digest=there, digest=line.digest
            )
            (differs if line.batch in exported else overwrites).append(item)
    return tuple(overwrites), tuple(differs)
