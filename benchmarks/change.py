"""The three figures that nobody publishes: what a change moves, and how soon one knows."""

import json
import os
from collections.abc import Callable

from benchmarks.command import Measured, run
from benchmarks.errors import BenchmarkError
from benchmarks.pushed import PushClient
from benchmarks.scene import Scene
from benchmarks.table import megabytes, print_table, spread

_NAMES = [f"bench/app{number:02}:1" for number in range(50)]
_LAYERS = 4
_LAYER_BYTES = 100_000
_ROUNDS = 3
_MOVED, _LOST = _NAMES[7], _NAMES[11]


def measure(scene: Scene) -> None:
    """Change one layer of one image of a batch, lose another one at the target, and look."""
    host = scene.login_servers["contososource"]
    client = PushClient(host, scene.environment, [name.partition(":")[0] for name in _NAMES])
    layers = {name: [os.urandom(_LAYER_BYTES) for _ in range(_LAYERS)] for name in _NAMES}

    def push(name: str) -> None:
        repository, _, tag = name.partition(":")
        client.image(repository, tag, layers[name], name)

    for name in _NAMES:
        push(name)
    scene.choose_images(_NAMES)
    scene.set_lock("images.lock")
    scene.transfer("lock")
    scene.transfer("run")
    moved = {}
    layers[_MOVED][-1] = os.urandom(_LAYER_BYTES)
    push(_MOVED)
    scene.transfer("lock")
    moved["a lock"] = _bytes_of_change(scene)
    verdict = [scene.transfer("verify").seconds for _ in range(_ROUNDS)]
    layers[_MOVED][-1] = os.urandom(_LAYER_BYTES)
    push(_MOVED)
    client.close()
    scene.set_lock(None)
    moved["a plain list"] = _bytes_of_change(scene)
    _lose(scene)
    found = [_time_to_find(lambda: scene.transfer("verify", may_fail=True)) for _ in range(_ROUNDS)]
    rows = [
        [f"bytes moved, {name}", megabytes(count), f"{count / _LAYER_BYTES:.1f} for each changed"]
        for name, count in moved.items()
    ]
    rows.append(["time to a verdict on all", f"{spread(verdict, 2)} s", "all has arrived"])
    rows.append(["time to find what failed", f"{spread(found, 2)} s", "one image is missing"])
    title = (
        f"change: one layer of {megabytes(_LAYER_BYTES)} in {len(_NAMES)} images of {_LAYERS}, "
        f"{_ROUNDS} rounds, median (max)"
    )
    print_table(title, ["figure", "measured", "which is"], rows)


def _bytes_of_change(scene: Scene) -> int:
    """Export and copy what has changed, wait for it at the target; give what azcopy carried."""
    scene.side("source").up()
    copied = scene.transfer("copy", "--json")
    document = json.loads(copied.output[copied.output.index("{") :])
    scene.transfer("run")
    return int(document["transferred_bytes"])


def _lose(scene: Scene) -> None:
    name = f"{scene.login_servers['contosotarget']}/{_LOST}"
    run(["crane", "delete", name], scene.stage.scratch, scene.environment)


def _time_to_find(verify: Callable[[], Measured]) -> float:
    measured = verify()
    if measured.exit_code != 1 or _LOST.partition(":")[0] not in measured.output:
        raise BenchmarkError(f"verify does not miss {_LOST}: {measured.output}")
    return measured.seconds
