"""When the time of a verification is kept, and what happens when it cannot be."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from scripted_engine import ScriptedEngine, machine_of

from components.model.names import SIDES
from fleet.records import Reason, Result, Row
from fleet.tasks import Task, Verb
from fleet.tenants.folder import Tenant
from fleet.tenants.new import SideGiven, make_tenant
from fleet.verified import TAG
from fleet.work import Worker
from transfer.engine import EngineError
from transfer.stopping import SideBySide
from transfer.verdicts import Verdict
from transfer.verify import Check, Verification
from transfer.wiring import Machine

ASKED = f"stack tag set {TAG} 2026-05-01T12:00:00+00:00 contoso-target"
MISSING = Check("shop/web:1", "export1", "blob1", "sha256:a", "", 0, Verdict.MISSING)


class VerifiedSession:
    """A session that has compared these artifacts."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self._checks = checks

    def verify(self) -> Verification:
        return Verification(tuple(self._checks))


def verified(
    folder: Path, monkeypatch: pytest.MonkeyPatch, engine: ScriptedEngine, *checks: Check
) -> Row:
    monkeypatch.setattr(Machine, "session", lambda *_: VerifiedSession(checks))
    worker = Worker(Verb.VERIFY, machine_of(engine), folder, SideBySide(), lambda *_: None)
    tenant = Tenant(folder, "contoso")
    make_tenant(tenant, {side: SideGiven("rg/registry1") for side in SIDES})
    return worker(Task(tenant))


def test_a_complete_verification_leaves_its_time_with_the_target_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ScriptedEngine({})

    row = verified(tmp_path, monkeypatch, engine)

    assert (row.result, engine.asked) == (Result.DONE, [ASKED])


def test_an_incomplete_verification_leaves_no_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ScriptedEngine({})

    row = verified(tmp_path, monkeypatch, engine, MISSING)

    assert (row.reason, engine.asked) == (Reason.NOT_ARRIVED, [])


def test_what_has_arrived_counts_where_a_backend_keeps_no_tags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ScriptedEngine({ASKED: EngineError((), ("error: tags are not supported",))})

    row = verified(tmp_path, monkeypatch, engine)

    assert row.result is Result.DONE
    log = Path(row.log).read_text()
    assert "the time of this verification is not kept: error: tags are not supported" in log
