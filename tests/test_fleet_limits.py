"""All tenants of a command keep together to what a registry takes from one identity."""

from pathlib import Path

import httpx
import pytest
from fake_engine import FakeEngine
from transfer_support import FakeClock, plain_console

from emulator.registry.limits import RequestLimits as Limiter
from fleet.command import Fleet
from fleet.records import Result
from fleet.selection import Wanted
from fleet.tasks import Verb
from transfer.patience import PREMIUM
from transfer.session import Session
from transfer.verify import Verification
from transfer.wiring import Machine

TENANTS = [f"tenant{number:02}" for number in range(20)]
# Together more than a minute's.
REQUESTS_EACH = 60
ADDRESS = "https://hub.azurecr.io/v2/shop/web/referrers/sha256:1"


def test_20_tenants_that_verify_against_one_registry_stay_within_its_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, clock = FakeEngine(tmp_path, *TENANTS), FakeClock()
    limiter, answers = Limiter(clock.seconds), list[int]()

    def handle(request: httpx.Request) -> httpx.Response:
        is_refused = limiter.admit(request.method, request.url.path, PREMIUM, 60)
        answers.append(429 if is_refused else 200)
        return httpx.Response(answers[-1])

    def verify(session: Session) -> Verification:
        for _ in range(REQUESTS_EACH):
            session._network.http.get(ADDRESS)
        return Verification(())

    monkeypatch.setattr("transfer.wiring.Connections", lambda _: httpx.MockTransport(handle))
    monkeypatch.setattr(Session, "verify", verify)
    monkeypatch.setenv("PATH", engine.environment()["PATH"])
    fleet = Fleet(engine.root, Machine.of({}, clock), plain_console()[0])

    report = fleet.do(Verb.VERIFY, Wanted(is_all=True), 4, is_fail_fast=False, is_all_anew=False)

    assert {row.result for row in report.rows} == {Result.DONE}
    assert answers.count(200) == len(answers) == len(TENANTS) * REQUESTS_EACH
    assert clock.seconds() >= 60
