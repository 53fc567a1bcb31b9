"""What is told of each tenant without changing anything."""

import io
import json
from pathlib import Path

import pytest
from conftest_emulator import ROOT
from rich.console import Console
from scripted_engine import NOON, ScriptedEngine, machine_of

from components.model.names import SIDES, Side
from fleet.status import StackState, StatusReport, TenantStatus, read_status
from fleet.status_command import status_table
from fleet.tenants.folder import Tenant, tenants_of
from fleet.tenants.new import SideGiven, make_tenant
from fleet.verified import TAG, remember_verified
from transfer.engine import EngineError
from transfer.errors import CommandFailedError

EXPIRES = "2026-05-22T11:00:00+00:00"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with two tenants, one of which has locked its images."""
    sides: dict[Side, SideGiven] = {side: SideGiven("rg-hub/hubregistry") for side in SIDES}
    for name in ("contoso", "fabrikam"):
        make_tenant(Tenant(tmp_path, name), sides)
    lock = tmp_path / "tenants/contoso/images.lock"
    lock.write_text((ROOT / "tenants/fabrikam/images.lock").read_text())
    return tmp_path


def listed(*stacks: str, resources: int = 20) -> str:
    entry = {"current": False, "lastUpdate": "2026-05-01T10:00:00Z", "resourceCount": resources}
    return json.dumps([{"name": stack, **entry} for stack in stacks])


def outputs(**contract: object) -> str:
    return json.dumps({"contract": {"version": 1, **contract}, "sas_days_left": 99})


def looked(root: Path, answers: dict[str, str | Exception]) -> tuple[StatusReport, ScriptedEngine]:
    engine = ScriptedEngine(answers)
    return read_status(tenants_of(root), machine_of(engine), 1), engine


def of(report: StatusReport, tenant: str) -> TenantStatus:
    return next(item for item in report.tenants if item.tenant == tenant)


def test_a_tenant_that_is_up_is_told_with_all_that_is_known(root: Path) -> None:
    report, engine = looked(
        root,
        {
            "stack ls": listed("contoso-source", "acme/contoso-target"),
            "stack output contoso-source": outputs(sas_expires=EXPIRES),
            "stack output contoso-target": outputs(),
            "stack tag ls contoso-target": json.dumps({TAG: "2026-04-30T09:00:00+00:00"}),
        },
    )

    contoso = of(report, "contoso")
    assert (contoso.source.state, contoso.target.state) == (StackState.UP, StackState.UP)
    # Until it ends, and not what the last `up` has counted.
    assert (contoso.source.sas_days_left, contoso.target.sas_days_left) == (20, None)
    assert (contoso.artifacts, of(report, "fabrikam").artifacts) == (1, None)
    assert contoso.verified is not None
    assert (contoso.verified.day, contoso.problems) == (30, ())
    assert of(report, "fabrikam").problems == ()
    assert [asked for asked in engine.asked if "fabrikam" in asked] == []


@pytest.mark.parametrize(
    ("resources", "told", "state"),
    [(0, "", StackState.EMPTY), (3, "{}", StackState.INCOMPLETE), (3, outputs(), StackState.UP)],
)
def test_a_stack_is_told_by_what_it_holds(
    root: Path, resources: int, told: str, state: StackState
) -> None:
    report, _ = looked(
        root,
        {
            "stack ls": listed("contoso-source", resources=resources),
            "stack output contoso-source": told,
        },
    )

    contoso = of(report, "contoso")
    assert (contoso.source.state, contoso.target.state) == (state, StackState.NONE)


def test_what_cannot_be_read_of_one_tenant_is_told_with_it_alone(root: Path) -> None:
    (root / "tenants/fabrikam/Pulumi.fabrikam-source.yaml").write_text("config: [\n")
    (root / "tenants/contoso/images.lock").write_text("nonsense\n")
    wrong = EngineError((), ("error: incorrect passphrase",))

    report, _ = looked(
        root,
        {
            "stack ls": listed("contoso-source", "contoso-target"),
            "stack output contoso-source": wrong,
            "stack output contoso-target": outputs(),
            "stack tag ls contoso-target": "{}",
        },
    )

    contoso, fabrikam = of(report, "contoso"), of(report, "fabrikam")
    assert (contoso.source.state, contoso.target.state) == (StackState.UNREADABLE, StackState.UP)
    assert contoso.problems[0] == (
        "stack 'contoso-source' cannot be read: error: incorrect passphrase"
    )
    assert "images.lock" in contoso.problems[1]
    assert "Pulumi.fabrikam-source.yaml is not valid" in fabrikam.problems[0]
    assert report.bad == report.tenants


def test_a_backend_that_does_not_answer_is_a_failure(root: Path) -> None:
    with pytest.raises(CommandFailedError, match="pulumi stack ls failed:\nerror: no bucket"):
        looked(root, {"stack ls": EngineError((), ("error: no bucket",))})


@pytest.mark.parametrize("written", ["{}", '{"acr-transfer-verified": "soon"}', ""])
def test_without_a_time_a_transfer_counts_as_not_verified(root: Path, written: str) -> None:
    report, _ = looked(
        root,
        {
            "stack ls": listed("contoso-target"),
            "stack output contoso-target": outputs(),
            "stack tag ls contoso-target": written,
        },
    )

    assert of(report, "contoso").verified is None


def test_the_time_of_a_verification_is_kept_with_the_target_stack(root: Path) -> None:
    engine = ScriptedEngine({})

    remember_verified(engine, Tenant(root, "contoso"), NOON)

    assert engine.asked == [f"stack tag set {TAG} 2026-05-01T12:00:00+00:00 contoso-target"]


def test_the_table_has_a_row_for_each_tenant(root: Path) -> None:
    report, _ = looked(
        root,
        {
            "stack ls": listed("contoso-source"),
            "stack output contoso-source": outputs(sas_expires=EXPIRES),
        },
    )
    shown = io.StringIO()

    Console(file=shown, width=120).print(status_table(report, None))

    rows = [line.split("│") for line in shown.getvalue().splitlines() if "contoso" in line]
    assert [cell.strip() for cell in rows[0][1:-1]] == [
        "contoso", "up", "none", "1", "20 days", "-", "-",
    ]  # fmt: skip


def test_the_report_is_checked_by_its_own_schema(root: Path) -> None:
    report, _ = looked(root, {"stack ls": "[]"})

    assert json.loads(report.as_json())["tenants"][0]["source"]["state"] == "none"
