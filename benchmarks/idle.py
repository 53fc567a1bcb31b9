"""What commands take that have nothing to do, beside what they cannot do without."""

from collections.abc import Callable
from functools import partial

from benchmarks.command import Measured
from benchmarks.scene import Scene
from benchmarks.table import print_table, spread

_ROUNDS = 7
_COMMANDS = ("verify", "copy", "diff", "lock --check", "check", "run")


def measure(scene: Scene) -> None:
    """Time each command on a finished transfer, in turn with one start of the engine."""
    scene.set_lock("images.lock")
    scene.transfer("lock")
    scene.transfer("run")
    source = scene.side("source")
    commands: dict[str, Callable[[], Measured]] = {
        "pulumi stack output": source.outputs,
        "pulumi up": source.up,
        **{f"acr-transfer {verb}": partial(scene.transfer, *verb.split()) for verb in _COMMANDS},
    }
    for command in commands.values():
        command()
    taken: dict[str, list[Measured]] = {name: [] for name in commands}
    for _ in range(_ROUNDS):
        for name, command in commands.items():
            taken[name].append(command())
    engine = [measured.seconds for measured in taken["pulumi stack output"]]
    rows = [
        [
            name,
            spread([measured.seconds for measured in times], 2),
            spread([measured.cpu_seconds for measured in times], 2),
            spread([one.seconds / start for one, start in zip(times, engine, strict=True)]),
        ]
        for name, times in taken.items()
    ]
    title = f"idle: nothing to do, one image, {_ROUNDS} rounds, median (max)"
    print_table(title, ["command", "s", "CPU s", "starts of the engine"], rows)
