"""Calls of the cloud's control plane that each command makes, counted by the emulator."""

import time
from collections.abc import Callable, Mapping

from benchmarks.command import Measured
from benchmarks.errors import BenchmarkError
from benchmarks.scene import Scene
from benchmarks.table import print_table

_TRIES = 60
_PAUSE_SECONDS = 1.0

Command = Callable[[], Measured]


def measure(scene: Scene) -> None:
    """Go through the life of both stacks, and count after each command."""
    source, target = scene.side("source"), scene.side("target")
    sides: dict[str, dict[str, Command]] = {
        "source side": {
            "preview": source.preview,
            "up": source.up,
            "second up": source.up,
            "refresh": source.refresh,
        },
        "target side": {
            "preview": target.preview,
            "up": target.up,
            "second up": target.up,
            "refresh": target.refresh,
        },
    }
    counted = {
        title: {name: _count(scene, command) for name, command in commands.items()}
        for title, commands in sides.items()
    }
    transfer = {"copy": _count(scene, lambda: scene.transfer("copy"))}
    _wait_for_imports(scene)
    transfer["verify"] = _count(scene, lambda: scene.transfer("verify"))
    counted["target side"]["destroy"] = _count(scene, target.destroy)
    counted["source side"]["destroy"] = _count(scene, source.destroy)
    for title, columns in {**counted, "acr-transfer": transfer}.items():
        _print(f"calls: {title}, one image", columns)


def _count(scene: Scene, command: Command) -> Mapping[str, int]:
    scene.cloud.forget_calls()
    command()
    return scene.cloud.calls()


def _wait_for_imports(scene: Scene) -> None:
    for _ in range(_TRIES):
        if scene.transfer("verify", may_fail=True).exit_code == 0:
            return
        time.sleep(_PAUSE_SECONDS)
    raise BenchmarkError("the copied blob was not imported; run make demo to see why.")


def _print(title: str, columns: Mapping[str, Mapping[str, int]]) -> None:
    calls = sorted({call for counts in columns.values() for call in counts}, key=_order)
    rows = [
        [
            call.replace("Microsoft.", ""),
            *(str(counts.get(call, "")) for counts in columns.values()),
        ]
        for call in calls
    ]
    rows.append(["all", *(str(sum(counts.values())) for counts in columns.values())])
    print_table(title, ["call", *columns], rows)


def _order(call: str) -> tuple[str, str]:
    verb, _, type_ = call.partition(" ")
    return type_, verb
