"""Kills a fleet, an engine or the cloud at random moments, and lets `--failed` put things right.

Run it by `python -m benchmarks.kills --rounds 30 --seed 1`, with the project's tools on PATH.
"""

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.errors import BenchmarkError
from benchmarks.isolation import resources_of
from benchmarks.processes import family, marked, name_of
from benchmarks.scene import ROOT, Scene, scene
from benchmarks.tenants import add_tenant, choose
from components.model.names import SIDES
from emulator import daemon
from fleet.records import FleetReport
from fleet.reports import journal, read_last
from fleet.tasks import Verb
from fleet.tenants.folder import Tenant
from transfer.pending_creates import TAKEN_OVER

_TENANTS = ("contoso", "fabrikam")
_STACKS = [f"{name}-{side}" for name in _TENANTS for side in SIDES]
_VICTIMS = ("fleet", "engine", "emulator")
# `run` has images arrive, too, which `up` alone does not.
_VERBS = (Verb.UP, Verb.RUN)
_MOST_CALLS = 4
_MOVED = re.compile(r"run \S+/registries/(\S+?)/pipelineRuns/\S+ has moved (.+)")
# What goes on without a fleet that is killed, until it cannot tell anything any more.
_WORKERS = ("pulumi", "azcopy")
# In the environment of all that a fleet starts, and of nothing else.
_MARK = "ACR_TRANSFER_KILLS"
# What the emulator starts keeps files of its own, and ends by itself when the emulator is gone.
_SERVERS = ("crane", "node")


@dataclass
class Checkout:
    """A checkout with some tenants, between two registries of an emulated cloud."""

    scene: Scene
    tenants: list[Tenant] = field(init=False)

    def __post_init__(self) -> None:
        root = self.scene.project
        self.tenants = [add_tenant(root, name) for name in _TENANTS]

    def choose(self, tag: str) -> None:
        """Have each tenant move an image that nobody has moved yet, and no other one."""
        for tenant in self.tenants:
            image = f"kills/{tenant.name}:{tag}"
            self.scene.push_image(image, image.encode())
            choose(tenant, image)

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Begin a command over the fleet."""
        return subprocess.Popen(
            [sys.executable, "-m", "transfer", "fleet", *words],
            cwd=self.scene.project,
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
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=self.scene.project,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"

    def report(self, verb: Verb) -> FleetReport:
        """Give the last report of a verb."""
        report = read_last(self.scene.project, verb)
        assert report is not None
        return report

    def taken_over(self, verb: Verb) -> list[str]:
        """Give what the last report's rows say to have taken over."""
        logs = [Path(row.log).read_text() for row in self.report(verb).rows if row.log]
        return [line.strip() for log in logs for line in log.splitlines() if TAKEN_OVER in line]

    def faults(self) -> Iterator[str]:
        """Name what is wrong with the stacks' states, and what was moved in vain."""
        cloud = {str(item["id"]).lower() for item in resources_of(self.scene.stage.cloud)}
        for stack in _STACKS:
            latest = self._state(stack)
            if latest.get("pending_operations"):
                yield f"{stack}: something is not finished"
            for resource in latest["resources"]:
                known = str(resource.get("id", "")).lower()
                # A policy is a part of its vault.
                is_own = known.startswith("/subscriptions/") and "/accesspolicy/" not in known
                if is_own and known not in cloud:
                    yield f"{stack} knows of what is not there: {known}"
        yield from map(str, self.scene.stage.cloud.glob("pulumi-state/.pulumi/locks/**/*.json"))
        code, shown = self.end("preview", "--all")
        if code or f"{len(_STACKS)} unchanged" not in shown:
            yield f"the next preview is not empty:\n{shown}"
        for moved, count in self.moves().items():
            if count > 1:
                yield f"{moved} was moved {count} times"

    def moves(self) -> Counter[str]:
        """Count how often runs have moved each artifact from or to a registry."""
        log = (self.scene.stage.cloud / "emulator.log").read_text()
        return Counter(
            f"{registry} {artifact}"
            for registry, artifacts in _MOVED.findall(log)
            for artifact in artifacts.split()
        )

    def start_cloud(self) -> None:
        """Start the cloud again, on the state that it has."""
        state = ["--state", str(self.scene.stage.cloud)]
        command = [sys.executable, "-m", "emulator", "start", *state]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    def environment(self) -> dict[str, str]:
        """Give the variables of its commands."""
        quick = f"{ROOT}:{ROOT / 'tests' / 'quick_start'}"
        return {**self.scene.environment, "PYTHONPATH": quick, _MARK: str(self.scene.project)}

    def processes(self) -> list[int]:
        """Give what a fleet has started here and what that has, as far as it still runs."""
        return marked(f"{_MARK}={self.scene.project}")

    def _state(self, stack: str) -> dict[str, Any]:
        file = next(self.scene.stage.cloud.glob(f"pulumi-state/.pulumi/stacks/*/{stack}.json"))
        latest: dict[str, Any] = json.loads(file.read_bytes())["checkpoint"]["latest"]
        return latest


