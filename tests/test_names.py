"""Names of what is created, at their limits."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.model.names import SUFFIX_LENGTH, AzureNames, Side, batch_of_blob, blob_name

ASCII = st.characters(codec="ascii")
PREFIXES = st.from_regex(r"[a-z][a-z0-9]{1,9}", fullmatch=True, alphabet=ASCII)
SUFFIXES = st.from_regex(rf"[a-z0-9]{{{SUFFIX_LENGTH}}}", fullmatch=True, alphabet=ASCII)
BATCH = "0123456789abcdef"


@given(PREFIXES, st.sampled_from(["source", "target"]), SUFFIXES)
def test_every_allowed_prefix_gives_names_within_the_rules(
    prefix: str, side: Side, suffix: str
) -> None:
    names = AzureNames(prefix, side)

    assert re.fullmatch(r"[a-z0-9]{3,24}", names.storage_account(suffix))
    assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]", names.vault(suffix))
    assert re.fullmatch(r"[a-zA-Z0-9]{5,50}", names.pipeline(suffix))
    assert re.fullmatch(r"[a-zA-Z0-9]{5,50}", names.run(suffix, BATCH))
    assert len(names.resource_group(suffix)) <= 90
    assert 3 <= len(names.identity(suffix)) <= 128


@pytest.mark.parametrize("suffix", ["UPPER123", "with-hyphen", "a" * 15])
def test_a_name_that_breaks_the_rule_is_refused_and_not_cut(suffix: str) -> None:
    with pytest.raises(ValueError, match="breaks Azure's rule"):
        AzureNames("contosopre", "source").storage_account(suffix)


@pytest.mark.parametrize(("length", "is_allowed"), [(11, True), (12, False)])
def test_a_storage_account_has_at_most_24_characters(length: int, is_allowed: bool) -> None:
    names = AzureNames("contosopre", "source")

    if is_allowed:
        assert len(names.storage_account("a" * length)) == 24
    else:
        with pytest.raises(ValueError, match="breaks"):
            names.storage_account("a" * length)


def test_a_run_has_at_most_50_characters() -> None:
    names = AzureNames("acrt", "target")

    assert len(names.run("a" * SUFFIX_LENGTH, "b" * 36)) == 50
    with pytest.raises(ValueError, match="breaks"):
        names.run("a" * SUFFIX_LENGTH, "b" * 37)


def test_the_two_sides_never_share_a_name() -> None:
    source, target = (AzureNames("acrt", side) for side in ("source", "target"))

    for rule in ("resource_group", "storage_account", "vault", "identity", "pipeline"):
        assert getattr(source, rule)("abcd2345") != getattr(target, rule)("abcd2345")


def test_a_blob_tells_its_batch() -> None:
    assert batch_of_blob(blob_name(BATCH)) == BATCH
