"""What a side weighs: checkpoints, state, memory, and the emulator's start and rest."""

import time
from pathlib import Path

from benchmarks.errors import BenchmarkError
from benchmarks.processes import PeakMemory, cpu_seconds, memory_by_role
from benchmarks.scene import Scene
from benchmarks.table import megabytes, print_table, spread
from emulator import daemon

_RETAIN = {"PULUMI_DIY_BACKEND_RETAIN_CHECKPOINTS": "1"}
_STARTS = 5
_REST_SECONDS = 5.0
_RESTS = 6


def measure(scene: Scene) -> None:
    """Bring both sides up once, then look at what they left and at the emulator."""
    peak = PeakMemory()
    rows = [_side(scene, side, peak) for side in ("source", "target")]
    header = ["side", "resources", "checkpoints", "bytes written", "state"]
    print_table("state: checkpoints of a first up", header, rows)
    at_rest = memory_by_role(_emulator(scene))
    rest = _cpu_at_rest(_emulator(scene))
    _print_memory("state: memory of the engine, peak RSS during up", peak.by_role(), ())
    _print_memory(
        "state: memory of the emulator after both sides are up, RSS; aim: under 400 MB",
        at_rest,
        ("emulator", "Azurite", "crane"),
    )
    first, again = _starts(scene.stage.scratch)
    print_table(
        f"state: emulator, {_STARTS} starts, median (max); aims: under 5 s, 0 %",
        [
            "first start s",
            "start of a used state s",
            f"CPU % in {_RESTS} x {_REST_SECONDS:.0f} s of rest",
        ],
        [[spread(first, 2), spread(again, 2), spread(rest)]],
    )


def _side(scene: Scene, side: str, peak: PeakMemory) -> list[str]:
    stack = scene.side(side)
    folder = scene.stage.cloud / "pulumi-state" / ".pulumi" / "stacks" / "acr-transfer"
    before = _sizes(folder, side)
    own = PeakMemory()
    stack.up(variables=_RETAIN, watch=own.watch)
    if sum(own.by_role().values()) > sum(peak.by_role().values()):
        peak.bytes_by_process = own.bytes_by_process
    after = _sizes(folder, side)
    state = folder / f"{side}.json"
    written = {name: size for name, size in after.items() if name not in before}
    if len(written) < stack.custom_resource_count():
        raise BenchmarkError(f"the engine kept no checkpoints in {folder}: it is another version.")
    return [
        side,
        str(len(stack.resources())),
        str(len(written)),
        megabytes(sum(written.values())),
        megabytes(state.stat().st_size),
    ]


def _sizes(folder: Path, side: str) -> dict[str, int]:
    """Give the sizes of the checkpoints that are kept beside the state."""
    files = folder.glob(f"{side}.json.*")
    return {file.name: file.stat().st_size for file in files if file.suffix[1:].isdigit()}


def _print_memory(title: str, by_role: dict[str, int], order: tuple[str, ...]) -> None:
    roles = [role for role in order if role in by_role] or sorted(
        by_role, key=lambda role: -by_role[role]
    )
    rows = [[role, f"{by_role[role] / 1e6:.0f} MB"] for role in roles]
    rows.append(["all", f"{sum(by_role.values()) / 1e6:.0f} MB"])
    print_table(title, ["process", "memory"], rows)


def _emulator(scene: Scene) -> int:
    pid = daemon.running(scene.stage.cloud)
    if pid is None:
        raise BenchmarkError("the emulator ended by itself; its log says why.")
    return pid


def _cpu_at_rest(pid: int) -> list[float]:
    """Give the percentage of one core that is used while nobody asks, again and again."""
    parts = []
    for _ in range(_RESTS):
        before = cpu_seconds(pid)
        time.sleep(_REST_SECONDS)
        parts.append(100 * (cpu_seconds(pid) - before) / _REST_SECONDS)
    return parts


def _starts(scratch: Path) -> tuple[list[float], list[float]]:
    """Time starts of new clouds, which make their certificates, and of the same ones again."""
    first: list[float] = []
    again: list[float] = []
    for number in range(_STARTS):
        directory = scratch / f"cloud{number}"
        try:
            for times in (first, again):
                began = time.monotonic()
                daemon.start(directory)
                times.append(time.monotonic() - began)
                daemon.stop(directory)
        finally:
            daemon.purge(directory)
    return first, again