def kill(checkout: Checkout, verb: Verb, victim: str, share: float, seconds: float) -> bool:
    """Kill something while a fleet is at work, and tell whether it still was.

    Args:
        share: The moment, of the seconds that a whole call takes.
    """
    rows = journal(checkout.scene.project, verb)
    fleet = checkout.begin(verb, "--all", "--jobs", "2")
    while not rows.read() and fleet.poll() is None:
        time.sleep(0.01)
    time.sleep(share * seconds)
    cloud = daemon.running(checkout.scene.stage.cloud)
    assert cloud is not None
    servers = family(cloud)[1:]
    engines = [pid for pid in family(fleet.pid) if name_of(pid) == "pulumi"]
    pids = {"fleet": [fleet.pid], "engine": engines, "emulator": [cloud]}[victim]
    was_at_work = fleet.poll() is None and bool(pids)
    if was_at_work:
        os.kill(pids[0], signal.SIGKILL)
    fleet.communicate()
    _end_what_is_left(checkout)
    if was_at_work and victim == "emulator":
        _await_ends(servers, _SERVERS)
        checkout.start_cloud()
    return was_at_work


def put_right(checkout: Checkout, verb: Verb) -> tuple[int, list[str]]:
    """Go on until nothing fails; give how often `--failed` was typed, and what else was."""
    typed: list[str] = []
    for calls in range(1, _MOST_CALLS + 1):
        code, shown = checkout.end(verb, "--failed", "--jobs", "2")
        if code == 0:
            return calls, typed
        for row in checkout.report(verb).bad:
            first = row.cause.partition("\n")[0]
            if line := first.partition("Then type: ")[2]:
                checkout.type(line)
                typed.append(line)
            print(f"  {row.name} {row.result} {row.reason}: {first}", flush=True)
    raise AssertionError(f"{_MOST_CALLS} calls did not put it right:\n{shown}")


def rounds(checkout: Checkout, count: int, seed: int) -> Counter[str]:
    """Kill so many times; count what was killed and what it took to go on.

    Raises:
        AssertionError: something is not right after that.
    """
    chance = random.Random(seed)
    counted: Counter[str] = Counter()
    seconds = {}
    for verb in _VERBS:
        checkout.choose(verb)
        began = time.monotonic()
        code, shown = checkout.end(verb, "--all", "--jobs", "2")
        assert code == 0, shown
        seconds[verb] = time.monotonic() - began
    for number, victim in enumerate(turns(count, chance), 1):
        is_killed = False
        while not is_killed:
            counted["rounds"] += 1
            checkout.choose(f"round{counted['rounds']}")
            verb, share = chance.choice(_VERBS), chance.random()
            began = time.monotonic()
            is_killed = kill(checkout, verb, victim, share, seconds[verb])
            if not is_killed:
                seconds[verb] = time.monotonic() - began
        calls, typed = put_right(checkout, verb)
        taken = checkout.taken_over(verb)
        said = f"{calls} calls, {typed}, taken over {taken}"
        print(f"{number}: {verb}, {victim} at {share:.2f}, {said}", flush=True)
        faults = list(checkout.faults())
        assert not faults, "\n".join([f"{number}: {victim} at {share:.2f}", *faults])
        counted.update({f"{victim} killed": 1, f"{calls} calls": 1, "other commands": len(typed)})
        counted["rounds with something taken over"] += bool(taken)
    return counted


def turns(count: int, chance: random.Random) -> Iterator[str]:
    """Give each victim equally often, in an order that cannot be foreseen."""
    for number in range(count):
        if number % len(_VICTIMS) == 0:
            turn = chance.sample(_VICTIMS, len(_VICTIMS))
        yield turn[number % len(_VICTIMS)]


def _end_what_is_left(checkout: Checkout) -> None:
    """Await the workers, then end what they have left: a language host without its engine."""
    while any(name_of(pid) in _WORKERS for pid in checkout.processes()):
        time.sleep(0.05)
    for pid in checkout.processes():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _await_ends(pids: list[int], names: tuple[str, ...]) -> None:
    while any(name_of(pid) in names for pid in pids):
        time.sleep(0.05)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    try:
        with scene() as ready:
            print(dict(rounds(Checkout(ready), given.rounds, given.seed)))
    except BenchmarkError as error:
        sys.exit(str(error))
