"""What is overdue of a tenant is named: a SAS that ends soon, a transfer that is long ago."""

from datetime import timedelta

import pytest
from scripted_engine import NOON

from fleet.due import overdue
from fleet.status import StackState, StackStatus, StatusReport, TenantStatus


def report(days: int | None = 20, verified: float | None = 1) -> StatusReport:
    """Give a tenant that is up, with days of SAS left, verified days ago."""
    up = StackStatus(state=StackState.UP, sas_days_left=days)
    at = None if verified is None else NOON - timedelta(days=verified)
    return StatusReport(
        tenants=(TenantStatus(tenant="contoso", source=up, target=up, verified=at),)
    )


@pytest.mark.parametrize(("days", "late"), [(2, 2), (3, 0), (None, 0)])
def test_a_sas_that_ends_sooner_is_named_for_each_side(days: int | None, late: int) -> None:
    found = overdue(report(days=days), NOON, 3, None)

    assert len(found) == late
    if late:
        assert found[0] == ("contoso", "the SAS of the source has 2 days left, and has to have 3")


@pytest.mark.parametrize(
    ("verified", "said"),
    [
        (1.9, []),
        (2.1, ["the last verified transfer is of 2026-04-29 09:36 (UTC)"]),
        (None, ["no transfer has been verified yet"]),
    ],
)
def test_a_transfer_that_is_too_long_ago_is_named(verified: float | None, said: list[str]) -> None:
    found = overdue(report(verified=verified), NOON, None, 2)

    assert [text for _, text in found] == said


def test_a_tenant_that_is_not_up_yet_owes_nothing() -> None:
    none = StackStatus(state=StackState.NONE)
    tenant = TenantStatus(tenant="contoso", source=none, target=none)

    assert overdue(StatusReport(tenants=(tenant,)), NOON, 3, 2) == []


def test_without_days_nothing_is_overdue() -> None:
    assert overdue(report(days=0, verified=None), NOON, None, None) == []
