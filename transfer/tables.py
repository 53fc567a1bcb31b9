"""Tables that fit a terminal: columns are left out before a name is broken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

NOTHING = "-"
"""What a cell holds that has nothing to tell."""
_SHOWN_DIGITS = 12
# A cell has a blank on either side and a line behind it.
_FRAME = 3
# Of a folded last column: a sentence in less room cannot be read.
_NARROWEST = 15


@dataclass(frozen=True)
class Section:
    """A table with its title."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    spare: tuple[str, ...] = ()
    """Columns that are left out of a narrow terminal, the first one first."""


def fitting_table(
    columns: Mapping[str, Sequence[Text]], spare: Sequence[str], width: int | None
) -> Table:
    """Make a table that fits a terminal, if that can be had without breaking a name.

    Args:
        columns: Cells by title. Those of the last one are folded where there is no room.
        spare: Titles that are left out where there is no room, the first one first.
        width: Of the terminal; None where there is none.
    """
    shown = {
        title: max([len(title), *(cell.cell_len for cell in cells)])
        for title, cells in columns.items()
    }
    last = list(columns)[-1]
    if width is not None:
        widest, shown[last] = shown[last], min(shown[last], _NARROWEST)
        for title in spare:
            if _width(shown) > width:
                del shown[title]
        shown[last] = min(widest, max(shown[last], shown[last] + width - _width(shown)))
    # Rich shortens cells where a table is wider than it is told.
    table = Table(width=_width(shown))
    for title, needed in shown.items():
        # Only where it may be needed, as looking for places to fold takes a third of the time.
        table.add_column(title, width=needed, overflow="fold", no_wrap=title != last)
    for row in zip(*(columns[title] for title in shown), strict=True):
        table.add_row(*row)
    return table


def section_table(section: Section, width: int | None, colours: Mapping[str, str]) -> Table:
    """Make the table of a section that fits a terminal.

    Args:
        section: What it holds.
        width: Of the terminal; None where there is none.
        colours: Of cells, by their text.
    """
    columns = {
        column: [Text(row[place], colours.get(row[place], "")) for row in section.rows]
        for place, column in enumerate(section.columns)
    }
    return fitting_table(columns, section.spare, width)


def short_digest(digest: str) -> str:
    """Give as much of a digest as tells it from others."""
    return digest.removeprefix("sha256:")[:_SHOWN_DIGITS] or NOTHING


def _width(shown: Mapping[str, int]) -> int:
    return sum(needed + _FRAME for needed in shown.values()) + 1
