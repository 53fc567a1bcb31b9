"""Markdown for a pull request: tables that fold and shrink, and texts of others that stay texts."""

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator

from transfer.tables import Section

# A longer table is folded.
_UNFOLDED_ROWS = 10
_MARKUP = re.compile(r"([\\`*_\[\]|])")
# Words and numbers, sizes among them: nothing in them is read as markup, link or mention.
_PLAIN_CELL = re.compile(r"[A-Za-z0-9 ,;'-]+|\d+\.\d \w+")


def fitted(render: Callable[[int], str], longest: int, limit: int) -> str | None:
    """Give a text with as many rows in its tables as there is room for.

    Args:
        render: Makes the text, with at most so many rows in each table.
        longest: Rows of the longest table.
        limit: Characters that the text may have.

    Returns:
        None where it is too long without a row, too.
    """
    rows = bisect_right(range(longest + 1), limit, key=lambda rows: len(render(rows))) - 1
    return render(rows) if rows >= 0 else None


def section_lines(section: Section, rows: int, *, is_folded: bool | None = None) -> Iterator[str]:
    """Write a table below its title, with at most so many rows; the others are counted.

    Args:
        is_folded: Whether it is shown only when somebody asks for it; by default if it is long.
    """
    title = f"{section.title} ({len(section.rows)})"
    if is_folded is None:
        is_folded = len(section.rows) > _UNFOLDED_ROWS
    yield from fold(title) if is_folded else (f"#### {title}", "")
    yield from table_lines(section, rows)
    yield from ("", "</details>", "") if is_folded else ("",)


def table_lines(section: Section, rows: int) -> Iterator[str]:
    """Write a table without its title, with at most so many rows; the others are counted."""
    if rows:
        yield row(section.columns)
        yield row(["---"] * len(section.columns))
    yield from (row(map(cell, cells)) for cells in section.rows[:rows])
    left_out = len(section.rows) - rows
    if left_out > 0:
        yield from ("", f"and {left_out} more, left out of this text")


def fold(title: str) -> Iterator[str]:
    """Begin what is shown only when somebody asks for it; it ends with `</details>`."""
    yield from ("<details>", f"<summary>{title}</summary>", "")


def row(cells: Iterable[str]) -> str:
    """Write a row of a table."""
    return f"| {' | '.join(cells)} |"


def cell(text: str) -> str:
    """Write a text in a table: as code, unless it is a word or a number."""
    return text if _PLAIN_CELL.fullmatch(text) else code(text)


def code(text: str) -> str:
    """Write a text as code, in which nothing is markup, a link or a mention."""
    words = " ".join(text.split()).replace("`", "'").replace("|", "\\|")
    return f"`{words}`" if words else ""


def plain(text: str) -> str:
    """Write a text with nothing in it that Markdown or HTML would read."""
    return _MARKUP.sub(r"\\\1", html.escape(text, quote=False))
