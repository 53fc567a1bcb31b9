"""Ctrl-C over many tenants, once, twice and three times; and the waits that it ends."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread, get_ident, main_thread

import httpx
import pytest
from fake_engine import FakeEngine

from fleet.records import FleetReport, Result
from fleet.reports import read_last
from fleet.tasks import Verb
from transfer.clock import Clock
from transfer.errors import StoppedError
from transfer.patience import PATIENCE, RequestLimits
from transfer.stopping import SideBySide

CLI = [sys.executable, "-m", "transfer", "fleet"]


class Running:
    """`fleet up --all`, two stacks at a time, on an engine that tells what happens to it."""

    def __init__(self, engine: FakeEngine) -> None:
        self._told = os.fdopen(engine.open_told(), "rb", buffering=0)
        self._shown: list[str] = []
        self._process = subprocess.Popen(
            [*CLI, "up", "--all", "--jobs", "2"],
            cwd=engine.root,
            env=engine.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_for(self, *told: str) -> None:
        """Wait until the engines have told so much, in any order."""
        found: set[str] = set()
        for _ in told:
            assert select.select([self._told], [], [], 60)[0], found
            found.add(self._told.readline().decode().strip())
        assert found == set(told)

    def ctrl_c(self) -> None:
        """Ask to stop."""
        self._process.send_signal(signal.SIGINT)

    def wait_for_line(self, beginning: str) -> str:
        """Wait until a line is shown."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._shown.append(line.rstrip("\n"))
            if line.startswith(beginning):
                return line
        raise AssertionError(f"no line begins with {beginning}")

    def end(self) -> tuple[int, list[str]]:
        """Give the exit code and all that is shown."""
        assert self._process.stdout is not None
        # Not by communicate(), which leaves out what was read ahead of a line.
        self._shown += self._process.stdout.read().splitlines()
        return self._process.wait(timeout=60), self._shown

    def kill(self) -> None:
        """Kill the fleet alone."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End what a failed test has left."""
        self._process.kill()
        with self._process:
            self._told.close()


@pytest.fixture
def engine(tmp_path: Path) -> FakeEngine:
    return FakeEngine(tmp_path, "contoso", "fabrikam", "tailspin")


@pytest.fixture
def running(engine: FakeEngine, request: pytest.FixtureRequest) -> Iterator[Running]:
    """Two sources at work, that end when they have been asked as often as the parameter says."""
    patience = {"patience": request.param}
    engine.plays(contoso_source=patience, fabrikam_source=patience)
    fleet = Running(engine)
    try:
        fleet.wait_for("contoso-source begins", "fabrikam-source begins")
        yield fleet
    finally:
        engine.end()
        fleet.close()


def results(report: FleetReport | None) -> dict[str, Result]:
    assert report is not None
    return {row.name: row.result for row in report.rows}


STOPPED = {
    "contoso-source": Result.STOPPED,
    "contoso-target": Result.NOT_REACHED,
    "fabrikam-source": Result.STOPPED,
    "fabrikam-target": Result.NOT_REACHED,
    "tailspin-source": Result.NOT_REACHED,
    "tailspin-target": Result.NOT_REACHED,
}


@pytest.mark.parametrize("running", [1], indirect=True)
def test_after_one_ctrl_c_what_runs_ends_and_the_rest_is_not_reached(
    running: Running, engine: FakeEngine
) -> None:
    running.ctrl_c()
    running.wait_for("contoso-source asked", "fabrikam-source asked")
    assert "contoso-source, fabrikam-source. Another" in running.wait_for_line("Stopping: ")

    code, shown = running.end()

    assert (code, shown[-1]) == (130, "acr-transfer fleet up --failed")
    assert results(read_last(engine.root, Verb.UP)) == STOPPED
    assert sorted(engine.calls()) == ["contoso-source up", "fabrikam-source up"]


