"""`lock` and `verify` of 1,000 tags beside loops of what people use, and beside a bare flood."""

import json
import shutil
import statistics
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from benchmarks.command import Measured, run
from benchmarks.pushed import PushClient, push_many
from benchmarks.scene import ROOT, Scene
from benchmarks.table import print_table, spread

_REPOSITORIES = [f"bench/app{number:02}" for number in range(20)]
_TAGS = [f"{repository}:1.{tag}" for repository in _REPOSITORIES for tag in range(50)]
_EVERY_INDEX = 10
_DISTANCES = (0.05, 0.0)
_ROUNDS = 3
# A whole loop takes minutes, and each of its calls the same as any other.
_CALLS_OF_A_LOOP = 40
_MEBIBYTE = 2**20


@dataclass(frozen=True)
class _Taken:
    """What one round of something took; a loop's are those of all tags, from a part of them."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    requests: int

    @classmethod
    def of(cls, measured: Measured, requests: int, factor: float = 1) -> "_Taken":
        """Take over what was measured."""
        return cls(
            measured.seconds * factor,
            measured.cpu_seconds * factor,
            measured.peak_bytes,
            round(requests * factor),
        )


def measure(scene: Scene) -> None:
    """Time all in turn, far from the registries and near them."""
    tokens = _fill(scene)
    lock = scene.project / "images.lock"
    scene.transfer("lock")
    scene.side("source").up()
    scene.side("target").up()

    def lock_anew() -> Measured:
        lock.unlink()
        return scene.transfer("lock")

    ours: dict[str, Callable[[], Measured]] = {
        "acr-transfer lock": lock_anew,
        "acr-transfer verify": lambda: scene.transfer("verify"),
    }
    for distance in _DISTANCES:
        taken: dict[str, list[_Taken]] = {}
        for _ in range(_ROUNDS):
            scene.cloud.set_distance(distance)
            for name, command in ours.items():
                found = _counted(scene, command)
                taken.setdefault(name, []).append(found)
                flood = _counted(scene, partial(_flood, scene, tokens, found.requests))
                taken.setdefault(f"flood of as many as {name.split()[1]}", []).append(flood)
            for name, loop in _loops(scene).items():
                taken.setdefault(name, []).append(_counted(scene, loop, _CALLS_OF_A_LOOP))
            scene.cloud.set_distance(0)
        _print(distance, taken)


def _fill(scene: Scene) -> Mapping[str, str]:
    """Push the same to both registries, and list it; give a token for each registry."""
    tokens = {}
    for name, host in scene.login_servers.items():
        client = PushClient(host, scene.environment, _REPOSITORIES)
        push_many(client, _TAGS, every_index=_EVERY_INDEX)
        tokens[name] = client.token
        client.close()
    scene.choose_images(_TAGS)
    scene.set_lock("images.lock")
    return tokens


def _counted(scene: Scene, command: Callable[[], Measured], calls: int = 0) -> _Taken:
    scene.cloud.forget_registry_requests()
    measured = command()
    requests = sum(scene.cloud.registry_requests().values())
    return _Taken.of(measured, requests, len(_TAGS) / calls if calls else 1)


def _flood(scene: Scene, tokens: Mapping[str, str], count: int) -> Measured:
    """Read a number of manifests of the source, as fast as that goes."""
    paths = [
        f"/v2/{repository}/manifests/{tag}"
        for repository, _, tag in (name.partition(":") for name in _TAGS)
    ]
    wanted = (paths * (count // len(paths) + 1))[:count]
    environment = {**scene.environment, "FLOOD_TOKEN": tokens["contososource"]}
    command = [sys.executable, "-m", "benchmarks.flood", scene.login_servers["contososource"]]
    return run(command, ROOT, environment, given=json.dumps(wanted))


def _loops(scene: Scene) -> Mapping[str, Callable[[], Measured]]:
    """Give loops over tags, each a shell's."""
    host = scene.login_servers["contososource"]
    # From all repositories.
    names = [f"{host}/{name}" for name in _TAGS[:: len(_TAGS) // _CALLS_OF_A_LOOP]]
    assert len(names) == _CALLS_OF_A_LOOP
    bodies = {
        "loop of crane digest": "crane digest $name",
        "loop of crane manifest": "crane manifest $name > /dev/null",
        "loop of skopeo inspect": "skopeo inspect --no-tags docker://$name > /dev/null",
    }
    environment = {
        **scene.environment,
        "REGISTRY_AUTH_FILE": f"{scene.environment['DOCKER_CONFIG']}/config.json",
    }

    def loop(body: str) -> Callable[[], Measured]:
        script = f"set -e; while read name; do {body}; done"
        return lambda: run(["sh", "-c", script], ROOT, environment, given="\n".join([*names, ""]))

    return {
        name: loop(body)
        for name, body in bodies.items()
        if shutil.which(body.split()[0], path=scene.environment["PATH"])
    }


def _print(distance: float, taken: Mapping[str, list[_Taken]]) -> None:
    seconds = {name: [one.seconds for one in rounds] for name, rounds in taken.items()}

    def ratio(name: str, to: str) -> str:
        return f"{statistics.median(seconds[name]) / statistics.median(seconds[to]):.1f}"

    rows = [
        [
            name,
            spread(seconds[name], 2),
            spread([one.cpu_seconds for one in rounds], 2),
            f"{max(one.requests for one in rounds)}",
            f"{max(one.peak_bytes for one in rounds) / _MEBIBYTE:.0f}",
            ratio(name, "acr-transfer lock"),
            ratio(name, "acr-transfer verify"),
        ]
        for name, rounds in taken.items()
    ]
    title = (
        f"many: {len(_TAGS)} tags, each {_EVERY_INDEX}th of two platforms, "
        f"{distance * 1000:.0f} ms more for each request, {_ROUNDS} rounds, median (max); "
        f"loops reckoned from {_CALLS_OF_A_LOOP} calls"
    )
    header = ["what", "s", "CPU s", "requests", "MiB", "in locks", "in verifies"]
    print_table(title, header, rows)
