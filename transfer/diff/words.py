"""Says a comparison in words: the sum in one sentence, tables by title, and notes."""

from collections.abc import Iterator, Sequence

from rich.filesize import decimal

from transfer.diff.record import Change, Diff, OtherContent
from transfer.tables import NOTHING, Section, short_digest

_NAMED = 5


def summary(diff: Diff) -> str:
    """Say in one line what moves."""
    kinds = {
        "added": len(diff.added),
        "moved": len(diff.moved),
        "exported again": len(diff.exported_again),
        "removed": len(diff.removed),
        "unchanged": diff.unchanged,
    }
    counts = ", ".join(f"{number} {kind}" for kind, number in kinds.items() if number)
    if diff.kept_runs:
        stay = "stays" if len(diff.kept_runs) == 1 else "stay"
        counts += f"; {_counted(len(diff.kept_runs), 'run')} {stay}"
    if diff.imported_again:
        again = _counted(diff.imported_again, "artifact")
        counts = f"{again} would be imported again. {counts}"
    if not diff.would_move:
        return f"Nothing would move. {counts}."
    if not diff.new_runs:
        return f"{counts}."
    runs = _counted(len(diff.new_runs), "new run")
    carried = _counted(sum(len(run.artifacts) for run in diff.new_runs), "artifact")
    return f"{runs} would move {carried} ({decimal(diff.bytes_to_move)}). {counts}."


def sections(diff: Diff) -> list[Section]:
    """Give the tables that have a row."""
    target = diff.target
    becomes = "to be overwritten" if diff.may_overwrite else "that the import leaves as they are"
    found = [
        Section(
            "What changes",
            ("change", "artifact", "was", "becomes", "batch", "size"),
            tuple(_changes(diff)),
            ("batch", "was", "becomes"),
        ),
        Section(
            "New runs",
            ("batch", "artifacts", "size"),
            tuple((run.batch, str(len(run.artifacts)), decimal(run.size)) for run in diff.new_runs),
        ),
        _other_content(f"Tags at the target {becomes}", diff.overwrites),
        _other_content("Other content at the target", target.differs if target else ()),
        Section(
            "At the target, in no lock",
            ("artifact",),
            tuple((artifact,) for artifact in target.unlisted) if target else (),
        ),
    ]
    return [section for section in found if section.rows]


def notes(diff: Diff) -> list[str]:
    """Say what else is to be known, a sentence or two each."""
    lines = []
    if diff.without_run:
        named = _some(diff.without_run)
        lines.append(
            f"No run carries {named}: new or moved, but in a batch that is exported already. "
            f"Give each a new one: acr-transfer lock --renew {diff.without_run[0]}"
        )
    if diff.overwrites and not diff.may_overwrite:
        lines.append(
            "To have tags overwritten, write acr-transfer:options: [OverwriteTags] for the target."
        )
    if diff.removed:
        lines.append("What is removed from the lock stays in the target's registry.")
    if diff.lost_runs:
        lines.append(
            f"{_counted(len(diff.lost_runs), 'run')} will leave the stack, as the lock does not "
            "name their batches any more: pulumi up deletes the records, and no image."
        )
    if diff.target and diff.target.differs:
        lines.append(
            "Other content at the target is not imported yet, or has drifted: acr-transfer verify "
            "tells which."
        )
    if diff.target and diff.target.unlisted:
        lines.append("What no lock names is listed, and never deleted.")
    return [*lines, *diff.notes]


def _changes(diff: Diff) -> Iterator[tuple[str, ...]]:
    kinds: Sequence[tuple[str, Sequence[Change]]] = (
        ("added", diff.added),
        ("moved", diff.moved),
        ("again", diff.exported_again),
    )
    for kind, changes in kinds:
        for item in changes:
            old, new = short_digest(item.old_digest), short_digest(item.digest)
            yield kind, item.artifact, old, new, item.batch, decimal(item.size)
    for gone in diff.removed:
        yield "removed", gone.artifact, short_digest(gone.old_digest), *[NOTHING] * 3


def _other_content(title: str, items: Sequence[OtherContent]) -> Section:
    rows = tuple(
        (item.artifact, short_digest(item.target_digest), short_digest(item.digest))
        for item in items
    )
    return Section(title, ("artifact", "target", "lock"), rows)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
