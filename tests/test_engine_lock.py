"""A lock on the real engine: what fails, is gone or forgotten touches nothing else."""

from collections.abc import Collection, Sequence

import pytest
from engine_stage import EngineStage

from components.model.artifacts import parse_artifact
from components.model.images_lock import (
    FoundArtifact,
    ImagesLock,
    LockedArtifact,
    parse_lock,
)
from transfer.lock.batching import BatchLimits, assign_batches

pytestmark = pytest.mark.engine

RUN = "azure-native:containerregistry:PipelineRun"
IMAGES = ("shop/api:1", "shop/db:1", "shop/late:1")


def digest_of(stage: EngineStage, name: str) -> str:
    return stage.crane("digest", f"{stage.registries['source']}/{name}").strip()


def lock(
    stage: EngineStage, names: Collection[str], previous: Sequence[LockedArtifact] = ()
) -> Sequence[LockedArtifact]:
    """Lock images, two in a batch; shop/late:1, which is not there yet, as shop/early:1 is."""
    found = [
        FoundArtifact(
            parse_artifact(name), digest_of(stage, name.replace("late", "early")), 1, "", (), name
        )
        for name in names
    ]
    lines = assign_batches(found, previous, BatchLimits(artifacts=2))
    text = ImagesLock(stage.names["source"], lines).text()
    (stage.project / "images.lock").write_text(text)
    return lines


def forget_runs(stage: EngineStage) -> None:
    """Delete the records of the source's runs, as somebody does who cleans up."""
    with stage.emulator.client() as arm:
        runs = f"{stage.contract('source')['registry']['id']}/pipelineRuns"
        for run in arm.get(runs).raise_for_status().json()["value"]:
            arm.delete(run["id"]).raise_for_status()


def test_a_finished_batch_stays_as_it_is_whatever_becomes_of_others(stage: EngineStage) -> None:
    for name in ("shop/api:1", "shop/db:1", "shop/early:1"):
        stage.push(name, name)
    options = {"images_lock": "images.lock", "options": ["OverwriteBlobs"]}
    stage.configure("source", **options)
    stage.configure("target", options=["OverwriteTags"], import_by="runs")
    stage.init("source", "target")
    first = lock(stage, IMAGES)
    late = next(line for line in first if line.artifact.repository == "shop/late")

    # The run fails, and the image is there when somebody looks for the cause.
    failed = stage.up("source")
    stage.crane("copy", *(f"{stage.registries['source']}/shop/{n}:1" for n in ("early", "late")))
    rest = stage.transfer("run")
    repaired = stage.type(rest.last_line)
    text = (stage.project / "images.lock").read_text()
    renewed = parse_lock(text, "images.lock").artifacts

    assert failed.code == 1
    assert f"Then have another run carry it: acr-transfer lock --renew {late.batch}" in failed.out
    assert rest.code == 1
    assert "pipeline run 'export" in rest.err
    assert "The artifact 'shop/late:1' was not found" in rest.err
    assert rest.last_line == f"acr-transfer lock --renew {late.batch} && acr-transfer run"
    assert "3 artifacts: 2 arrived, 1 missing" in rest.out
    assert (repaired.code, repaired.out.count("copied, ")) == (0, 1), repaired.text
    assert "3 artifacts: 3 arrived" in repaired.out
    change_the_lock(stage, renewed)
    forget(stage, renewed)
    stage.configure("source", **options, rerun=1)
    assert stage.changes("source") == [("create", RUN)] * 2 + [("delete", RUN)] * 2


def change_the_lock(stage: EngineStage, locked: Sequence[LockedArtifact]) -> None:
    """Take one image of two out, and add another one: it alone has a run."""
    stage.push("shop/new:1", "shop/new:1")

    lock(stage, ["shop/api:1", "shop/late:1"], locked)
    without = stage.changes("source")
    lock(stage, [*IMAGES, "shop/new:1"], locked)
    added = stage.pulumi("preview", "-s", "source")
    lock(stage, IMAGES, locked)

    assert without == []
    assert "+ 1 to create" in added.out
    assert "20 unchanged" in added.out
    assert "warning" not in added.out


def forget(stage: EngineStage, locked: Sequence[LockedArtifact]) -> None:
    """Lose all blobs and all records: nothing is done again, but by a refresh, which says so."""
    stage.delete_blobs()
    forget_runs(stage)

    copied = stage.transfer("copy")
    again = stage.transfer("run")
    refreshed = stage.pulumi("preview", "-s", "source", "--refresh")

    assert "nothing to copy: the target holds all that the lock names" in copied.out
    assert (copied.code, again.code) == (0, 0), copied.text + again.text
    assert "created" not in again.out
    batches = len({line.batch for line in locked})
    assert f"+ {batches} to create" in refreshed.out
    assert refreshed.out.count("which this stack has told of before, is made again") == 2, (
        "once as it goes, and once among the diagnostics"
    )
