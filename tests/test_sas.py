"""SAS windows and letters."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.model.names import Side
from components.model.sas_terms import Grant, SasKind, SasWindow

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
DAYS = st.integers(1, 365)
GRACE = st.integers(1, 90)


@given(MOMENTS, DAYS, GRACE)
def test_a_sas_is_valid_now_and_for_the_grace_after_its_window(
    now: datetime, days: int, grace: int
) -> None:
    window = SasWindow.at(now, days, grace)

    assert window.start + timedelta(minutes=15) <= now
    assert window.expiry - now > timedelta(days=grace, minutes=-15)
    assert window.length == timedelta(days=days + grace)


@given(MOMENTS, DAYS, GRACE)
def test_the_window_after_is_signed_by_the_other_key(now: datetime, days: int, grace: int) -> None:
    this, following = (
        SasWindow.at(moment, days, grace) for moment in (now, now + timedelta(days=days))
    )

    assert {this.key, following.key} == {"key1", "key2"}
    assert following.start - this.start == timedelta(days=days)


def test_every_moment_of_a_window_gives_the_same_sas() -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC)

    moments = [monday + timedelta(days=day, hours=hour) for day in range(7) for hour in (0, 23)]

    assert len({SasWindow.at(moment, 7, 2) for moment in moments}) == 1
    assert SasWindow.at(monday, 7, 2).start == datetime(2026, 11, 22, 23, 45, tzinfo=UTC)
    assert SasWindow.at(monday, 7, 2).expiry == datetime(2026, 12, 1, 23, 45, tzinfo=UTC)


def test_the_period_is_written_as_a_storage_policy_writes_it() -> None:
    assert SasWindow.at(datetime(2026, 11, 23, tzinfo=UTC), 30, 7).period == "37.00:00:00"


@pytest.mark.parametrize(
    ("side", "kind", "deletes", "letters"),
    [
        ("source", "container", False, "rawl"),
        ("target", "container", False, "rl"),
        ("target", "container", True, "rdl"),
        ("source", "account", False, "rwlac"),
        ("target", "account", False, "rl"),
        ("target", "account", True, "rdl"),
    ],
)
def test_a_sas_has_the_letters_that_its_options_need(
    side: Side, kind: SasKind, deletes: bool, letters: str
) -> None:
    assert Grant(side, kind, deletes).permissions == letters


def test_an_export_account_sas_cannot_list_containers() -> None:
    assert Grant("source", "account").resource_types == "co"
    assert Grant("target", "account").resource_types == "sco"
