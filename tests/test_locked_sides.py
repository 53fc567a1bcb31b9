"""Both sides with a lock, on the recording engine: each blob is written once, in its order."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

import pulumi
import pytest
from mock_engine import Registration
from sides import SOURCE, source, target

from components.azure.forgotten_runs import warn_of_forgotten_runs
from components.model.artifacts import parse_artifact
from components.model.images_lock import ImagesLock, LockedArtifact

RUN = "containerregistry:PipelineRun"
WEB, API = "sha256:" + "a" * 64, "sha256:" + "b" * 64
# The newer one sorts before the older one.
OLD, NEW = "f" * 16, "1" * 16


def lock(*lines: tuple[str, str, str, tuple[str, ...]]) -> str:
    """Write a lock of artifacts with digest, batch and earlier batches."""
    artifacts = [
        LockedArtifact(parse_artifact(name), digest, 1, "", (), name, batch, earlier)
        for name, digest, batch, earlier in lines
    ]
    return ImagesLock("contososource", tuple(artifacts)).text()


BOTH = lock(("shop/api:2", API, OLD, ()), ("shop/web:1", WEB, OLD, ()))
# The tag web:1 has moved, and left the batch that carried it before.
MOVED = lock(("shop/api:2", API, OLD, ()), ("shop/web:1", API, NEW, (OLD,)))


def runs_of(text: str, rerun: int = 0) -> list[Registration]:
    """Give the runs of a source with a lock."""
    return source(images=[], locked_images=text, rerun=rerun).all(RUN)


def test_a_batch_that_loses_an_artifact_keeps_its_run_and_what_the_run_asked_for() -> None:
    (before,) = runs_of(BOTH)
    old = next(run for run in runs_of(MOVED) if OLD in run.name)

    assert (before.name, before.inputs["pipelineRunName"], before.inputs["forceUpdateTag"]) == (
        old.name,
        old.inputs["pipelineRunName"],
        old.inputs["forceUpdateTag"],
    )
    assert old.inputs["request"]["artifacts"] == ["shop/api:2"]
    assert old.ignore_changes == ("request.artifacts",)


def test_the_artifacts_of_a_plain_list_are_not_ignored() -> None:
    assert source().only(RUN).ignore_changes == ()


def test_a_raised_rerun_makes_other_runs_of_a_lock_into_the_same_blobs() -> None:
    (first,), (second,) = runs_of(BOTH), runs_of(BOTH, rerun=2)

    assert (first.name, second.name) == (f"source-run-{OLD}", f"source-run-{OLD}r2")
    assert first.inputs["pipelineRunName"] != second.inputs["pipelineRunName"]
    assert first.inputs["request"]["target"] == second.inputs["request"]["target"]


def test_the_contract_tells_digests_and_what_comes_before_in_the_order_of_imports() -> None:
    runs = source(images=[], locked_images=MOVED).result["runs"]

    assert [(run["blob"], run["digests"], run["after"]) for run in runs] == [
        (f"acr-transfer-{OLD}", {"shop/api:2": API}, []),
        (f"acr-transfer-{NEW}", {"shop/web:1": API}, [f"acr-transfer-{OLD}"]),
    ]


def test_a_list_beside_a_lock_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match=r"images \['shop/web:1'\] is not valid"):
        source(images=["shop/web:1"], locked_images=BOTH)


def test_a_fresh_target_imports_what_a_tag_held_before_first() -> None:
    runs = source(images=[], locked_images=MOVED).result["runs"]

    made = target(source={**SOURCE, "runs": runs}, import_by="runs").all(RUN)

    waits = {run.name: {name for name in run.depends_on if "-run-" in name} for run in made}
    assert waits == {f"target-run-{OLD}": set(), f"target-run-{NEW}": {f"target-run-{OLD}"}}


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_failed_run_of_a_lock_names_the_command_that_has_another_one_carry_it(
    side: str,
) -> None:
    runs = source(images=[], locked_images=MOVED).result["runs"]
    failed = {RUN: {"response": {"status": "Failed", "pipelineRunErrorMessage": "Oh."}}}

    build = {
        "source": partial(source, images=[], locked_images=MOVED),
        "target": partial(target, source={**SOURCE, "runs": runs}, import_by="runs"),
    }

    with pytest.raises(pulumi.RunError, match=r"Oh\..*Then have another run carry it") as caught:
        build[side](answers=failed)

    assert f"acr-transfer lock --renew {OLD}, then acr-transfer run." in str(caught.value)


def warnings_about(
    monkeypatch: pytest.MonkeyPatch,
    told: Mapping[str, Any],
    *created: str,
    is_preview: bool = True,
) -> list[str]:
    """Have runs created in a stack that has put something out before; give what is said."""
    said: list[str] = []
    hooks: list[Any] = []

    async def outputs(token: str, args: Mapping[str, str]) -> Mapping[str, Any]:
        await asyncio.sleep(0)
        assert is_preview, "the engine is writing what would be read"
        assert (token, args) == ("pulumi:pulumi:readStackOutputs", {"name": "org/p/source"})
        return {"outputs": told}

    monkeypatch.setattr(pulumi.runtime, "invoke_async", outputs)
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: is_preview)
    for name, value in (("organization", "org"), ("project", "p"), ("stack", "source")):
        monkeypatch.setattr(pulumi, f"get_{name}", lambda value=value: value)
    monkeypatch.setattr(pulumi, "ResourceHook", lambda *given: hooks.append(given))
    warn_of_forgotten_runs("hook")
    ((name, say, options),) = hooks
    assert (name, options.on_dry_run) == ("hook-forgotten", True), "a preview warns, too"
    all_args = [
        pulumi.ResourceHookArgs("", "", "", "", new_inputs={"pipelineRunName": run})
        for run in created
    ]

    async def create_at_once() -> None:
        await asyncio.gather(*(say(args) for args in all_args))

    asyncio.run(create_at_once())
    return said


def test_runs_that_are_made_although_they_were_told_of_are_warned_of_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = {"contract": {"runs": [{"name": "export1"}, {"name": "export2"}]}}

    said = warnings_about(monkeypatch, told, "export9", "export1", "export2")

    assert len(said) == 1
    assert "Run 'export1'" in said[0]
    assert "without --refresh" in said[0]


def test_an_up_does_not_read_the_state_that_the_engine_writes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = {"contract": {"runs": [{"name": "export1"}]}}

    assert warnings_about(monkeypatch, told, "export1", is_preview=False) == []


@pytest.mark.parametrize(
    "told", [{}, {"contract": None}, {"contract": {"runs": [{"name": "export1"}]}}]
)
def test_a_run_that_is_new_is_not_warned_of(
    told: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert warnings_about(monkeypatch, told, "export9") == []


def test_exports_are_watched_for_records_that_are_gone() -> None:
    assert source().only(RUN).before_change[0] == ("source-source-forgotten",)
