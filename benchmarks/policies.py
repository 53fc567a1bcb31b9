"""What a policy pack costs a stack, beside the same command without it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.command import Measured, run
from benchmarks.scene import ROOT, Scene
from benchmarks.table import print_table, spread

_ROUNDS = 5
_PACK = ("--policy-pack", str(ROOT / "policy"))


def measure(scene: Scene) -> None:
    """Time commands on a stack that is up, each with and without the pack in turn."""
    scene.set_lock(None)
    stack = scene.side("source")
    stack.up()
    state = Path(scene.stage.scratch) / "state.json"
    export = ["pulumi", "stack", "export", "--stack", stack.name, "--file", str(state)]
    run(export, stack.folder, scene.environment)
    analyze = ["pulumi", "policy", "analyze", *_PACK, "--file", str(state), "--color", "never"]
    commands: dict[str, Callable[[], Measured]] = {
        "pulumi preview": stack.preview,
        "pulumi preview --policy-pack": partial(stack.preview, *_PACK),
        "pulumi up": stack.up,
        "pulumi up --policy-pack": partial(stack.up, *_PACK),
        "pulumi policy analyze": partial(run, analyze, stack.folder, scene.environment),
    }
    taken: dict[str, list[Measured]] = {name: [] for name in commands}
    for command in commands.values():
        command()
    for _ in range(_ROUNDS):
        for name, command in commands.items():
            taken[name].append(command())
    rows = [
        [
            name,
            spread([measured.seconds for measured in times], 2),
            spread([measured.cpu_seconds for measured in times], 2),
        ]
        for name, times in taken.items()
    ]
    title = f"policies: nothing to change, {_ROUNDS} rounds, median (max)"
    print_table(title, ["command", "s", "CPU s"], rows)
