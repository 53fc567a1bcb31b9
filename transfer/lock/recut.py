"""New batches for what is locked already, on demand: the registry is not asked."""

from collections.abc import Sequence

from components.model.artifacts import Artifact
from components.model.errors import Problem, SettingsError
from components.model.images_lock import ImagesLock, LockedArtifact
from components.model.wrong_values import nearest_of
from transfer.lock.batching import BatchLimits, assign_batches, halves, pack, small_batches

Lines = tuple[LockedArtifact, ...]


def compact(lines: Lines, limits: BatchLimits) -> Lines:
    """Put artifacts of small batches together; the lines as they are where that gains nothing."""
    small = small_batches(lines, limits)
    members = sorted(
        (line for line in lines if line.artifact in small), key=lambda line: line.artifact
    )
    if len({line.batch for line in members}) <= sum(1 for _ in pack(members, limits)):
        return lines
    return assign_batches(lines, lines, limits, [small])


def renew(lines: Lines, limits: BatchLimits, names: Sequence[str]) -> Lines:
    """Give artifacts, or all of a batch, another batch.

    Raises:
        SettingsError: the lock has no such artifact or batch; it names all of them.
    """
    members = {name: _named(lines, name) for name in names}
    known = {str(line.artifact) for line in lines} | {line.batch for line in lines}
    require_known("--renew", [name for name in names if not members[name]], known)
    renewed = {artifact for artifacts in members.values() for artifact in artifacts}
    return assign_batches(lines, lines, limits, [renewed])


def split(lines: Lines, limits: BatchLimits, batch: str) -> Lines:
    """Give each half of a batch a batch of its own.

    Raises:
        SettingsError: the lock has no such batch, or it has one artifact.
    """
    members = [line.artifact for line in lines if line.batch == batch]
    require_known("--split", [] if members else [batch], {line.batch for line in lines})
    if len(members) == 1:
        rule = f"it has one artifact, {members[0]}, so that is the one at fault"
        fix = "Take it off the list, or mend it, then: acr-transfer lock."
        raise SettingsError([Problem("--split", batch, rule, fix)])
    return assign_batches(lines, lines, limits, halves(ImagesLock("", lines), batch))


def require_known(option: str, unknown: Sequence[str], known: set[str]) -> None:
    """Refuse names that a lock does not have.

    Raises:
        SettingsError: there are any; it names all of them.
    """
    rule = "the lock has no such name"
    problems = [
        Problem(option, name, rule, nearest_of(name, known).strip() or "Take a name of its lines.")
        for name in unknown
    ]
    if problems:
        raise SettingsError(problems)


def _named(lines: Lines, name: str) -> list[Artifact]:
    return [
        line.artifact
        for line in lines
        if name in (str(line.artifact), line.pinned, line.batch, _without_tag(line))
    ]


def _without_tag(line: LockedArtifact) -> str:
    return line.artifact.repository if line.artifact.reference == "latest" else ""
