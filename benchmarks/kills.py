"""Kills a fleet or an engine at random moments, and lets `fleet up --failed` put things right.

Run it by `python -m benchmarks.kills --rounds 30 --seed 1`. It needs the engine, and no emulator:
the program makes components alone.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from components.model.names import SIDES
from fleet.records import FleetReport, Reason
from fleet.reports import journal, read_last
from fleet.tasks import Verb
from fleet.tenants.folder import Tenant
from fleet.tenants.new import SideGiven, make_tenant

_ROOT = Path(__file__).parent.parent
_TENANTS = ("contoso", "fabrikam")
_MOST_CALLS = 4
_PARTS = 4
_PROGRAM = """\
import pathlib, time
import pulumi

class Part(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("kills:index:Part", name)
        time.sleep(0.2)
        self.register_outputs({})

number = pathlib.Path("round").read_text()
for place in range({parts}):
    Part(f"part{number}-{place}")
"""


@dataclass
class Checkout:
    """A checkout with some tenants, and a backend of files."""

    root: Path

    def make(self) -> None:
        """Write it."""
        (self.root / "__main__.py").write_text(_PROGRAM.replace("{parts}", str(_PARTS)))
        (self.root / ".venv").symlink_to(_ROOT / ".venv")
        (self.root / "backend").mkdir()
        for name in _TENANTS:
            make_tenant(
                Tenant(self.root, name), {side: SideGiven("rg/registry1") for side in SIDES}
            )

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Begin a command over the fleet."""
        return subprocess.Popen(
            [sys.executable, "-m", "transfer", "fleet", *words],
            cwd=self.root,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def end(self, *words: str) -> tuple[int, str]:
        """Do a command over the fleet, and give its exit code and what it shows."""
        done = self.begin(*words)
        shown, _ = done.communicate()
        return done.returncode, shown

    def type(self, line: str) -> None:
        """Type a line, and say yes to what is asked."""
        variables = self.environment() | {"PULUMI_SKIP_CONFIRMATIONS": "true"}
        subprocess.run(
            ["sh", "-c", line], cwd=self.root, env=variables, check=True, capture_output=True
        )

    def report(self) -> FleetReport:
        """Give the last report of `fleet up`."""
        report = read_last(self.root, Verb.UP)
        assert report is not None
        return report

    def faults(self) -> Iterator[str]:
        """Name what is wrong with the stacks' states."""
        states = self.root / "backend/.pulumi/stacks/acr-transfer"
        for stack in (f"{name}-{side}" for name in _TENANTS for side in SIDES):
            latest = json.loads((states / f"{stack}.json").read_bytes())["checkpoint"]["latest"]
            parts = [item for item in latest["resources"] if "Part" in item["type"]]
            if len(parts) != _PARTS or latest.get("pending_operations"):
                yield f"{stack} has {len(parts)} parts, and something is not finished"
        yield from map(str, self.root.glob("backend/.pulumi/locks/**/*.json"))
        code, shown = self.end("preview", "--all")
        if code or "4 unchanged" not in shown:
            yield f"the next preview is not empty:\n{shown}"

    def environment(self) -> dict[str, str]:
        """Give the variables of its commands."""
        return {
            **os.environ,
            "PATH": f"{_ROOT / '.venv/bin'}:{_ROOT / '.tools/bin'}:{os.environ['PATH']}",
            "VIRTUAL_ENV": str(_ROOT / ".venv"),
            "PYTHONPATH": f"{_ROOT}:{_ROOT / 'tests' / 'quick_start'}",
            "PULUMI_BACKEND_URL": f"file://{self.root / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "benchmark",
        }


def kill(checkout: Checkout, victim: str, share: float, seconds: float) -> bool:
    """Kill a fleet, or an engine of it, and tell whether it was still at work.

    Args:
        share: The moment, of the seconds that a whole call takes.
    """
    rows = journal(checkout.root, Verb.UP)
    fleet = checkout.begin("up", "--all", "--jobs", "2")
    while not rows.read() and fleet.poll() is None:
        time.sleep(0.01)
    time.sleep(share * seconds)
    engines = [pid for pid in _children(fleet.pid) if _name(pid) == "pulumi"]
    pids = [fleet.pid] if victim == "fleet" else engines[:1]
    was_at_work = fleet.poll() is None and bool(pids)
    if was_at_work:
        os.kill(pids[0], signal.SIGKILL)
    fleet.communicate()
    # What a killed fleet leaves alone ends when it cannot tell anything any more.
    while any(_name(pid) == "pulumi" for pid in engines):
        time.sleep(0.05)
    return was_at_work


def put_right(checkout: Checkout) -> tuple[int, int]:
    """Go on until nothing fails; give how often `--failed` and `pulumi cancel` were typed."""
    cancelled = 0
    for calls in range(1, _MOST_CALLS + 1):
        code, shown = checkout.end("up", "--failed", "--jobs", "2")
        if code == 0:
            return calls, cancelled
        for row in checkout.report().bad:
            if row.reason in (Reason.LOCKED, Reason.KILLED) and "Then type: " in row.cause:
                first = row.cause.partition("\n")[0]
                checkout.type(first.partition("Then type: ")[2])
                cancelled += 1
    raise AssertionError(f"{_MOST_CALLS} calls did not put it right:\n{shown}")


def rounds(checkout: Checkout, count: int, seed: int) -> Counter[str]:
    """Kill so many times; count what was killed and what it took to go on.

    Raises:
        AssertionError: something is not right after that.
    """
    chance = random.Random(seed)
    counted: Counter[str] = Counter()
    (checkout.root / "round").write_text("0")
    began = time.monotonic()
    code, shown = checkout.end("up", "--all", "--jobs", "2")
    assert code == 0, shown
    seconds = time.monotonic() - began
    for number in range(1, count + 1):
        (checkout.root / "round").write_text(str(number))
        victim, share = chance.choice(["fleet", "engine"]), chance.random()
        if not kill(checkout, victim, share, seconds):
            victim = "nothing"
        calls, cancelled = put_right(checkout)
        faults = list(checkout.faults())
        assert not faults, "\n".join([f"round {number}, {victim} killed at {share:.2f}", *faults])
        print(f"round {number}: {victim} at {share:.2f}, {calls} calls, {cancelled} cancelled")
        counted.update({f"{victim} killed": 1, "--failed": calls, "pulumi cancel": cancelled})
    return counted


def _children(pid: int) -> list[int]:
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    try:
        return [int(child) for thread in threads for child in thread.read_text().split()]
    except OSError:
        return []


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        made = Checkout(Path(folder))
        made.make()
        print(dict(rounds(made, given.rounds, given.seed)))
