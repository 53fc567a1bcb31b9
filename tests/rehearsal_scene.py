"""A checkout with a pair of stack files, and stages for it on a cloud that runs already."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from conftest_emulator import ROOT, Emulator, tool_path
from typer.testing import CliRunner
from typing_extensions import override

import rehearsal.rehearse
from components.model.names import SIDES
from rehearsal.files import PairFiles, read_pair
from rehearsal.stage import Stage
from transfer.cli import app
from transfer.console import Console

PROGRAM = ("__main__.py", "components", ".venv")
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-00000000000e"
SHARED = f"{SUBSCRIPTION}/resourceGroups/rg-shared/providers"


def project(folder: Path) -> None:
    """Link the program into a folder, and copy its project file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PROGRAM:
        (folder / name).symlink_to(ROOT / name)
    (folder / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())


def write_stack(folder: Path, stack: str, config: Mapping[str, object], **others: object) -> None:
    """Write the file of a stack; keys without a namespace are the program's."""
    keys = {key if ":" in key else f"acr-transfer:{key}": value for key, value in config.items()}
    (folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump({**others, "config": keys}))


def write_pair(
    folder: Path,
    source: Mapping[str, object] | None = None,
    target: Mapping[str, object] | None = None,
) -> PairFiles:
    """Write a pair of stacks beside a program, and read it."""
    project(folder)
    images = {"images": ["shop/web:1.4"]}
    given = {"side": "source", "registry": "rg-a/sourcereg", **images, **(source or {})}
    write_stack(folder, "source", {key: value for key, value in given.items() if value is not None})
    write_stack(
        folder, "target", {"side": "target", "registry": "rg-b/targetreg", **(target or {})}
    )
    return read_pair("", folder)


def write_tenant(
    root: Path, name: str, source: Mapping[str, object], target: Mapping[str, object]
) -> None:
    """Write the folder of a tenant, whose registries have names of its own."""
    folder = root / "tenants" / name
    folder.mkdir(parents=True)
    document = yaml.safe_load((ROOT / "tenants" / "contoso" / "Pulumi.yaml").read_text())
    document["config"] = {"acr-transfer:folder": {"value": f"tenants/{name}"}}
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(document))
    own = {side: {"side": side, "registry": f"rg-{name}/{name}{side}"} for side in SIDES}
    write_stack(folder, f"{name}-source", {**own["source"], "images": ["shop/web:1.4"], **source})
    has_file = "acr-transfer:source_file" in target
    stack = {} if has_file else {"source_stack": f"{name}-source"}
    write_stack(folder, f"{name}-target", {**own["target"], **stack, **target})


class RunningStage(Stage):
    """A stage on a cloud that runs already, and goes on to."""

    @override
    def _emulator(self, *arguments: str) -> str:
        return "" if arguments[0] in ("start", "purge") else super()._emulator(*arguments)


def running_stage(
    emulator: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> RunningStage:
    """Set a stage, and have this process reach its cloud."""
    stage = RunningStage(folder)
    stage.cloud = emulator.directory
    stage.set_up()
    for name, value in {**stage.variables, "PATH": tool_path()}.items():
        monkeypatch.setenv(name, value)
    return stage


@dataclass
class Typed:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        """What a failure says to type next."""
        return self.err.splitlines()[-1]


def rehearse(stage: Stage, monkeypatch: pytest.MonkeyPatch, *words: str) -> Typed:
    """Type `acr-transfer rehearse`, which finds its stage set."""

    @contextmanager
    def found(_folder: Path | None, _console: Console) -> Iterator[Stage]:
        yield stage

    monkeypatch.setattr(rehearsal.rehearse, "set_stage", found)
    monkeypatch.setattr(sys, "argv", ["acr-transfer", "rehearse", *words])
    result = CliRunner().invoke(app, ["rehearse", *words])
    return Typed(result.exit_code, result.stdout, result.stderr)
