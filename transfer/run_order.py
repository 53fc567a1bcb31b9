"""The order in which blobs are imported: what a tag held before comes first."""

from collections.abc import Collection, Sequence

from components.model.contract import RunPart


def first_of(blobs: Collection[str], runs: Sequence[RunPart]) -> set[str]:
    """Give those of the blobs that no other one of them is to be imported before."""
    before = _before(runs)
    return {blob for blob in blobs if not before[blob] & set(blobs)}


def with_all_after(blobs: Collection[str], runs: Sequence[RunPart]) -> set[str]:
    """Give the blobs, and all that are to be imported after one of them."""
    return {blob for blob, earlier in _before(runs).items() if {blob, *earlier} & set(blobs)}


def _before(runs: Sequence[RunPart]) -> dict[str, set[str]]:
    """Tell all that comes before each blob; a contract lists runs in the order of imports."""
    found: dict[str, set[str]] = {}
    for run in runs:
        found[run.blob] = set(run.after).union(*(found.get(blob, ()) for blob in run.after))
    return found
