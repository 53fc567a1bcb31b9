"""What is overdue of tenants, by the days that are allowed for it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from fleet.status import StackState, StatusReport, TenantStatus


def overdue(
    report: StatusReport, now: datetime, sas_days: int | None, verified_days: int | None
) -> list[tuple[str, str]]:
    """Name each tenant with what is overdue of it; of stacks that are up alone.

    Args:
        sas_days: The days that a SAS has to be valid for.
        verified_days: The days within which all has to have arrived.
    """
    return [
        (status.tenant, said)
        for status in report.tenants
        for said in _of(status, now, sas_days, verified_days)
    ]


def _of(
    status: TenantStatus, now: datetime, sas_days: int | None, verified_days: int | None
) -> Iterator[str]:
    for side, stack in (("source", status.source), ("target", status.target)):
        left = stack.sas_days_left
        if sas_days is not None and left is not None and left < sas_days:
            yield f"the SAS of the {side} has {left} days left, and has to have {sas_days}"
    if verified_days is None or status.target.state is not StackState.UP:
        return
    if status.verified is None:
        yield "no transfer has been verified yet"
    elif now - status.verified > timedelta(days=verified_days):
        yield f"the last verified transfer is of {status.verified:%Y-%m-%d %H:%M} (UTC)"
