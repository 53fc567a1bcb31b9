"""Tables of figures as Markdown, so that they can be pasted into the documents."""

import statistics
from collections.abc import Sequence


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table whose columns are as wide as their widest cell."""
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    print(f"\n{title}\n")
    for number, line in enumerate(lines):
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print(f"| {' | '.join(cells)} |")
        if number == 0:
            print(f"| {' | '.join('-' * width for width in widths)} |")
    print(flush=True)


def spread(values: Sequence[float], digits: int = 1) -> str:
    """Give the median and the maximum of repeated runs."""
    return f"{statistics.median(values):.{digits}f} ({max(values):.{digits}f})"


def megabytes(size: float) -> str:
    """Give a number of bytes in MB."""
    return f"{size / 1e6:.2f} MB"
