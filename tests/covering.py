"""Rows in which values of any few axes come together in every way that is allowed."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, product
from typing import TypeVar

Value = TypeVar("Value")
Cell = tuple[str, int]
Row = dict[str, int]


def covering_rows(
    axes: Mapping[str, Sequence[Value]],
    goes_together: Callable[[Sequence[Value]], bool],
    strength: int,
) -> list[list[Value]]:
    """Give few rows, one value of each axis in each, that hold every combination of some axes.

    Args:
        goes_together: Whether values, of some axes or of all, may stand in one row.
        strength: Of how many axes all combinations come together.
    """

    def is_allowed(cells: Sequence[Cell]) -> bool:
        return goes_together([axes[axis][index] for axis, index in cells])

    cells = {axis: [(axis, index) for index in range(len(axes[axis]))] for axis in axes}
    missing = {
        frozenset(values)
        for some in combinations(axes, strength)
        for values in product(*(cells[axis] for axis in some))
        if is_allowed(values)
    }
    rows: list[Row] = []
    for values in sorted(missing, key=sorted):
        if values in missing:
            row = dict(values)
            for axis in axes:
                if axis not in row:
                    allowed = [cell for cell in cells[axis] if is_allowed([*row.items(), cell])]
                    assert allowed, f"nothing of {axis} goes together with {row}"
                    row[axis] = _best(allowed, row, missing, strength)
            rows.append(row)
            missing -= {frozenset(some) for some in combinations(row.items(), strength)}
    return [[axes[axis][row[axis]] for axis in axes] for row in rows]


def _best(allowed: Sequence[Cell], row: Row, missing: set[frozenset[Cell]], strength: int) -> int:
    """Choose the value that brings the most of what is missing into a row."""
    others = list(combinations(row.items(), strength - 1))
    gain = {cell: sum(frozenset((*some, cell)) in missing for some in others) for cell in allowed}
    return max(allowed, key=lambda cell: gain[cell])[1]
