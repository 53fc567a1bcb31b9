"""A program that is ready does for a stack what one does that the engine starts itself."""

import errno
import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from conftest_emulator import ROOT, tool_path

from fleet.programs import ready_programs, started_by_the_engine
from fleet.records import Reason, Result, Row
from fleet.tasks import Task, Verb
from fleet.tenants.folder import Tenant
from fleet.work import Worker
from transfer.engine import find_engine
from transfer.stopping import SideBySide
from transfer.wiring import Machine

PROGRAM = """\
import json, os
from pathlib import Path

import pulumi

import counted

counted.times += 1


async def main():
    told = {
        "config": pulumi.runtime.get_config_env(),
        "secrets": pulumi.runtime.config.get_config_secret_keys_env(),
        "known": pulumi.Config("acr-transfer").get("a"),
        "stack": [pulumi.get_organization(), pulumi.get_project(), pulumi.get_stack()],
        "place": [os.getcwd(), os.path.realpath(counted.__file__), __name__],
        "times": counted.times,
    }
    Path(os.environ["TOLD"], pulumi.get_stack()).write_text(json.dumps(told))
    print("printed ?sig=SECRET")
    config = pulumi.Config("acr-transfer")
    earlier = pulumi.ResourceOptions(aliases=[pulumi.Alias(name=config.get("earlier") or "-")])
    pulumi.ComponentResource("a:b:C", config.require("a"), opts=earlier)
    if pulumi.Config("acr-transfer").get_bool("fails"):
        raise pulumi.RunError("there is no registry")
    return {"done": True}


pulumi.run(main)
"""


def write_project(folder: Path, **more: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    options = {"toolchain": "pip", "virtualenv": str(ROOT / ".venv")}
    document = {
        "name": "acr-transfer",
        "runtime": {"name": "python", "options": options},
        **more,
    }
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(document))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of a program that tells what it is told, and two tenants of it."""
    root = tmp_path / "root"
    write_project(root)
    (root / "__main__.py").write_text(PROGRAM)
    (root / "counted.py").write_text("times = 0\n")
    for name in ("one", "two"):
        write_project(root / "tenants" / name, main="../..")
    for folder in ("backend", "told"):
        (tmp_path / folder).mkdir()
    for name, value in {
        "PATH": tool_path(),
        "PYTHONPATH": str(ROOT / "tests" / "quick_start"),
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'backend'}",
        "PULUMI_CONFIG_PASSPHRASE": "x",
        "TOLD": str(tmp_path / "told"),
    }.items():
        monkeypatch.setenv(name, value)
    return root


def told(root: Path, stack: str) -> Mapping[str, Any]:
    text = (root.parent / "told" / stack).read_text()
    return cast("Mapping[str, Any]", json.loads(text))


@pytest.mark.engine
def test_a_ready_program_is_told_the_same_and_ends_the_same(root: Path) -> None:
    engine = find_engine()
    tasks = [Task(Tenant(root, name), "source") for name in ("one", "two")]
    for task in tasks:
        engine.run(["stack", "init", "--no-select", "--stack", task.stack], task.tenant.folder)
        keys = ["config", "set-all", "--stack", task.stack, "--secret", "acr-transfer:sas=s"]
        keys += ["--plaintext", f"acr-transfer:a={task.tenant.name}"]
        keys += ["--plaintext", f"acr-transfer:fails={task.tenant.name == 'two'}"]
        engine.run(keys, task.tenant.folder)
    worker = Worker(
        Verb.PREVIEW,
        Machine.of(os.environ),
        root / "logs",
        SideBySide(),
        on_progress=lambda *_: None,
    )

    def done(worker: Worker) -> tuple[list[Row], list[Mapping[str, Any]], list[str]]:
        rows = [worker(task).model_copy(update={"seconds": 0}) for task in tasks]
        logs = [(root / f"logs/{task.stack}.preview.log").read_text() for task in tasks]
        return rows, [told(root, task.stack) for task in tasks], logs

    alone, told_alone, logs_alone = done(worker)
    with ready_programs(root) as programs:
        worker = replace(worker, programs=programs)
        ready, told_ready, logs_ready = done(worker)
        stack, folder = ("--stack", tasks[0].stack), tasks[0].tenant.folder
        engine.run(["up", "--yes", "--skip-preview", *stack], folder)
        renamed = ("--plaintext", "acr-transfer:a=new", "--plaintext", "acr-transfer:earlier=one")
        engine.run(["config", "set-all", *stack, *renamed], folder)
        after_renaming = worker(tasks[0])

    assert [(row.result, row.reason) for row in ready] == [
        (Result.DONE, None),
        (Result.FAILED, Reason.PROGRAM),
    ]
    assert ready == alone
    assert after_renaming.result is Result.UNCHANGED
    assert "there is no registry" in ready[1].cause
    assert told_ready == told_alone
    assert [item["times"] for item in told_ready] == [1, 1], "one stack's memory is another's"
    assert told_ready[0]["config"]["acr-transfer:sas"] == "s"
    assert [log for log in logs_ready if "printed" not in log] == []
    assert "SECRET" not in f"{logs_ready}{logs_alone}"


def test_a_program_that_cannot_be_imported_is_left_to_the_engine(root: Path) -> None:
    (root / "__main__.py").write_text("import nothing_of_that_name\n")
    log = io.StringIO()

    with ready_programs(root) as programs, programs(root / "tenants/one", log) as words:
        assert words == ()


@pytest.mark.parametrize(
    "more",
    [
        {"runtime": "python"},
        {"main": ".."},
        {"runtime": {"name": "python", "options": {"virtualenv": "../nowhere"}}},
        {"runtime": {"name": "python", "options": {"toolchain": "uv", "typechecker": "mypy"}}},
    ],
)
def test_a_project_of_another_kind_is_left_to_the_engine(
    root: Path, more: Mapping[str, object]
) -> None:
    write_project(root / "tenants/one", **{"main": "../..", **more})

    with ready_programs(root) as programs, programs(root / "tenants/one", io.StringIO()) as words:
        assert words == ()


def test_nothing_is_started_while_nothing_is_asked_for(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subprocess.Popen", None)

    with ready_programs(root) as programs:
        assert programs is not started_by_the_engine


def test_a_program_that_is_ready_is_told_to_the_engine(root: Path) -> None:
    with ready_programs(root) as programs, programs(root / "tenants/one", io.StringIO()) as words:
        assert words[:1] == ["--client"], "the engine would start each program itself"


def test_a_program_that_will_be_asked_for_is_started_before(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []

    def start(words: Sequence[object], **_: object) -> None:
        started.append(words[1])
        raise OSError(errno.ENOMEM, "no memory")

    monkeypatch.setattr("subprocess.Popen", start)

    with ready_programs(root, is_needed=True) as programs:
        assert len(started) == 1
        with programs(root / "tenants/one", io.StringIO()) as words:
            assert words == (), "the engine is told of a program that did not start"
