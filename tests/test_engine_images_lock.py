"""A locked list on the real engine: what is added or moved is exported, and nothing twice."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from engine_stage import EngineStage
from many_images import push_images

pytestmark = pytest.mark.engine

REPOSITORIES = [f"shop/part-{letter}" for letter in "abcdefghijkl"]
TAGS = [f"1.{number}.0" for number in range(25)]
WRITES = ("PUT", "POST", "PATCH", "DELETE")


def write_list(stage: EngineStage, *denied: str) -> None:
    entries: list[dict[str, object]] = [{"repository": "shop/**", "tags": ["1.*"]}]
    entries += [{"deny": "**", "tags": list(denied)}] if denied else []
    (stage.project / "images.yaml").write_text(yaml.safe_dump({"images": entries}))


@dataclass(frozen=True)
class Moved:
    """What a lock and a transfer did."""

    runs: list[str]
    """What the engine did to runs, as `created` or `deleted`, the source's before the target's."""
    new: list[dict[str, Any]]
    """The runs of the contract that are new."""
    said: str


def move(stage: EngineStage) -> Moved:
    earlier = contract_runs(stage) if (stage.project / "images.lock").exists() else {}
    locked = stage.transfer("lock")
    assert locked.code == 0, locked.text
    done = stage.transfer("run")
    assert done.code == 0, done.text
    assert re.search(r"(\d+) artifacts: \1 arrived", done.out)
    return Moved(
        runs=re.findall(r"^  PipelineRun \S+ (\w+)", done.out, re.MULTILINE),
        new=[run for name, run in contract_runs(stage).items() if name not in earlier],
        said=done.out,
    )


def contract_runs(stage: EngineStage) -> dict[str, dict[str, Any]]:
    return {run["name"]: run for run in stage.contract("source")["runs"]}


def calls_that_write(stage: EngineStage) -> list[str]:
    """Name the calls of management that changed something since they were forgotten."""
    with stage.emulator.client() as client:
        calls = client.get("/_emulator/calls").raise_for_status().json()
    return [call for call in calls if str(call).startswith(WRITES)]


def test_300_images_move_once_and_then_only_what_changes(stage: EngineStage) -> None:
    for repository in REPOSITORIES:
        stage.push(f"{repository}:first", repository)
        push_images(stage, repository, TAGS, "first")
    stage.configure("source", images_file="images.yaml", images_lock="images.lock")
    stage.configure("target", options=["OverwriteTags"])
    stage.init("source", "target")
    write_list(stage)

    first = move(stage)
    push_images(stage, "shop/part-c", ["1.25.0"], "first")
    added = move(stage)
    push_images(stage, "shop/part-c", ["1.7.0"], "second")
    moved = move(stage)
    write_list(stage, "1.25.0")
    removed = move(stage)
    with stage.emulator.client() as client:
        client.delete("/_emulator/calls").raise_for_status()
    again = move(stage)

    assert [len(run["artifacts"]) for run in first.new] == [50] * 6
    assert added.runs == ["created"]
    assert [run["artifacts"] for run in added.new] == [["shop/part-c:1.25.0"]]
    assert added.said.count(" copied, ") == 1
    assert moved.runs == ["created"]
    assert [run["artifacts"] for run in moved.new] == [["shop/part-c:1.7.0"]]
    assert moved.said.count(" copied, ") == 1
    older = [run["blob"] for run in first.new if "shop/part-c:1.7.0" in run["artifacts"]]
    assert moved.new[0]["after"] == older
    # The run of what was taken out carried nothing else, and its record goes with it.
    assert (removed.runs, removed.new) == (["deleted"], [])
    assert (again.runs, again.new) == ([], [])
    assert "copied, " not in again.said
    assert calls_that_write(stage) == []
