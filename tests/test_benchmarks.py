"""The benchmarks compare like with like; nothing here measures time."""

import os
import random
import runpy
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest
from mock_engine import Recording, Registration, record

from benchmarks.chain import longest_chain, total_seconds
from benchmarks.kills import turns
from benchmarks.processes import PeakMemory
from components.source_side import SourceSide, SourceSideArgs
from components.target_side import TargetSide, TargetSideArgs

ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "pulumi:pulumi:StackReference": {
        "outputs": {"contract": {"container": {"uri": "https://theirs.example/outbox"}}}
    }
}


def source_side() -> pulumi.Output[Mapping[str, object]]:
    args = {
        "registry_name": "contososource",
        "registry_resource_group": "rg-contoso",
        "location": "westeurope",
        "images": ["bench/small:1"],
        "options": ["OverwriteBlobs"],
    }
    return SourceSide("source", cast("SourceSideArgs", args)).contract


def target_side() -> pulumi.Output[Mapping[str, object]]:
    registry = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.ContainerRegistry/theirs"
    args = {
        "registry_name": "contosotarget",
        "registry_resource_group": "rg-contoso",
        "location": "westeurope",
        "options": ["OverwriteTags"],
        "source_stack": "organization/acr-transfer/source",
        "source": {
            "version": 1,
            "side": "source",
            "registry": {"id": registry, "login_server": "theirs.example"},
            "pipeline_id": f"{registry}/exportPipelines/one",
            "container": {
                "account_id": f"{registry}/theirs",
                "container": "outbox",
                "uri": "https://theirs.example/outbox",
            },
            "runs": [{"name": "one", "blob": "acr-transfer-1", "artifacts": ["bench/small:1"]}],
            "sas_expires": "2026-12-14T00:00:00Z",
        },
    }
    # As the program does it, before the component.
    pulumi.StackReference("organization/acr-transfer/source")
    return TargetSide("target", cast("TargetSideArgs", args)).contract


def flat(project: Path, side: str) -> Callable[[], None]:
    def program() -> None:
        runpy.run_path(str(project / "benchmarks" / "flat" / side / "__main__.py"))

    return program


def custom_resources(recording: Recording) -> list[tuple[object, ...]]:
    return sorted(
        (what_counts(item) for item in recording.registrations if not is_component(item)), key=str
    )


def is_component(registration: Registration) -> bool:
    return registration.type.startswith("acrtransfer:index:")


def what_counts(item: Registration) -> tuple[object, ...]:
    return (
        item.type,
        item.name,
        dict(item.inputs),
        item.secret_inputs,
        sorted(item.depends_on),
        item.deleted_with,
        item.ignore_changes,
        item.protect,
    )


@pytest.mark.parametrize(("side", "component"), [("source", source_side), ("target", target_side)])
def test_the_flat_program_declares_exactly_what_the_component_declares(
    side: str,
    component: Callable[[], pulumi.Output[Mapping[str, object]]],
    project: Path,
) -> None:
    ours = record(component, answers=ANSWERS)
    plain = record(flat(project, side), answers=ANSWERS)

    assert custom_resources(plain) == custom_resources(ours)
    assert sorted(plain.calls, key=str) == sorted(ours.calls, key=str)


def resource(name: str, type_: str, **waits_for: list[str]) -> dict[str, object]:
    return {"urn": f"urn::{name}", "type": type_, **waits_for}


CHAIN_OF_THREE: list[dict[str, object]] = [
    resource("component", "acrtransfer:index:Side"),
    resource("group", "quick"),
    {**resource("vault", "slow", dependencies=["urn::group"]), "parent": "urn::component"},
    {
        **resource("secret", "quick"),
        "propertyDependencies": {"vault": ["urn::vault"], "tags": None},
    },
    resource("account", "slow", dependencies=["urn::group"]),
    resource("free", "free", dependencies=["urn::secret"]),
]
SECONDS = {"quick": 1.0, "slow": 5.0}


def test_the_longest_chain_follows_dependencies_of_both_kinds_and_leaves_out_what_is_free() -> None:
    chain = longest_chain(CHAIN_OF_THREE, SECONDS)

    assert chain.names == ("group", "vault", "secret")
    assert chain.seconds == 7


def test_the_total_counts_each_resource_once() -> None:
    assert total_seconds(CHAIN_OF_THREE, SECONDS) == 12


def test_a_state_without_resources_has_an_empty_chain() -> None:
    assert longest_chain([], SECONDS).names == ()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are read from /proc")
def test_memory_is_that_of_a_process_and_its_children() -> None:
    code = "print('ready', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        peak = PeakMemory()
        peak.watch(os.getpid())

    assert {os.getpid(), child.pid} <= set(peak.bytes_by_process)


def test_each_victim_of_the_kills_has_as_many_turns() -> None:
    counted = Counter(turns(9, random.SystemRandom()))

    assert counted == {"fleet": 3, "engine": 3, "emulator": 3}
