"""Judges what is recorded: what changes, what is destroyed, what has failed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from fleet.records import Change, Reason, Result, Row, Violation
from review.records import Kind, Records, TenantRecords
from transfer.redaction import redact

# With these go blobs, images, the way to them, or for 90 days a name.
_LASTING = (
    "BlobContainer",
    "ExportPipeline",
    "ImportPipeline",
    "Registry",
    "ResourceGroup",
    "StorageAccount",
    "Vault",
)
_REPLACE = "replace"
_NO_RECORD = "its step has left no record; its log says why"
_UNREAD = "its step has left no whole record; its log says why"


@dataclass(frozen=True)
class StackChange:
    """What happens to a resource of a stack."""

    stack: str
    change: Change
    is_rehearsed: bool = False
    """Whether the rehearsal tells it, and no preview does."""

    @property
    def is_destructive(self) -> bool:
        """Whether something goes that is missed."""
        is_lost = self.change.operation in (_REPLACE, "delete")
        return is_lost and self.change.type.rpartition(":")[2] in _LASTING


@dataclass(frozen=True)
class Failure:
    """What stands in the way of a change, or was not looked at."""

    tenant: str
    step: str
    said: str


@dataclass(frozen=True)
class TenantReview:
    """What a change does to a tenant."""

    records: TenantRecords
    failures: tuple[Failure, ...] = ()

    @property
    def name(self) -> str:
        """The tenant."""
        return self.records.name

    @cached_property
    def changes(self) -> tuple[StackChange, ...]:
        """What happens to resources, a replacement once."""
        return tuple(_changes(self.records))

    @property
    def exported_again(self) -> tuple[str, ...]:
        """What the rehearsal has moved, and the comparison of locks does not name."""
        if not self.records.rehearsal or not self.records.diff:
            return ()
        told = {name for run in self.records.diff.new_runs for name in run.artifacts}
        return tuple(name for name in self.records.rehearsal.moved if name not in told)

    @property
    def violations(self) -> list[tuple[str, Violation]]:
        """Policies that are not kept, each with its stack."""
        return [(row.stack, item) for row in self.records.previews for item in row.violations]

    @property
    def broken(self) -> list[tuple[str, Violation]]:
        """Those of them that must be kept."""
        return [(stack, item) for stack, item in self.violations if item.level == "mandatory"]

    @property
    def is_changed(self) -> bool:
        """Whether there is something to look at."""
        diff = self.records.diff
        moves = diff and (diff.would_move or diff.moved or diff.added or diff.removed)
        return bool(moves or self.changes or self.failures or self.broken)


@dataclass(frozen=True)
class Review:
    """What a change does to all tenants."""

    changed: tuple[TenantReview, ...]
    unchanged: int
    removed: tuple[str, ...]
    """Tenants whose folder is gone."""
    failures: tuple[Failure, ...]
    missing: tuple[Kind, ...]
    """What there is no record of at all."""
    not_proved: tuple[str, ...]

    @property
    def destroyed(self) -> list[StackChange]:
        """What is replaced or deleted, and is missed."""
        changes = (change for tenant in self.changed for change in tenant.changes)
        return [change for change in changes if change.is_destructive]


def judge(
    records: Records,
    tenants: Iterable[str] = (),
    changed: Iterable[str] | None = None,
    removed: Iterable[str] = (),
) -> Review:
    """Judge what is recorded.

    Args:
        records: What earlier steps have left.
        tenants: All tenants of the checkout.
        changed: Those whose files differ, as far as git tells: they should have records.
        removed: Those whose folder is gone.
    """
    if changed is None:
        changed = [
            name for name, one in records.tenants.items() if one.kinds & {Kind.LOCK, Kind.DIFF}
        ]
    expected = set(changed)
    reviews = []
    for name in sorted(records.tenants.keys() | expected):
        one = records.tenants.get(name) or TenantRecords(name)
        failures = tuple(_failures(one, records.kinds if name in expected else set()))
        reviews.append(TenantReview(one, failures))
    looked_at = [review for review in reviews if review.is_changed]
    names = {review.name for review in reviews} | set(tenants)
    everywhere = (Failure("", kind, _UNREAD) for kind in records.unread)
    return Review(
        changed=tuple(looked_at),
        unchanged=len(names) - len(looked_at),
        removed=tuple(removed),
        failures=(*everywhere, *(item for review in looked_at for item in review.failures)),
        missing=tuple(kind for kind in Kind if reviews and kind not in records.kinds),
        not_proved=records.not_proved,
    )


def _failures(one: TenantRecords, expected: set[Kind]) -> Iterator[Failure]:
    if one.lock and one.lock.differences:
        found = "; ".join(one.lock.differences)
        yield Failure(one.name, Kind.LOCK, f"{one.lock.file} does not fit the list: {found}")
    if one.rehearsal and (step := one.rehearsal.failure):
        yield Failure(one.name, f"{Kind.REHEARSE}: {step.step}", redact(step.said))
    for row in one.previews:
        # Each policy that is not kept is named for itself.
        if row.is_bad and not (row.reason is Reason.POLICY and row.violations):
            said = redact(row.cause or row.reason or row.result)
            yield Failure(one.name, f"{Kind.PREVIEW}: {row.stack}", said)
    for kind in Kind:
        if kind in one.unread:
            yield Failure(one.name, kind, _UNREAD)
        elif kind in expected - one.kinds:
            yield Failure(one.name, kind, _NO_RECORD)


def _changes(one: TenantRecords) -> Iterator[StackChange]:
    rehearsed = {
        item.stack: merged(item.changes)
        for item in (one.rehearsal.changed if one.rehearsal else ())
    }
    told: set[str] = set()
    for row in one.previews:
        if _is_told(row):
            told.add(row.stack)
            seen = merged(row.changes)
            yield from (StackChange(row.stack, change) for change in seen)
            lost = {(change.type, change.name) for change in seen if change.operation != "update"}
            for change in rehearsed.get(row.stack, ()):
                item = StackChange(row.stack, change, is_rehearsed=True)
                if item.is_destructive and (change.type, change.name) not in lost:
                    yield item
    for stack, changes in rehearsed.items():
        if stack not in told:
            yield from (StackChange(stack, change, is_rehearsed=True) for change in changes)


def _is_told(row: Row) -> bool:
    """Whether a preview tells all that it would change: one of a stack that is not yet does not."""
    is_seen = row.result is Result.UNCHANGED and not row.cause
    return bool(row.changes) or is_seen or row.result in (Result.DONE, Result.SKIPPED)


def merged(changes: Iterable[Change]) -> list[Change]:
    """Tell a replacement once: the engine does so in steps, which create, delete and replace."""
    by_resource: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        by_resource.setdefault((change.type, change.name), []).append(change)
    return [change for steps in by_resource.values() for change in _merged(steps)]


def _merged(steps: Sequence[Change]) -> Sequence[Change]:
    if not any(_REPLACE in step.operation for step in steps):
        return steps
    properties = tuple(sorted({name for step in steps for name in step.properties}))
    return [steps[0].model_copy(update={"operation": _REPLACE, "properties": properties})]
