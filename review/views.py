"""Shows a review: Markdown for a pull request, and the most important of it for a terminal."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from rich.text import Text

from review.judge import Review, TenantReview
from review.words import moving, notes, resources, sections_on_top, summary, tenant_lines
from transfer.console import Console
from transfer.markdown import fitted, fold, plain, section_lines, table_lines
from transfer.tables import section_table

MARKER = "<!-- acr-transfer review -->"
"""By which whatever posts the comment finds it again."""
CUT = "This text is cut. The whole is in the summary of the job that made it, and its artifact."


def show(review: Review, console: Console) -> None:
    """Print what must be seen first, and the sum."""
    for section in sections_on_top(review):
        console.rich.print(Text(section.title, "bold"))
        console.rich.print(section_table(section, console.table_width, {}))
    for line in (*notes(review), summary(review)):
        console.line(line)


def markdown(review: Review, limit: int | None = None) -> str:
    """Give the comment of a pull request: the sum, what must be seen first, then each tenant.

    Args:
        limit: Characters that it may have. Rows are left out of the tenants' tables first, then
            all of a tenant but a line, then lines; the sum and the end are kept.
    """
    tables = [
        len(table.rows) for one in review.changed for table in (*moving(one), *resources(one))
    ]
    longest = max(tables, default=0)
    whole = _whole(review, longest, _end(review))
    if limit is None or len(whole) <= limit:
        return whole
    end = [*_end(review), f"- {CUT}"]
    return fitted(lambda rows: _whole(review, rows, end), longest, limit) or _cut(
        review, end, limit
    )


def _whole(review: Review, rows: int, end: Sequence[str]) -> str:
    tenants = [line for tenant in review.changed for line in _tenant(tenant, rows)]
    return _joined([*_begin(review), *tenants, *_not_proved(review), *end])


def _cut(review: Review, end: Sequence[str], limit: int) -> str:
    """Keep the sum and the end, and between them as many lines as there is room for."""
    lines = [*_begin(review), *map(_in_one_line, review.changed)]

    def shortened(kept: int) -> str:
        left_out = len(lines) - kept
        counted = ["", f"and {left_out} lines more, left out of this text"] if left_out else []
        return _joined([*lines[:kept], *counted, "", *end])

    least = len(_sum(review))
    kept = bisect_right(range(len(lines) + 1), limit, lo=least, key=lambda n: len(shortened(n)))
    return shortened(max(least, kept - 1))


def _sum(review: Review) -> list[str]:
    return [MARKER, f"**{summary(review)}**", ""]


def _begin(review: Review) -> list[str]:
    tables = sections_on_top(review)
    lines = [
        line
        for table in tables
        for line in (f"### {table.title}", "", *table_lines(table, len(table.rows)), "")
    ]
    return [*_sum(review), *lines]


def _tenant(tenant: TenantReview, rows: int) -> Iterator[str]:
    yield from (f"### {plain(tenant.name)}", "")
    yield from (f"- {_plain(line)}" for line in tenant_lines(tenant))
    yield ""
    for number, section in enumerate(moving(tenant)):
        # What changes is unfolded if it is short; of what follows from it there is much.
        yield from section_lines(section, rows, is_folded=None if number == 0 else True)
    for section in resources(tenant):
        yield from section_lines(section, rows, is_folded=True)


def _in_one_line(tenant: TenantReview) -> str:
    return f"- **{plain(tenant.name)}**: {_plain(' '.join(tenant_lines(tenant)))}"


def _plain(text: str) -> str:
    return plain(" ".join(text.split()))


def _not_proved(review: Review) -> Iterator[str]:
    if review.not_proved:
        yield from fold("What a rehearsal cannot prove")
        yield from (f"- {_plain(text)}" for text in review.not_proved)
        yield from ("", "</details>", "")


def _end(review: Review) -> list[str]:
    return [f"- {_plain(note)}" for note in notes(review)]


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines).rstrip("\n") + "\n"
