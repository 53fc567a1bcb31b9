"""Shows a comparison: tables for a terminal, Markdown for a pull request."""

import html

from rich.text import Text

from transfer.console import Console
from transfer.diff.record import Diff
from transfer.diff.words import notes, sections, summary
from transfer.markdown import fitted, section_lines
from transfer.tables import section_table

_COLOURS = {"added": "green", "moved": "yellow", "again": "cyan", "removed": "red"}


def show(diff: Diff, console: Console) -> None:
    """Print the report for people: tables that fit a terminal, what is to be known, the sum."""
    console.line(f"Compared with {diff.compared_with}.")
    for section in sections(diff):
        console.rich.print(Text(section.title, "bold"))
        console.rich.print(section_table(section, console.table_width, _COLOURS))
    for line in (*notes(diff), summary(diff)):
        console.line(line)


def markdown(diff: Diff, limit: int | None = None) -> str:
    """Give the report for a pull request: the sum, tables, and at the end what is to be known.

    Args:
        limit: Characters that it may have. Rows are left out of the tables first; the sum and the
            end are kept.
    """
    longest = max((len(section.rows) for section in sections(diff)), default=0)
    whole = _markdown(diff, longest)
    if limit is None or len(whole) <= limit:
        return whole
    return fitted(lambda rows: _markdown(diff, rows), longest, limit) or _cut(diff, limit)


def _markdown(diff: Diff, rows: int) -> str:
    body = [line for section in sections(diff) for line in section_lines(section, rows)]
    head = (_head(diff), "", f"Compared with {diff.compared_with}.", "")
    return "\n".join([*head, *body, *_end(diff)]).rstrip("\n") + "\n"


def _cut(diff: Diff, limit: int) -> str:
    """Keep the sum, and as many lines of the end as there is room for."""
    begin = f"{_head(diff)}\n\n...\n\n"
    end = [f"{line}\n" for line in _end(diff)]
    while end and len(begin) + sum(map(len, end)) > limit:
        del end[0]
    return (begin + "".join(end))[:limit]


def _head(diff: Diff) -> str:
    return f"**{summary(diff)}**"


def _end(diff: Diff) -> list[str]:
    # Other programs' errors are among them.
    return [f"- {html.escape(' '.join(note.split()), quote=False)}" for note in notes(diff)]
