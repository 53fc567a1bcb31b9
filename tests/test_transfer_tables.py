"""A table fits its terminal, and breaks no name for it."""

import io

import pytest
from rich.console import Console
from rich.text import Text

from transfer.tables import fitting_table

NAME = "team/subteam/a-service-with-a-long-name:2026.11.25-abcdef"
DETAIL = "incomplete (2 parts missing, first sha256:" + "a" * 64 + ")"


def lines(width: int | None, name: str = NAME, verdict: str = "arrived") -> list[str]:
    columns = {
        "artifact": [Text(name)],
        "blob": [Text("acr-transfer-4dc7f355cf165dd1")],
        "digest": [Text("086af465b2ac")],
        "verdict": [Text(verdict)],
    }
    stream = io.StringIO()
    console = Console(file=stream, width=width or 80, soft_wrap=True)
    console.print(fitting_table(columns, ("blob", "digest"), width))
    return stream.getvalue().splitlines()


@pytest.mark.parametrize("verdict", ["arrived", DETAIL])
@pytest.mark.parametrize("width", [80, 100, 120, 200, 300])
def test_no_line_is_wider_than_the_terminal_and_the_name_is_whole(width: int, verdict: str) -> None:
    found = lines(width, verdict=verdict)

    assert max(map(len, found)) <= width
    assert NAME in "\n".join(found)


def test_the_columns_go_in_their_order_where_there_is_no_room() -> None:
    wide, medium, narrow = ("\n".join(lines(width)) for width in (130, 95, 75))

    assert ("blob" in wide, "digest" in wide) == (True, True)
    assert ("blob" in medium, "digest" in medium) == (False, True)
    assert ("blob" in narrow, "digest" in narrow) == (False, False)


def test_a_name_that_fits_no_terminal_is_whole_all_the_same() -> None:
    assert "n" * 90 in "\n".join(lines(80, name="n" * 90))


def test_where_there_is_no_terminal_nothing_is_left_out_or_folded() -> None:
    found = lines(None, verdict=DETAIL)

    assert any(NAME in line and DETAIL in line and "acr-transfer" in line for line in found)
