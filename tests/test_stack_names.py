"""Short and full names of one stack are known to mean it."""

from pathlib import Path

import pytest

from transfer.stack_file import project_name
from transfer.stack_names import beside, is_same_stack


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("source", "source", True),
        ("source", "o/shop/source", True),
        ("o/source", "o/shop/source", True),
        ("o/shop/source", "o/shop/source", True),
        ("source", "target", False),
        ("source", "o/other/source", False),
        ("o/source", "p/shop/source", False),
        ("o/shop/source", "p/shop/source", False),
    ],
)
def test_what_a_name_leaves_out_is_of_the_users_own_project(
    one: str, other: str, expected: bool
) -> None:
    assert is_same_stack(one, other, "shop") is expected
    assert is_same_stack(other, one, "shop") is expected


def test_a_short_name_means_a_stack_of_its_neighbours_project() -> None:
    assert beside("o/shop/target", "source") == "o/shop/source"
    assert beside("target", "source") == "source"
    assert beside("o/shop/target", "p/other/source") == "p/other/source"


def test_the_project_is_named_by_the_nearest_project_file(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\n")
    inner = tmp_path / "inner"
    inner.mkdir()

    assert project_name(inner) == "shop"
