"""Says a review in words: the sum in one line, tables by title, and notes."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rich.filesize import decimal

from fleet.records import Violation
from rehearsal.records import Outcome, PairRow, Step
from review.judge import Review, StackChange, TenantReview
from review.records import Kind
from transfer.diff.words import notes as diff_notes
from transfer.diff.words import sections as diff_sections
from transfer.diff.words import summary as diff_summary
from transfer.tables import NOTHING, Section

_LONGEST_SAID = 600
_NOT_LOOKED_AT = {
    Kind.LOCK: "whether locks fit their lists",
    Kind.DIFF: "what would move",
    Kind.REHEARSE: "whether the change works on an emulated cloud",
    Kind.PREVIEW: "what changes in Azure, and whether policies are kept",
}
# In the order in which they are counted.
_OPERATIONS = ("replace", "delete", "update", "create")


def summary(review: Review) -> str:
    """Say in one line what changes in how many tenants."""
    parts = [part for part in (_moves(review.changed), _resources(_all(review.changed))) if part]
    return " ".join([_tenants(review), *(f"{part}." for part in parts)])


def sections_on_top(review: Review) -> list[Section]:
    """Give the tables of what must be seen first, those that have a row."""
    broken = [broken for tenant in review.changed for broken in tenant.broken]
    lost = len(review.destroyed) + len(review.removed)
    found = [
        Section(
            _counted(lost, "destructive change"),
            ("stack", "operation", "resources", "told by"),
            (*_destroyed(review), *_removed(review)),
            ("told by",),
        ),
        Section(
            _counted(len(review.failures), "failure"),
            ("tenant", "step", "says"),
            tuple(
                (item.tenant or NOTHING, item.step, _short(item.said)) for item in review.failures
            ),
        ),
        _violations(_counted(len(broken), "broken policy", "broken policies"), broken),
    ]
    return [section for section in found if section.rows]


def tenant_lines(tenant: TenantReview) -> Iterator[str]:
    """Say what happens to a tenant, a sentence or two a line."""
    records = tenant.records
    if records.diff:
        yield diff_summary(records.diff)
        yield from diff_notes(records.diff)
    if records.rehearsal:
        yield _verdict(records.rehearsal)
    if again := tenant.exported_again:
        yield f"Exported again, although the lock stays as it is: {', '.join(again)}."
    if resources := _resources(tenant.changes):
        yield f"{resources}."
    said: dict[str, list[str]] = {}
    for row in records.previews:
        if row.cause and not row.is_bad:
            said.setdefault(row.cause, []).append(row.stack)
    yield from (f"{', '.join(stacks)}: {cause}." for cause, stacks in said.items())


def moving(tenant: TenantReview) -> list[Section]:
    """Give the tables of what moves."""
    return diff_sections(tenant.records.diff) if tenant.records.diff else []


def resources(tenant: TenantReview) -> list[Section]:
    """Give the tables of what happens to resources, and of policies, those that have a row."""
    rows = tuple((item.stack, item.change.operation, *_resource(item)) for item in tenant.changes)
    found = [
        Section("Resource changes", ("stack", "operation", "type", "name", "properties"), rows),
        _violations("Policies that are not kept", tenant.violations),
    ]
    return [section for section in found if section.rows]


def notes(review: Review) -> list[str]:
    """Say what else is to be known, a sentence or two each."""
    return [f"Not looked at: {_NOT_LOOKED_AT[kind]}." for kind in review.missing]


def _tenants(review: Review) -> str:
    changed, total = len(review.changed), len(review.changed) + review.unchanged
    removed = f", {len(review.removed)} removed" if review.removed else ""
    verb = "changes" if changed == 1 else "change"
    if not changed:
        return f"Nothing changes in {_counted(total, 'tenant')}{removed}."
    return f"{changed} of {_counted(total, 'tenant')} {verb}{removed}."


def _moves(tenants: Iterable[TenantReview]) -> str:
    diffs = [tenant.records.diff for tenant in tenants if tenant.records.diff]
    kinds = {
        "added": sum(len(diff.added) for diff in diffs),
        "moved": sum(len(diff.moved) for diff in diffs),
        "exported again": sum(len(diff.exported_again) for diff in diffs),
        "removed": sum(len(diff.removed) for diff in diffs),
    }
    counts = ", ".join(f"{number} {kind}" for kind, number in kinds.items() if number)
    runs = sum(len(diff.new_runs) for diff in diffs)
    size = decimal(sum(diff.bytes_to_move for diff in diffs))
    carried = f"; {_counted(runs, 'new run')} would move {size}" if runs else ""
    return f"Artifacts: {counts}{carried}" if counts else ""


def _resources(changes: Iterable[StackChange]) -> str:
    counts = Counter(item.change.operation for item in changes)
    order = [*_OPERATIONS, *sorted(counts.keys() - set(_OPERATIONS))]
    told = ", ".join(f"{counts[name]} to {name}" for name in order if counts[name])
    return f"Resources: {told}" if told else ""


def _all(tenants: Iterable[TenantReview]) -> list[StackChange]:
    return [change for tenant in tenants for change in tenant.changes]


def _destroyed(review: Review) -> Iterator[tuple[str, ...]]:
    names: dict[tuple[str, str, str], list[str]] = {}
    for item in review.destroyed:
        told_by = "rehearsal" if item.is_rehearsed else "preview"
        key = (item.stack, item.change.operation, told_by)
        kind = item.change.type.rpartition(":")[2]
        names.setdefault(key, []).append(f"{kind} {item.change.name}")
    for (stack, operation, told_by), resources in names.items():
        yield stack, operation, ", ".join(resources), told_by


def _removed(review: Review) -> Iterator[tuple[str, ...]]:
    for name in review.removed:
        left = (
            "only its files: its stacks stay in the cloud and in the backend. Before the merge, on "
            f"the branch that this goes into: acr-transfer tenant remove {name}"
        )
        yield name, "remove", left, "git"


def _resource(item: StackChange) -> tuple[str, str, str]:
    change = item.change
    kind = change.type.removeprefix("azure-native:")
    return kind, change.name, ", ".join(change.properties) or NOTHING


def _violations(title: str, found: Iterable[tuple[str, Violation]]) -> Section:
    names: dict[tuple[str, str, str, str], list[str]] = {}
    for stack, item in found:
        key = (stack, item.rule, item.level, _short(item.message))
        names.setdefault(key, []).append(item.name)
    rows = tuple(
        (stack, rule, level, ", ".join(resources), says)
        for (stack, rule, level, says), resources in names.items()
    )
    return Section(title, ("stack", "rule", "level", "resources", "says"), rows)


def _verdict(pair: PairRow) -> str:
    """Say what a rehearsal has found."""
    if pair.failure:
        return f"Rehearsal: failed, step {pair.failure.step}."
    proved = _steps(pair, Outcome.PROVED)
    needless = _steps(pair, Outcome.NOT_NEEDED)
    said = f"; not needed: {', '.join(needless)}" if needless else ""
    return f"Rehearsal: proved {', '.join(proved) or 'nothing'}{said}."


def _steps(pair: PairRow, outcome: Outcome) -> Sequence[str]:
    # That all of it stands on the stage says nothing about the change.
    return [row.step for row in pair.steps if row.outcome is outcome and row.step is not Step.STAGE]


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST_SAID else f"{words[:_LONGEST_SAID]} ..."


def _counted(number: int, noun: str, nouns: str = "") -> str:
    return f"{number} {noun if number == 1 else nouns or f'{noun}s'}"
