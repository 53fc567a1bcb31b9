"""Many tenants: each command once, and previews beside what people would write for them."""

import statistics
import sys
from collections.abc import Callable, Mapping
from functools import partial

import yaml

from benchmarks.command import Measured, run
from benchmarks.processes import PeakMemory
from benchmarks.scene import ROOT, SMALL_IMAGE, Scene
from benchmarks.table import print_table, spread
from components.model.names import SIDES
from fleet.tenants.folder import Tenant
from fleet.tenants.new import SideGiven, make_tenant

_ROUNDS = 3
_SHARED = {
    "source": {"acr-transfer:options": ["OverwriteBlobs"]},
    "target": {"acr-transfer:options": ["OverwriteTags"]},
}
_LOOP = 'while read folder stack; do (cd "$folder" && pulumi preview -s "$stack"); done'
_ONE = 'cd "$0" && pulumi preview --non-interactive -s "$1"'
_XARGS = ["xargs", "-P4", "-L1", "sh", "-ec", _ONE]
_PLUGINS = "provider plugins"


def measure(scene: Scene, tenants: int) -> None:
    """Bring tenants up, preview them in all ways in turn, change one, verify and destroy all."""
    fleet = [_make(scene, f"tenant{number:03}") for number in range(tenants)]
    stacks = [(tenant.folder, tenant.stack(side)) for tenant in fleet for side in SIDES]
    once = {"up": _fleet(scene, "up", "--all")}
    lines = "".join(f"{folder} {stack}\n" for folder, stack in stacks)
    pool = [sys.executable, "-m", "benchmarks.automation_pool", "4"]
    pool += [f"{folder}:{stack}" for folder, stack in stacks]
    command = partial(run, folder=ROOT, environment=scene.environment)
    # The language host that is built from sources asks pip each time, the official one seldom.
    quick = {**scene.environment, "PYTHONPATH": str(ROOT / "tests" / "quick_start")}
    ways: dict[str, Callable[[], Measured]] = {
        "shell loop": lambda: command(["sh", "-ec", _LOOP], given=lines),
        "xargs -P 4": lambda: command(_XARGS, given=lines),
        "xargs -P 4, pip answered at once": lambda: run(_XARGS, ROOT, quick, given=lines),
        "Automation API, 4 threads": lambda: command(pool),
        "fleet preview --all-anew": lambda: _fleet(scene, "preview", "--all", "--all-anew"),
        "fleet preview": lambda: _fleet(scene, "preview", "--all"),
    }
    taken: dict[str, list[Measured]] = {name: [] for name in ways}
    for _ in range(_ROUNDS):
        for name, way in ways.items():
            taken[name].append(way())
    _print_previews(taken, len(stacks))
    print(f"memory of a worker, shared pages counted again: {_worker_memory(scene, fleet[0])}")
    scene.push_image("bench/other:1", b"another layer")
    _choose(fleet[0], SMALL_IMAGE, "bench/other:1")
    once["preview, one changed"] = _fleet(scene, "preview", "--all")
    for verb in ("run", "verify"):
        once[verb] = _fleet(scene, verb, "--all")
    once["destroy"] = _fleet(scene, "destroy", "--all", "--yes")
    rows = [
        [name, *(f"{value / len(stacks):.2f}" for value in (one.seconds, one.cpu_seconds))]
        for name, one in once.items()
    ]
    title = f"fleet: {tenants} tenants, each command once"
    print_table(title, ["acr-transfer fleet", "s a stack", "CPU s a stack"], rows)


def _make(scene: Scene, name: str) -> Tenant:
    root = scene.stage.project
    (root / "tenants.yaml").write_text(yaml.safe_dump(_SHARED))
    tenant = Tenant(root, name)
    source, target = (SideGiven(f"rg-contoso/contoso{side}") for side in SIDES)
    make_tenant(tenant, {"source": source, "target": target})
    # A plain list: the lock of each would be a measurement of its own.
    file = tenant.stack_file("source")
    document = yaml.safe_load(file.read_text())
    del document["config"]["acr-transfer:images_lock"]
    file.write_text(yaml.safe_dump(document))
    _choose(tenant, SMALL_IMAGE)
    return tenant


def _choose(tenant: Tenant, *images: str) -> None:
    (tenant.folder / "images.yaml").write_text(yaml.safe_dump({"images": list(images)}))


def _fleet(scene: Scene, *words: str, watch: Callable[[int], None] | None = None) -> Measured:
    command = [sys.executable, "-m", "transfer", "fleet", *words, "--dir", str(scene.stage.project)]
    return run(command, ROOT, scene.environment, watch=watch)


def _print_previews(taken: Mapping[str, list[Measured]], stacks: int) -> None:
    medians = {name: statistics.median(one.seconds for one in ones) for name, ones in taken.items()}
    rows = [
        [
            name,
            spread([one.seconds / stacks for one in ones], 2),
            spread([one.cpu_seconds / stacks for one in ones], 2),
            f"{medians['xargs -P 4'] / medians[name]:.1f}",
        ]
        for name, ones in taken.items()
    ]
    title = f"fleet: previews of {stacks} unchanged stacks, {_ROUNDS} rounds, median (max)"
    header = ["way", "s a stack", "CPU s a stack", "times as fast as xargs"]
    print_table(title, header, rows)


def _worker_memory(scene: Scene, tenant: Tenant) -> str:
    """Tell the peaks of what works on one stack: of two stacks in turn, the larger ones."""
    peak = PeakMemory()
    _fleet(scene, "preview", tenant.name, "--all-anew", "--jobs", "1", watch=peak.watch)
    largest: dict[str, int] = {}
    for role, size in peak.bytes_by_process.values():
        largest[role] = max(largest.get(role, 0), size)
    plugins = peak.by_role()[_PLUGINS] / len(SIDES)
    parts = {"engine": largest["engine"], "program": largest["ready program"], _PLUGINS: plugins}
    told = ", ".join(f"{role} {size / 1e6:.0f}" for role, size in parts.items())
    return f"{sum(parts.values()) / 1e6:.0f} MB ({told})"
