"""The cost of components: each side against a flat program that declares the same resources."""

import statistics
from dataclasses import dataclass, field

from benchmarks.command import Measured
from benchmarks.errors import BenchmarkError
from benchmarks.scene import Scene
from benchmarks.stacks import BenchStack
from benchmarks.table import print_table, spread

_ROUNDS = 7
_AIM = 1.15


@dataclass
class _Pair:
    """Runs of one command, in turn on the component and on the flat program."""

    component: list[Measured] = field(default_factory=list)
    flat: list[Measured] = field(default_factory=list)

    def row(self, side: str, command: str, counts: str) -> list[str]:
        ours, plain = ([run.seconds for run in runs] for runs in (self.component, self.flat))
        ratio = statistics.median(ours) / statistics.median(plain)
        pairs = [one / other for one, other in zip(ours, plain, strict=True)]
        return [
            f"{side} {command}",
            spread(ours, 2),
            spread(plain, 2),
            f"{ratio:.2f}",
            spread(pairs, 2),
            f"{self._cpu_ratio():.2f}",
            counts,
        ]

    def _cpu_ratio(self) -> float:
        medians = (
            statistics.median(run.cpu_seconds for run in runs)
            for runs in (self.component, self.flat)
        )
        return next(medians) / next(medians)


def measure(scene: Scene) -> None:
    """Compare preview and first `up` of both sides, alternating, after one round of warming up."""
    rows = _side(scene, "source")
    # The target side reads the source's contract.
    scene.side("source").up()
    rows += _side(scene, "target")
    header = ["command", "component s", "flat s", "ratio", "of pairs", "CPU ratio", "resources"]
    title = (
        f"components: {_ROUNDS} rounds A B A B, no latencies; median (max); "
        f"aim: ratio at most {_AIM}"
    )
    print_table(title, header, rows)


def _side(scene: Scene, side: str) -> list[list[str]]:
    component, flat = scene.side(side), scene.flat(side)
    preview, up = _Pair(), _Pair()
    counts = ""
    for number in range(_ROUNDS + 1):
        ours = _round(component)
        plain = _round(flat)
        counts = _same_count(ours[2], plain[2])
        if number:
            preview.component.append(ours[0])
            preview.flat.append(plain[0])
            up.component.append(ours[1])
            up.flat.append(plain[1])
    return [preview.row(side, "preview", counts), up.row(side, "up", counts)]


def _round(stack: BenchStack) -> tuple[Measured, Measured, int]:
    """Preview and create everything, count it, and take it down again."""
    previewed, created = stack.preview(), stack.up()
    count = stack.custom_resource_count()
    stack.destroy()
    return previewed, created, count


def _same_count(ours: int, plain: int) -> str:
    if ours != plain:
        raise BenchmarkError(
            f"the component makes {ours} custom resources and the flat program {plain}: "
            "only the same can be compared. Bring benchmarks/flat into line."
        )
    return f"{ours} = {plain}"
