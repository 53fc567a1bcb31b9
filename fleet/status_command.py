"""The command that shows what there is of each tenant."""

import os
import sys
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from fleet.status import StackStatus, StatusReport, TenantStatus, read_status
from fleet.tenants.folder import Tenant
from transfer.console import Console
from transfer.tables import NOTHING, fitting_table
from transfer.wiring import Machine

_SPARE_COLUMNS = ("artifacts", "source SAS", "target SAS")


def show_status(tenants: Sequence[Tenant], jobs: int, *, as_json: bool) -> StatusReport:
    """Read what there is of tenants, and print it.

    Raises:
        CommandFailedError: the stacks cannot be listed.
    """
    report = read_status(tenants, Machine.of(os.environ), jobs)
    if as_json:
        print(report.as_json())
        return report
    console = Console(sys.stdout)
    if not tenants:
        console.line("There is no tenant yet: acr-transfer tenant new makes one.")
        return report
    console.rich.print(status_table(report, console.table_width))
    for status in report.bad:
        for problem in status.problems:
            console.line(f"{status.tenant}: {problem}")
    return report


def status_table(report: StatusReport, width: int | None) -> Table:
    """Show a row for each tenant, for a terminal of this width or for none."""
    rows = report.tenants
    return fitting_table(
        {
            "tenant": [Text(row.tenant) for row in rows],
            "source": [Text(row.source.state) for row in rows],
            "target": [Text(row.target.state) for row in rows],
            "artifacts": [Text(_count(row.artifacts)) for row in rows],
            "source SAS": [Text(_days(row.source)) for row in rows],
            "target SAS": [Text(_days(row.target)) for row in rows],
            "verified (UTC)": [Text(_time(row)) for row in rows],
        },
        _SPARE_COLUMNS,
        width,
    )


def _count(number: int | None) -> str:
    return NOTHING if number is None else str(number)


def _days(stack: StackStatus) -> str:
    days = stack.sas_days_left
    if days is None:
        return NOTHING
    return "1 day" if days == 1 else f"{days} days"


def _time(row: TenantStatus) -> str:
    return f"{row.verified:%Y-%m-%d %H:%M}" if row.verified else NOTHING
