"""Batches of the lock: what is unchanged stays, and nothing else is exported again."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from components.model.artifacts import Artifact
from components.model.images_lock import FoundArtifact, ImagesLock, LockedArtifact
from transfer.lock.batching import (
    BatchLimits,
    assign_batches,
    halves,
    has_too_many_batches,
    small_batches,
)

GB = 10**9
LIMITS = BatchLimits()
SMALL = BatchLimits(artifacts=3, size=10)


def found(tag: int, content: int = 0, size: int = 1) -> FoundArtifact:
    digest = f"sha256:{content:02x}{tag:062x}"
    return FoundArtifact(Artifact("shop/web", f"v{tag:03}"), digest, size, "", (), "shop/web")


def batches(lines: Sequence[LockedArtifact]) -> dict[str, set[str]]:
    members: dict[str, set[str]] = {}
    for line in lines:
        members.setdefault(line.batch, set()).add(line.artifact.reference)
    return members


def test_what_is_added_is_the_one_artifact_of_a_new_batch() -> None:
    first = assign_batches(map(found, range(0, 120, 2)), (), LIMITS)

    second = assign_batches(map(found, [*range(0, 120, 2), 61]), first, LIMITS)

    assert [len(batch) for batch in batches(first).values()] == [50, 10]
    new = {name: held for name, held in batches(second).items() if name not in batches(first)}
    assert list(new.values()) == [{"v061"}]
    assert set(first) < set(second)


def test_what_is_removed_changes_no_other_line() -> None:
    first = assign_batches(map(found, range(60)), (), LIMITS)

    second = assign_batches(map(found, range(59)), first, LIMITS)

    assert set(second) < set(first)


def test_a_tag_that_moved_names_the_batch_that_holds_its_older_content() -> None:
    first = assign_batches([found(1), found(2)], (), LIMITS)
    second = assign_batches([found(1, 1), found(2)], first, LIMITS)
    third = assign_batches([found(1, 2), found(2)], second, LIMITS)

    moved, stayed = third
    assert moved.earlier == (first[0].batch,)
    assert stayed == first[1]


def test_a_tag_that_moves_back_gets_a_new_batch() -> None:
    first = assign_batches([found(1), found(2)], (), LIMITS)
    second = assign_batches([found(1, 1), found(2)], first, LIMITS)
    third = assign_batches([found(1), found(2)], second, LIMITS)

    assert len({lines[0].batch for lines in (first, second, third)}) == 3


def test_a_renewed_batch_has_a_new_name_each_time() -> None:
    names = set[str]()
    lines = assign_batches([found(1)], (), LIMITS)
    for _ in range(4):
        names.add(lines[0].batch)
        lines = assign_batches([found(1)], lines, LIMITS, [{found(1).artifact}])

    assert len(names) == 4


def test_a_batch_is_halved_until_one_artifact_is_left() -> None:
    lines = assign_batches(map(found, range(5)), (), LIMITS)
    at_fault = lines[3].artifact

    tries = 0
    while (
        len(held := [line for line in lines if line.batch == at_fault_batch(lines, at_fault)]) > 1
    ):
        lock = ImagesLock("contososource", tuple(lines))
        lines = assign_batches(lines, lines, LIMITS, halves(lock, held[0].batch))
        tries += 1

    assert (tries, held[0].artifact) == (3, at_fault)


def at_fault_batch(lines: Sequence[LockedArtifact], artifact: Artifact) -> str:
    return next(line.batch for line in lines if line.artifact == artifact)


def test_a_large_artifact_has_a_batch_of_its_own() -> None:
    sizes = [found(1, size=15 * GB), found(2, size=6 * GB), found(3, size=30 * GB), found(4)]

    lines = assign_batches(sizes, (), LIMITS)

    assert list(batches(lines).values()) == [{"v001"}, {"v002"}, {"v003"}, {"v004"}]


def test_cutting_anew_makes_of_many_small_batches_as_few_as_needed() -> None:
    lines: tuple[LockedArtifact, ...] = ()
    for count in range(1, 31):
        assert has_too_many_batches(lines, LIMITS) == (count > 13)
        lines = assign_batches(map(found, range(count)), lines, LIMITS)

    compact = assign_batches(lines, lines, LIMITS, [small_batches(lines, LIMITS)])

    assert len(batches(lines)) == 30
    assert len(batches(compact)) == 1


EDITS = st.lists(
    st.dictionaries(st.integers(0, 30), st.tuples(st.integers(0, 2), st.integers(0, 12))),
    min_size=1,
    max_size=6,
)


@given(EDITS)
def test_after_any_edits_only_what_changed_is_exported(
    edits: list[dict[int, tuple[int, int]]],
) -> None:
    lines: tuple[LockedArtifact, ...] = ()
    for state in edits:
        wanted = [found(tag, content, size) for tag, (content, size) in state.items()]
        before = lines

        lines = assign_batches(wanted, before, SMALL)

        assert lines == assign_batches(reversed(wanted), before, SMALL)
        assert [line.artifact for line in lines] == sorted(item.artifact for item in wanted)
        known = {line.pinned for line in before}
        exported = {line.pinned for line in lines if line.batch not in batches(before)}
        assert exported == {item.pinned for item in wanted} - known
        for name in batches(lines).keys() - batches(before).keys():
            members = [line.size for line in lines if line.batch == name]
            assert len(members) <= 3
            assert len(members) == 1 or sum(members) <= 10
        order = [batch.name for batch in ImagesLock("contososource", lines).batches]
        for line in lines:
            assert all(order.index(name) < order.index(line.batch) for name in line.earlier)
