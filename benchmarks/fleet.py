"""Many tenants: each command once, and previews beside what people would write for them."""

import json
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from benchmarks.command import Measured, run
from benchmarks.errors import BenchmarkError
from benchmarks.isolation import Marks, listings, resources_of
from benchmarks.processes import PeakMemory
from benchmarks.scene import ROOT, SMALL_IMAGE, Scene
from benchmarks.states_key import make_states_key
from benchmarks.table import print_table, spread
from benchmarks.tenants import add_tenant, choose
from components.model.contract import OUTPUT_NAME
from components.model.names import SIDES
from emulator.environment import proxy_variables
from fleet.tenants.folder import Tenant
from transfer.azure.endpoints import trusted_authorities

_LOOP = 'while read folder stack; do (cd "$folder" && pulumi preview -s "$stack"); done'
_ONE = 'cd "$0" && pulumi preview --non-interactive -s "$1"'
_XARGS = "xargs -P 4"
_PLUGINS = "provider plugins"
# What others do with more of them takes as long for each.
_SAMPLE = 8


@dataclass(frozen=True)
class _Way:
    """A way to preview stacks, and how many it previews."""

    do: Callable[[], Measured]
    stacks: int


def measure(scene: Scene, tenants: int, rounds: int) -> None:
    """Bring tenants up, preview them in all ways in turn, change one, verify and destroy all.

    Raises:
        BenchmarkError: a command fails, or a tenant reaches another.
    """
    plain = {**scene.environment, **proxy_variables(scene.stage.cloud)}
    # A language host asks pip at each command what is installed: here it is answered at once.
    quick = {**plain, "PYTHONPATH": str(ROOT / "tests" / "quick_start")}
    key = make_states_key(scene.cloud.http, quick)
    root = scene.project
    names = [f"tenant{number:03}" for number in range(tenants)]
    add = partial(add_tenant, root, secrets_provider=key)
    fleet = [add(name, SMALL_IMAGE) for name in names]
    call = partial(_fleet, root, quick)
    once = {"up": call("up", "--all")}
    ways = _ways(fleet, plain, quick)
    taken: dict[str, list[Measured]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            taken[name].append(way.do())
    _print_previews(ways, taken, rounds)
    print(f"memory of a worker, shared pages counted again: {_worker_memory(call, fleet[0])}")
    scene.push_image("bench/other:1", b"another layer")
    choose(fleet[0], SMALL_IMAGE, "bench/other:1")
    once["preview, one changed"] = call("preview", "--all")
    for verb in ("run", "verify"):
        once[verb] = call(verb, "--all")
    _require_isolation(scene, names)
    once["destroy"] = call("destroy", "--all", "--yes")
    _print_once(once, tenants)


def _fleet(
    root: Path,
    environment: Mapping[str, str],
    *words: str,
    watch: Callable[[int], None] | None = None,
) -> Measured:
    command = [sys.executable, "-m", "transfer", "fleet", *words, "--dir", str(root)]
    return run(command, ROOT, environment, watch=watch)


def _ways(
    fleet: Sequence[Tenant], environment: Mapping[str, str], quick: Mapping[str, str]
) -> dict[str, _Way]:
    stacks = [(tenant.folder, tenant.stack(side)) for tenant in fleet for side in SIDES]
    sample = stacks[:_SAMPLE]
    lines = "".join(f"{folder} {stack}\n" for folder, stack in sample)
    pool = [sys.executable, "-m", "benchmarks.automation_pool", "4"]
    pool += [f"{folder}:{stack}" for folder, stack in sample]
    command = partial(run, folder=ROOT, environment=environment)
    call = partial(_fleet, fleet[0].root, environment)
    xargs = ["xargs", "-P4", "-L1", "sh", "-ec", _ONE]
    return {
        "shell loop": _Way(lambda: command(["sh", "-ec", _LOOP], given=lines), len(sample)),
        _XARGS: _Way(lambda: command(xargs, given=lines), len(sample)),
        f"{_XARGS}, pip answered": _Way(
            lambda: command(xargs, given=lines, environment=quick), len(sample)
        ),
        "Automation API, 4 threads": _Way(lambda: command(pool), len(sample)),
        "fleet preview --all-anew": _Way(
            lambda: call("preview", "--all", "--all-anew"), len(stacks)
        ),
        "fleet preview": _Way(lambda: call("preview", "--all"), len(stacks)),
    }


def _print_previews(
    ways: Mapping[str, _Way], taken: Mapping[str, Sequence[Measured]], rounds: int
) -> None:
    seconds = {
        name: [one.seconds / ways[name].stacks for one in ones] for name, ones in taken.items()
    }
    processor = {
        name: [one.cpu_seconds / ways[name].stacks for one in ones] for name, ones in taken.items()
    }
    rows = [
        [
            name,
            str(way.stacks),
            *(
                text
                for values in (seconds, processor)
                for text in (
                    spread(values[name], 3),
                    f"{statistics.median(values[_XARGS]) / statistics.median(values[name]):.1f}",
                )
            ),
        ]
        for name, way in ways.items()
    ]
    title = f"fleet: previews of unchanged stacks, {rounds} rounds, median (max)"
    header = ["way", "stacks", "s a stack", "xargs takes", "CPU s a stack", "xargs takes"]
    print_table(title, header, rows)


def _print_once(once: Mapping[str, Measured], tenants: int) -> None:
    stacks = tenants * len(SIDES)
    rows = [
        [name, *(f"{value / stacks:.2f}" for value in (one.seconds, one.cpu_seconds))]
        for name, one in once.items()
    ]
    title = f"fleet: {tenants} tenants, each command once"
    print_table(title, ["acr-transfer fleet", "s a stack", "CPU s a stack"], rows)


def _worker_memory(call: Callable[..., Measured], tenant: Tenant) -> str:
    """Tell the peaks of what works on one stack: of two stacks in turn, the larger ones."""
    peak = PeakMemory()
    call("preview", tenant.name, "--all-anew", "--jobs", "1", watch=peak.watch)
    largest: dict[str, int] = {}
    for role, size in peak.bytes_by_process.values():
        largest[role] = max(largest.get(role, 0), size)
    plugins = peak.by_role()[_PLUGINS] / len(SIDES)
    parts = {"engine": largest["engine"], "program": largest["ready program"], _PLUGINS: plugins}
    told = ", ".join(f"{role} {size / 1e6:.0f}" for role, size in parts.items())
    return f"{sum(parts.values()) / 1e6:.0f} MB ({told})"


def _require_isolation(scene: Scene, tenants: Sequence[str]) -> None:
    """Refuse a cloud, a state, a log or a row in which one tenant has to do with another."""
    resources = resources_of(scene.stage.cloud)
    marks = Marks.of(tenants, resources)
    texts = list(_texts(scene, tenants))
    found: dict[str, object] = {
        "resources of two tenants": marks.of_two(resources),
        "states, logs and rows that name another tenant": marks.strangers(texts),
        "answers to a SAS": _wrong_answers(scene, tenants),
    }
    print(f"isolation: {len(resources)} resources, {len(texts)} states, logs and rows")
    for subject, faults in found.items():
        if faults:
            raise BenchmarkError(f"tenants are not isolated, {subject}: {faults}")


def _texts(scene: Scene, tenants: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Give what a fleet has written, each with the tenant that it is of."""
    told = scene.project / ".acr-transfer" / "fleet"
    for tenant in tenants:
        for side in SIDES:
            yield tenant, _state(scene, f"{tenant}-{side}").read_text()
    for log in (told / "logs").iterdir():
        yield log.name[: len(tenants[0])], log.read_text()
    for report in told.glob("*.json"):
        for row in json.loads(report.read_text()).get("rows", []):
            yield row["tenant"], json.dumps(row)


def _state(scene: Scene, stack: str) -> Path:
    return next(scene.stage.cloud.rglob(f"stacks/*/{stack}.json"))


def _wrong_answers(scene: Scene, tenants: Sequence[str]) -> list[str]:
    """Try each SAS on its own container, and on that of the next tenant."""
    containers: dict[str, list[str]] = {}
    for tenant in tenants:
        for side in SIDES:
            state = json.loads(_state(scene, f"{tenant}-{side}").read_text())
            made = {item["type"]: item for item in state["checkpoint"]["latest"]["resources"]}
            contract = made["pulumi:pulumi:Stack"]["outputs"][OUTPUT_NAME]
            uri = str(contract["container"]["uri"])
            containers.setdefault(tenant, []).append(uri)
    wrong: list[str] = []
    with httpx.Client(verify=trusted_authorities(scene.environment)) as client:
        for owner, tenant, address in listings(containers, resources_of(scene.stage.cloud)):
            answer = client.get(address).status_code
            if answer != (200 if owner == tenant else 403):
                wrong.append(f"{owner} at {tenant}: {answer}")
    return wrong
