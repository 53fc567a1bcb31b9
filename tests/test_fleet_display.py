"""What a person reads of many tenants: lines, live rows, the table at the end and Markdown."""

import io
from pathlib import Path

import pytest
from golden_files import require_golden
from rich.console import Console as RichConsole
from transfer_support import plain_console

from fleet.display import Display, as_markdown, report_table
from fleet.records import Change, FleetReport, Reason, Result, Row
from fleet.tasks import Task
from fleet.tenants.folder import Tenant
from transfer.console import Console
from transfer.stopping import Asked

CANCEL = "pulumi cancel -s contoso-source -C tenants/contoso"
VAULT = Change(operation="create", type="x:y:Vault", name="source-vault")


def row(stack: str, result: Result, reason: Reason | None = None, cause: str = "") -> Row:
    tenant = stack.partition("-")[0]
    made = Row(tenant=tenant, stack=stack, result=result, reason=reason, cause=cause)
    begun = {"seconds": 4.25, "log": f"{stack}.log"} if result is not Result.NOT_REACHED else {}
    return made.model_copy(update=begun)


REPORT = FleetReport(
    command="up",
    seconds=61.4,
    rows=(
        row("adatum-source", Result.DONE),
        row("adatum-target", Result.UNCHANGED),
        row(
            "contoso-source",
            Result.FAILED,
            Reason.LOCKED,
            f"locked by ann@build7 (pid 71) since 2026-11-26T04:00:00Z. Then type: {CANCEL}\nmore",
        ),
        row("contoso-target", Result.NOT_REACHED, Reason.WAITED_FOR),
        row("fabrikam-source", Result.FAILED, Reason.ENGINE, "Azure says: a|b <br> *c* `d`"),
        row("fabrikam-target", Result.STOPPED, Reason.STOPPED, "Stopped."),
    ),
)


@pytest.mark.parametrize("width", [None, 80, 160], ids=["pipe", "80", "160"])
def test_the_table_at_the_end_has_the_rows_that_need_a_look(width: int | None) -> None:
    stream = io.StringIO()
    RichConsole(file=stream, width=width or 400).print(report_table(REPORT, width))

    require_golden(f"fleet/table-{width or 'pipe'}.txt", stream.getvalue())


def test_markdown_has_bad_rows_first_and_no_text_of_a_cause_is_markup() -> None:
    require_golden("fleet/report.md", as_markdown(REPORT))


def test_without_a_terminal_each_row_that_ends_is_a_line() -> None:
    console, stream = plain_console()
    display = Display(console, len(REPORT.rows))

    with display.shown():
        display.progress(Task(Tenant(Path(), "adatum"), "source"), "source-vault")
        for item in REPORT.rows:
            display.ended(item.model_copy(update={"changes": (VAULT,) * (item.result == "done")}))

    require_golden("fleet/lines.txt", stream.getvalue())


def test_on_a_terminal_what_runs_is_shown_and_goes_away() -> None:
    stream = io.StringIO()
    console = Console(stream)
    console.rich = RichConsole(file=stream, force_terminal=True, width=100, emoji=False)
    display = Display(console, 2)

    with display.shown():
        display.progress(Task(Tenant(Path(), "adatum"), "source"), "source-vault")
        display.asked(Asked(times=1))

    shown = stream.getvalue()
    assert "adatum-source  source-vault" in shown
    assert "Stopping: nothing is begun any more" in shown
    erased = "\x1b[2K"
    assert shown.rstrip().endswith(erased)
