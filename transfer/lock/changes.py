"""What one lock has that another one has not, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rich.filesize import decimal

from components.model.images_lock import LockedArtifact
from transfer.tables import short_digest


@dataclass(frozen=True)
class Changes:
    """From an older lock to a newer one."""

    added: tuple[LockedArtifact, ...]
    moved: tuple[tuple[LockedArtifact, LockedArtifact], ...]
    removed: tuple[LockedArtifact, ...]
    renewed: tuple[LockedArtifact, ...]
    """Unchanged, and yet in another batch."""
    retold: tuple[LockedArtifact, ...]
    """Unchanged, but the line says something else of it, as its rule."""
    kept: int

    @property
    def exported(self) -> tuple[LockedArtifact, ...]:
        """What moves because of them."""
        return (*self.added, *(new for _, new in self.moved), *self.renewed)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.exported or self.removed or self.retold)

    def lines(self) -> Iterator[str]:
        """Name each of them."""
        yield from (f"  added    {line.artifact} ({line.rule})" for line in self.added)
        for old, new in self.moved:
            yield (
                f"  moved    {new.artifact} from {short_digest(old.digest)} to "
                f"{short_digest(new.digest)}"
            )
        yield from (f"  removed  {line.artifact}" for line in self.removed)
        yield from (f"  renewed  {line.artifact}" for line in self.renewed)
        yield from (f"  retold   {line.artifact} ({line.rule})" for line in self.retold)

    def summary(self) -> str:
        """Count them, and what moves because of them."""
        counts = {
            "added": len(self.added),
            "moved": len(self.moved),
            "removed": len(self.removed),
            "renewed": len(self.renewed),
            "retold": len(self.retold),
        }
        rare = ("renewed", "retold")
        counted = [f"{count} {what}" for what, count in counts.items() if count or what not in rare]
        return f"{', '.join(counted)}, {self.kept} kept; {self.moving()}"

    def moving(self) -> str:
        """Say what is exported because of them."""
        if not self.exported:
            return "nothing is exported"
        count, runs = len(self.exported), len({line.batch for line in self.exported})
        artifacts = "1 artifact is" if count == 1 else f"{count} artifacts are"
        return (
            f"{artifacts} exported, {decimal(sum(line.size for line in self.exported))} in "
            f"{runs} run{'s' if runs > 1 else ''}"
        )


def compare(old: Sequence[LockedArtifact], new: Sequence[LockedArtifact]) -> Changes:
    """Compare two locks."""
    before = {line.artifact: line for line in old}
    after = {line.artifact: line for line in new}
    both = [(before[line.artifact], line) for line in new if line.artifact in before]
    same = [(one, other) for one, other in both if one.digest == other.digest]
    stayed = [(one, other) for one, other in same if one.batch == other.batch]
    # A batch that is gone is nobody's earlier one any more: no news.
    retold = [other for one, other in stayed if replace(one, earlier=other.earlier) != other]
    return Changes(
        added=tuple(line for line in new if line.artifact not in before),
        moved=tuple(pair for pair in both if pair[0].digest != pair[1].digest),
        removed=tuple(line for line in old if line.artifact not in after),
        renewed=tuple(other for one, other in same if one.batch != other.batch),
        retold=tuple(retold),
        kept=len(stayed) - len(retold),
    )
