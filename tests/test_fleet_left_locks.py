"""Locks of engines that were cut off: `--failed` takes its own away, and no other."""

import os
import socket
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from fake_engine import FakeEngine, refused
from transfer_support import plain_console

from fleet.command import Fleet
from fleet.records import FleetReport, Reason, Result, Row
from fleet.reports import keep
from fleet.selection import Wanted
from fleet.tasks import Verb
from transfer.clock import Clock
from transfer.engine import Engine
from transfer.wiring import Machine

# Above all that the system gives out.
DEAD, ALIVE = 2**22, os.getpid()


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    monkeypatch.chdir(tmp_path)
    return FakeEngine(tmp_path, "contoso")


def locked_by(place: str) -> dict[str, Any]:
    """Give a scene of a stack that is locked until somebody cancels."""
    lines = refused(
        "error: the stack is currently locked by 1 lock(s)",
        "  file:///b/.pulumi/locks/organization/acr-transfer/contoso-source/1a-2b.json"
        f"?no_tmp_dir=true: created by {place} at 2026-11-26T04:00:00Z",
    )
    return {**lines, "until": "cancel"}


def failed_again(engine: FakeEngine, *rows: Row) -> Row:
    """Go on after these rows; give how the stack ends that is locked."""
    keep(engine.root, Verb.UP, FleetReport(command=Verb.UP, seconds=0, rows=rows))
    with httpx.Client() as http:
        machine = Machine(Engine(str(engine.program)), http, Clock(), {})
        fleet = Fleet(engine.root, machine, plain_console()[0])
        wanted = Wanted(is_failed=True)
        report = fleet.do(Verb.UP, wanted, 2, is_fail_fast=False, is_all_anew=False)
    return report.rows[0]


def ended_by(reason: Reason) -> Row:
    return Row(tenant="contoso", stack="contoso-source", result=Result.FAILED, reason=reason)


@pytest.mark.parametrize("reason", [Reason.KILLED, Reason.BACKEND, Reason.DISK])
def test_a_lock_that_an_engine_could_not_take_away_is_taken_away(
    engine: FakeEngine, reason: Reason
) -> None:
    engine.plays(contoso_source=locked_by(f"ann@{socket.gethostname()} (pid {DEAD})"))

    row = failed_again(engine, ended_by(reason))

    assert row.result is Result.UNCHANGED
    assert engine.calls() == [f"contoso-source {verb}" for verb in ("up", "cancel", "up")]


def test_a_lock_of_an_engine_that_nobody_awaits_is_taken_away(engine: FakeEngine) -> None:
    with subprocess.Popen(["true"]) as ended:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        engine.plays(contoso_source=locked_by(f"ann@{socket.gethostname()} (pid {ended.pid})"))

        row = failed_again(engine, ended_by(Reason.KILLED))

    assert row.result is Result.UNCHANGED


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        pytest.param(f"ann@{socket.gethostname()} (pid {ALIVE})", Reason.KILLED, id="it lives"),
        pytest.param(f"ann@build7 (pid {DEAD})", Reason.KILLED, id="another machine"),
        pytest.param(f"ann@{socket.gethostname()} (pid {DEAD})", Reason.ENGINE, id="not cut off"),
    ],
)
def test_a_lock_that_somebody_may_hold_stays(
    engine: FakeEngine, place: str, reason: Reason
) -> None:
    engine.plays(contoso_source=locked_by(place))

    row = failed_again(engine, ended_by(reason))

    assert (row.result, row.reason) == (Result.FAILED, Reason.LOCKED)
    assert engine.calls() == ["contoso-source up"]