@pytest.mark.parametrize("running", [2], indirect=True)
def test_a_second_ctrl_c_says_what_is_in_doubt(running: Running, engine: FakeEngine) -> None:
    running.ctrl_c()
    running.wait_for("contoso-source asked", "fabrikam-source asked")
    running.wait_for_line("Stopping: ")
    running.ctrl_c()
    line = running.wait_for_line("Stopping at once. In doubt")
    assert "contoso-source, fabrikam-source. Another Ctrl-C kills" in line

    code, shown = running.end()

    assert (code, shown[-1]) == (130, "acr-transfer fleet up --failed")
    assert any("Stopped at once. What was begun in stack 'contoso-source' is" in it for it in shown)
    assert results(read_last(engine.root, Verb.UP)) == STOPPED


@pytest.mark.parametrize("running", [9], indirect=True)
def test_a_third_ctrl_c_kills_and_says_how_to_unlock(running: Running, engine: FakeEngine) -> None:
    for beginning in ("Stopping: ", "Stopping at once.", "Killed: "):
        running.ctrl_c()
        running.wait_for_line(beginning)

    code, shown = running.end()

    assert (code, shown[-1]) == (130, "acr-transfer fleet up --failed")
    cancel = "Then type: pulumi cancel -s contoso-source -C tenants/contoso"
    assert any(line.endswith(cancel) for line in shown)
    assert results(read_last(engine.root, Verb.UP)) == STOPPED


@pytest.mark.parametrize("running", [1], indirect=True)
def test_a_fleet_that_is_killed_leaves_the_rows_that_had_ended(
    running: Running, engine: FakeEngine
) -> None:
    running.kill()

    assert set(results(read_last(engine.root, Verb.UP)).values()) == {Result.NOT_REACHED}
    engine.plays()
    again = subprocess.run(
        [*CLI, "up", "--failed"],
        cwd=engine.root,
        env=engine.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 0, again.stdout + again.stderr
    assert set(results(read_last(engine.root, Verb.UP)).values()) == {Result.UNCHANGED}


@pytest.fixture
def stop() -> Iterator[Event]:
    """Work side by side, in which somebody may ask to stop."""
    side_by_side = SideBySide()
    with side_by_side.handing_on():
        yield side_by_side.stop


@pytest.mark.parametrize("wait", ["clock", "retry"])
def test_a_wait_in_a_transfer_ends_when_somebody_asks_to_stop(stop: Event, wait: str) -> None:
    answer = httpx.Response(429, headers={"Retry-After": "50"})
    ended: list[StoppedError] = []
    begun = Event()

    def work() -> None:
        begun.set()
        try:
            Clock().sleep(50) if wait == "clock" else PATIENCE.sleep(answer)
        except StoppedError as error:
            ended.append(error)

    thread = Thread(target=work)
    thread.start()
    begun.wait()
    stop.set()
    thread.join(timeout=45)

    assert len(ended) == 1


def test_ctrl_c_is_handed_on_while_the_main_thread_does_not_notice_it(stop: Event) -> None:
    noticed: list[bool] = []
    main = main_thread().ident
    assert main is not None

    def ask() -> None:
        while sys._current_frames()[main].f_code.co_name not in ("join", "_wait_for_tstate_lock"):
            pass
        # The system interrupts this thread, and lets the main one wait on.
        signal.pthread_kill(get_ident(), signal.SIGINT)
        noticed.append(stop.wait(20))

    thread = Thread(target=ask)
    thread.start()
    thread.join()

    assert noticed == [True]


def test_no_request_is_begun_once_somebody_asked_to_stop(stop: Event) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200)

    hooks = {"request": [RequestLimits(Clock()).wait]}
    with httpx.Client(transport=httpx.MockTransport(answer), event_hooks=hooks) as client:
        client.get("https://one.azurecr.io/v2/")
        stop.set()
        with pytest.raises(StoppedError):
            client.get("https://one.azurecr.io/v2/")

    assert len(asked) == 1
