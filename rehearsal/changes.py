"""What happens to a stack: told by the engine, or by its state before and after."""

from collections.abc import Iterable, Iterator, Sequence

from fleet.records import Change
from transfer.stacks import MadeResource


def named(changes: Iterable[Change]) -> str:
    """Name changes in one line."""
    return ", ".join(
        f"{change.operation} {change.type.rpartition(':')[2]} {change.name}" for change in changes
    )


def changes_between(
    before: Sequence[MadeResource], after: Sequence[MadeResource]
) -> Iterator[Change]:
    """Tell what was created, replaced, updated and deleted between two states of a stack."""
    old, new = (
        {(item.type, item.name): item for item in state if item.created}
        for state in (before, after)
    )
    for key, item in new.items():
        earlier = old.get(key)
        if earlier is None:
            yield _change("create", item)
        elif earlier.created != item.created:
            yield _change("replace", item, earlier)
        elif earlier.modified != item.modified:
            yield _change("update", item, earlier)
    for key, item in old.items():
        if key not in new:
            yield _change("delete", item)


def _change(operation: str, item: MadeResource, earlier: MadeResource | None = None) -> Change:
    names = {*item.inputs, *earlier.inputs} if earlier else set()
    differing = (
        name for name in names if earlier and item.inputs.get(name) != earlier.inputs.get(name)
    )
    return Change(
        operation=operation,
        type=item.type,
        name=item.name,
        properties=tuple(sorted(name for name in differing if not name.startswith("__"))),
    )
