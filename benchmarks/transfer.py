"""Throughput of one large image through export, copy and import, beside a tiny one."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from benchmarks.errors import BenchmarkError
from benchmarks.scene import Scene
from benchmarks.table import print_table, spread

_ROUNDS = 5
_LARGE_BYTES = 100_000_000
_SMALL_BYTES = 1_000
_TRIES = 600
_PAUSE_SECONDS = 0.2


@dataclass(frozen=True)
class _Times:
    """What the three steps of one transfer took, in seconds."""

    export: float
    copy: float
    copy_again: float
    """The same command when the blob is there already: azcopy is not called."""
    import_: float

    @property
    def azcopy(self) -> float:
        """What azcopy itself took."""
        return self.copy - self.copy_again


def measure(scene: Scene) -> None:
    """Move new images, large and tiny in turn: the tiny ones show what does not depend on size."""
    _move(scene, "bench/warm:1", _SMALL_BYTES)
    large, small = [], []
    for number in range(_ROUNDS):
        large.append(_move(scene, f"bench/large:{number}", _LARGE_BYTES))
        small.append(_move(scene, f"bench/tiny:{number}", _SMALL_BYTES))
    steps: dict[str, Callable[[_Times], float]] = {
        "export": lambda times: times.export,
        "copy": lambda times: times.copy,
        "copy again, nothing to do": lambda times: times.copy_again,
        "azcopy alone (copy - copy again)": lambda times: times.azcopy,
        "import": lambda times: times.import_,
    }
    rows = [
        [step, spread([part(times) for times in large], 2), spread([part(t) for t in small], 2)]
        for step, part in steps.items()
    ]
    title = f"transfer: an image of 100 MB and one of 1 kB, {_ROUNDS} rounds, median (max)"
    print_table(title, ["step", "100 MB s", "1 kB s"], rows)


def _move(scene: Scene, image: str, size: int) -> _Times:
    # Random: nothing on the way can shrink it.
    scene.push_image(image, os.urandom(size))
    scene.choose_images([image])
    source, target = scene.side("source"), scene.side("target")
    source.up()
    target.up()
    contract = source.contract()
    run = cast("list[Mapping[str, object]]", contract["runs"])[0]
    blob = str(run["blob"])
    exported = _wait_for_run(scene, contract, "target", blob)
    copied = scene.transfer("copy").seconds
    imported = _wait_for_run(scene, target.contract(), "source", blob)
    return _Times(exported, copied, scene.transfer("copy").seconds, imported)


def _wait_for_run(scene: Scene, contract: Mapping[str, object], blob_key: str, blob: str) -> float:
    """Wait until the run of a blob has ended, and give how long the service says it took."""
    registry = cast("Mapping[str, str]", contract["registry"])
    for _ in range(_TRIES):
        for run in scene.cloud.runs(registry["id"]):
            request = cast("Mapping[str, Mapping[str, str]]", run["request"])
            response = cast("Mapping[str, str]", run.get("response") or {})
            if request.get(blob_key, {}).get("name") == blob and response.get("finishTime"):
                return _seconds(response)
        time.sleep(_PAUSE_SECONDS)
    raise BenchmarkError(f"no run of blob {blob!r} ended; run make demo to see why.")


def _seconds(response: Mapping[str, str]) -> float:
    if response["status"] != "Succeeded":
        raise BenchmarkError(f"a run failed: {response.get('pipelineRunErrorMessage')}")
    began, ended = (datetime.fromisoformat(response[key]) for key in ("startTime", "finishTime"))
    return (ended - began).total_seconds()
