"""Ctrl-C on a terminal, and what is to be typed after a kill, on the real engine."""

import json
import os
import pty
import re
import select
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest_emulator import Emulator
from engine_stage import EngineStage

pytestmark = pytest.mark.engine
_CTRL_C = b"\x03"


@pytest.fixture
def slow_runs(emulator: Emulator) -> Iterator[None]:
    """A cloud in which each pipeline run takes some seconds."""
    with emulator.settings(run_seconds=4):
        yield


class Terminal:
    """A command on a terminal of its own, whose Ctrl-C reaches its whole process group."""

    def __init__(self, stage: EngineStage, *command: str) -> None:
        self.shown = ""
        self._end, other = pty.openpty()
        self._process = subprocess.Popen(
            ["setsid", "--ctty", *command],
            cwd=stage.project,
            env=stage.slow_environment,
            stdin=other,
            stdout=other,
            stderr=other,
        )
        os.close(other)
        self.pid = self._process.pid

    def wait_for(self, pattern: str) -> None:
        """Read until something is shown."""
        while not re.search(pattern, self.shown):
            assert self._read(), f"{pattern} is not in:\n{self.shown}"

    def press(self, key: bytes) -> None:
        """Press a key."""
        os.write(self._end, key)

    def end(self) -> int:
        """Read to the end; give the exit code."""
        while self._read():
            pass
        os.close(self._end)
        return self._process.wait()

    def last_line(self) -> str:
        """Give what is shown last."""
        return self.shown.rstrip().splitlines()[-1]

    def _read(self) -> bool:
        assert select.select([self._end], [], [], 120)[0], self.shown
        try:
            part = os.read(self._end, 65536)
        except OSError:  # Linux says so when the other end is closed.
            return False
        self.shown += part.decode(errors="replace")
        return bool(part)


def leftovers(stage: EngineStage) -> list[str]:
    """Name what an engine that did not end in order leaves: operations, and locks."""
    operations = stage.state("source").get("pending_operations") or []
    locks = stage.backend.glob(".pulumi/locks/**/*.json")
    return [*(item["resource"]["urn"] for item in operations), *map(str, locks)]


def cut_off_a_run(stage: EngineStage) -> str:
    """Leave the state as a kill does once Azure has made a run; give the run's name."""
    document = json.loads(state_file(stage).read_bytes())
    latest = document["checkpoint"]["latest"]
    (run,) = (item for item in latest["resources"] if item["type"].endswith(":PipelineRun"))
    latest["resources"].remove(run)
    known = {key: value for key, value in run.items() if key not in ("id", "outputs")}
    latest["pending_operations"] = [{"resource": known, "type": "creating"}]
    state_file(stage).write_text(json.dumps(document))
    return str(run["urn"]).rpartition("::")[2]


def state_file(stage: EngineStage) -> Path:
    return stage.backend / ".pulumi" / "stacks" / "acr-transfer" / "source.json"


def await_a_run_in_the_checkpoint(stage: EngineStage) -> None:
    """Wait until the state tells of a run that has begun: nothing is written until it ends."""
    begun: list[str] = []
    while not begun:
        try:
            latest = json.loads(state_file(stage).read_bytes())["checkpoint"]["latest"]
        except ValueError:  # It is being written.
            continue
        operations = latest.get("pending_operations") or []
        begun = [item for item in operations if "PipelineRun" in item["resource"]["type"]]


def descendants(pid: int) -> Iterator[int]:
    """Give the processes that a process has started, each before its own."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (thread / "children").read_text().split()):
            yield child
            yield from descendants(child)


@pytest.mark.usefixtures("slow_runs")
def test_ctrl_c_ends_in_order_and_after_a_kill_the_last_line_mends(pair: EngineStage) -> None:
    once = Terminal(pair, "acr-transfer", "run")
    once.wait_for("PipelineRun")
    once.press(_CTRL_C)
    assert once.end() == 130, once.shown
    assert "Stopping: the engine ends what it has begun in stack 'source'" in once.shown
    assert once.last_line() == "acr-transfer run"
    assert leftovers(pair) == []

    # A new run takes its seconds, in which the engine writes nothing that a kill could cut off.
    assert pair.pulumi("config", "set", "acr-transfer:rerun", "1", "-s", "source").code == 0
    killed = Terminal(pair, "acr-transfer", "run")
    killed.wait_for("PipelineRun")
    await_a_run_in_the_checkpoint(pair)
    # The engine first, as its plugins are only told to end by an engine that ends in order.
    for process in list(descendants(killed.pid)):
        os.kill(process, signal.SIGKILL)
    assert killed.end() == 1, killed.shown
    assert leftovers(pair) != []
    locked = pair.transfer("run")
    assert locked.code == 1
    assert killed.last_line() == locked.last_line == "pulumi cancel -s source && acr-transfer run"
    mended = pair.type(locked.last_line)
    assert (mended.code, leftovers(pair)) == (0, []), mended.text
    assert "1 artifacts: 1 arrived" in mended.out

    assert pair.pulumi("config", "set", "acr-transfer:rerun", "2", "-s", "source").code == 0
    twice = Terminal(pair, "acr-transfer", "run")
    twice.wait_for("PipelineRun")
    twice.press(_CTRL_C)
    twice.wait_for("Stopping:")
    twice.press(_CTRL_C)
    assert twice.end() == 130, twice.shown
    assert twice.last_line() == "acr-transfer run"
    mended = pair.type(twice.last_line())
    assert (mended.code, leftovers(pair)) == (0, []), mended.text

    made = cut_off_a_run(pair)
    taken = pair.transfer("run")
    assert f"Taken over, as Azure has made it for an up that was cut off: {made}" in taken.text
    assert (taken.code, leftovers(pair)) == (0, []), taken.text
    assert "1 created" not in taken.text
