"""A whole transfer goes on without what cannot be done, and ends with the cause and its repair."""

from collections.abc import Sequence

import pytest
from transfer_scene import (
    ARRIVED,
    BOTH,
    EXPORTED,
    ONE,
    ONE_MISSING,
    TWO,
    FakeStack,
    Scene,
    verdicts,
)
from transfer_support import (
    IMPORT_PIPELINE,
    export_state,
    import_state,
    run_part,
    source_contract,
    target_contract,
)

from components.model.contract import RunPart, SourceContract
from transfer.errors import CommandFailedError
from transfer.hints import Lock, Rerun, Step
from transfer.run_states import RunState
from transfer.verdicts import Verdict
from transfer.whole_transfer import IMPORT_RUNS

TWO_MISSING = verdicts((ONE, Verdict.ARRIVED), (TWO, Verdict.MISSING))
ONE_DIFFERS = verdicts((ONE, Verdict.DIFFERS), (TWO, Verdict.ARRIVED))
NEITHER = verdicts((ONE, Verdict.MISSING), (TWO, Verdict.MISSING))


def locked(run: RunPart, *after: RunPart, artifacts: int = 1) -> RunPart:
    """Give a run as a lock tells of it."""
    more = tuple(f"shop/more:{number}" for number in range(artifacts - 1))
    return run.model_copy(
        update={
            "artifacts": run.artifacts + more,
            "digests": dict.fromkeys(run.artifacts + more, "sha256:1"),
            "after": tuple(earlier.blob for earlier in after),
        }
    )


def failed_export(error: str = "exports are disabled") -> RunState:
    return RunState("export1", "", "", "Failed", "Failed", error=error)


LOCKED = source_contract(locked(ONE), locked(TWO))
OLD_AND_NEW = source_contract(locked(TWO), locked(ONE, TWO))
RENEW_ONE: tuple[Step, ...] = (Lock(("--renew", "1")),)


@pytest.mark.parametrize(
    ("source", "steps"), [(BOTH, (Rerun("source"),)), (LOCKED, RENEW_ONE)], ids=["list", "lock"]
)
def test_a_failed_export_does_not_keep_others_from_being_copied_and_verified(
    source: SourceContract, steps: Sequence[Step]
) -> None:
    imported = import_state("trigger_2", TWO.blob, "Succeeded")
    scene = Scene(
        target_contract(),
        [NEITHER, ONE_MISSING],
        [[], [imported]],
        source=source,
        exports=[[failed_export(), export_state(2)]],
        unmade={"source": ()},
    )

    failure = scene.failure()

    assert scene.log == ["source up", "target up", "verify", f"copy {TWO.blob}", "verify"]
    assert "pipeline run 'export1' failed. The service says: exports are" in failure.message
    assert "--allow-exports true" in failure.hint.words
    assert failure.hint.steps == steps
    assert failure.hint.is_repeated
    assert "pulumi up of source failed" in scene.shown.getvalue()


@pytest.mark.parametrize(
    ("error", "artifacts", "steps", "words"),
    [
        ("MANIFEST_UNKNOWN", 2, (Lock(("--split", "1")),), "Correct the list"),
        ("MANIFEST_UNKNOWN", 1, RENEW_ONE, "Correct the list"),
        ("the moon is in the wrong house", 2, RENEW_ONE, "acr-transfer lock --split 1"),
    ],
)
def test_a_batch_that_fails_at_an_artifact_is_halved(
    error: str, artifacts: int, steps: Sequence[Step], words: str
) -> None:
    scene = Scene(
        target_contract(),
        [ARRIVED],
        source=source_contract(locked(ONE, artifacts=artifacts), locked(TWO)),
        exports=[[failed_export(error), export_state(2)]],
    )

    failure = scene.failure()

    assert failure.hint.steps == steps
    assert words in failure.hint.words


def test_a_run_that_azure_refuses_to_make_is_left_out_too() -> None:
    scene = Scene(
        target_contract(),
        [ONE_MISSING],
        source=LOCKED,
        exports=[[export_state(2)]],
        unmade={"source": ["export1"]},
    )

    failure = scene.failure()

    assert f"blob '{ONE.blob}' of shop/app1:1 has no run in stack 'source'" in failure.message
    assert failure.hint.steps == (), "the next run makes it"
    assert "pulumi up of source failed" in scene.shown.getvalue()


@pytest.mark.parametrize("unmade", [(), ("export1", "export2")], ids=["all-made", "none-made"])
def test_an_up_that_fails_by_no_run_ends_the_transfer(unmade: Sequence[str]) -> None:
    exports = [] if unmade else EXPORTED
    scene = Scene(target_contract(), [], exports=[exports], unmade={"source": unmade})

    with pytest.raises(CommandFailedError, match="pulumi up of source failed"):
        scene.transfer.run()

    assert scene.log == ["source up"]


def test_an_up_that_fails_by_the_engine_ends_the_transfer_whatever_failed_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(FakeStack, "engine_hint", "Take the lock away:")
    exports = [[failed_export(), export_state(2)]]
    scene = Scene(target_contract(), [], exports=exports, unmade={"source": ()})

    with pytest.raises(CommandFailedError, match="pulumi up of source failed") as caught:
        scene.transfer.run()

    assert caught.value.hint.words == "Take the lock away:"


def test_exports_whose_records_are_deleted_are_not_waited_for() -> None:
    scene = Scene(target_contract(), [ARRIVED], source=LOCKED, exports=[[export_state(2)]])

    assert scene.transfer.run().undone == ()
    assert scene.clock.slept == 0


def test_a_failed_import_run_does_not_keep_others_from_being_verified() -> None:
    imports = [
        import_state("import1", ONE.blob, "Failed", minute=1, error="ContainerNotFound"),
        import_state("import2", TWO.blob, "Succeeded", minute=1),
    ]
    target = target_contract(import_by="runs")
    scene = Scene(
        target,
        [ONE_MISSING],
        [imports],
        source=LOCKED,
        is_target_up=True,
        unmade={"target": ()},
    )

    failure = scene.failure()

    assert scene.log[-1] == "verify"
    assert "pipeline run 'import1' failed" in failure.message
    assert failure.hint.steps == RENEW_ONE


def test_what_was_not_exported_and_what_comes_after_it_has_no_import_run() -> None:
    imported = import_state("import3", "acr-transfer-3", "Succeeded")
    three = locked(run_part(3))
    source = source_contract(locked(ONE), locked(TWO, ONE), three)
    scene = Scene(
        target_contract(import_by="runs"),
        [verdicts((ONE, Verdict.MISSING), (TWO, Verdict.MISSING), (three, Verdict.ARRIVED))],
        [[], [imported]],
        source=source,
        exports=[[failed_export(), export_state(2), export_state(3)]],
        is_target_up=True,
    )

    failure = scene.failure()

    assert scene.log == [
        "source up",
        f"copy {TWO.blob} {three.blob}",
        f"target up without {IMPORT_RUNS}-run-1 without {IMPORT_RUNS}-run-2",
        "verify",
    ]
    assert f"blob '{TWO.blob}' of shop/app2:1 waits for {ONE.blob}" in failure.message
    assert failure.hint.steps == RENEW_ONE


@pytest.mark.parametrize("import_by", ["trigger", "runs"])
def test_a_blob_that_is_needed_and_gone_is_named_while_others_are_copied(import_by: str) -> None:
    imported = import_state("trigger_2", TWO.blob, "Succeeded")
    found = [NEITHER, ONE_MISSING] if import_by == "trigger" else [ONE_MISSING]
    scene = Scene(
        target_contract(import_by=import_by),
        found,
        [[], [imported]],
        source=LOCKED,
        is_target_up=True,
        gone=[ONE.blob],
    )

    failure = scene.failure()

    assert f"copy {TWO.blob}" in scene.log
    assert failure.message == (
        f"blob '{ONE.blob}' of shop/app1:1 has been deleted, and the target needs it."
    )
    assert failure.hint.steps == RENEW_ONE
    assert scene.clock.slept == 0, "nothing imports it any more"


def test_a_blob_that_is_gone_from_a_shared_container_is_not_waited_for() -> None:
    scene = Scene(target_contract("shared"), [ONE_MISSING] * 2, source=LOCKED)

    assert scene.failure().hint.steps == RENEW_ONE
    assert scene.clock.slept == 0


def test_a_blob_that_is_gone_is_no_failure_where_what_it_held_has_arrived() -> None:
    scene = Scene(
        target_contract(import_by="runs"),
        [ARRIVED],
        source=LOCKED,
        is_target_up=True,
        gone=[ONE.blob, TWO.blob],
    )

    assert scene.transfer.run().undone == ()
    assert f"target up without {IMPORT_RUNS}-run-1 without {IMPORT_RUNS}-run-2" in scene.log


def test_an_import_whose_record_is_deleted_is_not_waited_for() -> None:
    target = target_contract(import_by="runs")
    scene = Scene(target, [ONE_DIFFERS] * 2, source=LOCKED, is_target_up=True)

    assert scene.transfer.run().undone == ()
    assert scene.clock.slept == 0


def trigger_imports(*blobs_by_minute: str) -> list[RunState]:
    return [
        import_state(f"trigger_{minute}", blob, "Succeeded", minute=minute)
        for minute, blob in enumerate(blobs_by_minute, start=1)
    ]


def test_newer_content_that_a_trigger_imported_first_is_written_again() -> None:
    wrong = trigger_imports(ONE.blob, TWO.blob)
    right = [*wrong, import_state("trigger_9", ONE.blob, "Succeeded", minute=9)]
    scene = Scene(
        target_contract(),
        [NEITHER, ONE_DIFFERS, ARRIVED],
        [[], wrong, wrong, right],
        source=OLD_AND_NEW,
        on_target={},
    )

    assert scene.transfer.run().verification.is_complete
    assert [line for line in scene.log if line.startswith("copy")] == [
        f"copy {TWO.blob} {ONE.blob}",
        f"copy {ONE.blob}",
    ]


def test_content_that_a_trigger_imported_in_order_is_written_once() -> None:
    right = trigger_imports(TWO.blob, ONE.blob)
    scene = Scene(target_contract(), [NEITHER, ARRIVED], [[], right], source=OLD_AND_NEW)

    assert scene.transfer.run().verification.is_complete
    assert [line for line in scene.log if line.startswith("copy")] == [
        f"copy {TWO.blob} {ONE.blob}"
    ]


@pytest.mark.parametrize("source", [LOCKED, BOTH], ids=["lock", "list"])
def test_content_that_is_exported_again_is_written_again_though_the_target_had_it_before(
    source: SourceContract,
) -> None:
    # As after a revert: the tag moved, was moved back, and its old batch is exported anew.
    before = trigger_imports(ONE.blob, TWO.blob)
    exported = [export_state(1, minute=20), export_state(2)]
    after = [*before, import_state("trigger_30", ONE.blob, "Succeeded", minute=30)]
    scene = Scene(
        target_contract(),
        [ONE_DIFFERS, ARRIVED],
        [before, after],
        exports=[exported],
        source=source,
        is_target_up=True,
        on_target={ONE.blob: 0, TWO.blob: 0},
    )

    assert scene.transfer.run().verification.is_complete
    assert [line for line in scene.log if line.startswith("copy")] == [f"copy {ONE.blob}"]


@pytest.mark.parametrize(
    ("source", "options"),
    [(OLD_AND_NEW, []), (BOTH, ["OverwriteTags"])],
    ids=["may-not-overwrite", "no-lock"],
)
def test_what_differs_for_another_reason_is_not_written_again(
    source: SourceContract, options: Sequence[str]
) -> None:
    done = trigger_imports(TWO.blob, ONE.blob)
    scene = Scene(
        target_contract(),
        [ONE_DIFFERS, ONE_DIFFERS],
        [done],
        source=source,
        on_target={ONE.blob: 0},
        options=options,
    )

    assert not scene.transfer.run().verification.is_complete
    assert "copy " in scene.log
    assert scene.clock.slept == 0


def test_a_tag_that_was_pushed_to_the_target_is_overwritten_once_where_that_is_allowed() -> None:
    done = trigger_imports(TWO.blob, ONE.blob)
    again = [*done, import_state("trigger_9", ONE.blob, "Succeeded", minute=9)]
    scene = Scene(
        target_contract(),
        [ONE_DIFFERS, ONE_DIFFERS],
        [done, again],
        source=LOCKED,
        on_target={ONE.blob: 0, TWO.blob: 0},
    )

    assert not scene.transfer.run().verification.is_complete
    assert [line for line in scene.log if line.startswith("copy")] == [f"copy {ONE.blob}"]


@pytest.mark.parametrize(("minutes_ago", "copied"), [(16, f"copy {ONE.blob}"), (14, "copy ")])
def test_a_blob_that_no_trigger_has_looked_at_in_its_time_is_written_again(
    minutes_ago: int, copied: str
) -> None:
    imports = [import_state("trigger_9", ONE.blob, "Succeeded", minute=9)]
    scene = Scene(
        target_contract(),
        [ONE_MISSING, ARRIVED],
        [[], imports],
        source=LOCKED,
        on_target={ONE.blob: -minutes_ago, TWO.blob: 0},
    )

    assert scene.transfer.run().verification.is_complete
    assert [line for line in scene.log if line.startswith("copy")] == [copied]


def test_of_blobs_that_follow_each_other_the_first_is_written_again_first() -> None:
    three = locked(run_part(3), ONE)
    source = source_contract(locked(TWO), locked(ONE, TWO), three)
    imports = trigger_imports(three.blob, ONE.blob, TWO.blob)
    again = [
        RunState(f"again_{n}", IMPORT_PIPELINE, blob, "Succeeded", "Succeeded", started=state)
        for n, blob, state in (
            (1, ONE.blob, import_state("", "", "", minute=20).started),
            (3, three.blob, import_state("", "", "", minute=30).started),
        )
    ]
    both_differ = verdicts((ONE, Verdict.DIFFERS), (TWO, Verdict.ARRIVED), (three, Verdict.DIFFERS))
    last_differs = verdicts(
        (ONE, Verdict.ARRIVED), (TWO, Verdict.ARRIVED), (three, Verdict.DIFFERS)
    )
    all_arrived = verdicts((ONE, Verdict.ARRIVED), (three, Verdict.ARRIVED))
    scene = Scene(
        target_contract(),
        [both_differ, last_differs, all_arrived],
        [imports, [*imports, again[0]], [*imports, again[0]], [*imports, *again]],
        source=source,
        exports=[[export_state(n) for n in (1, 2, 3)]],
        is_target_up=True,
        on_target={ONE.blob: 0, TWO.blob: 0, three.blob: 0},
    )

    assert scene.transfer.run().verification.is_complete
    assert [line for line in scene.log if line.startswith("copy")] == [
        f"copy {ONE.blob}",
        f"copy {three.blob}",
    ]


def test_what_follows_is_put_right_though_the_first_stays_wrong() -> None:
    both_differ = verdicts((ONE, Verdict.DIFFERS), (TWO, Verdict.DIFFERS))
    first_differs = verdicts((ONE, Verdict.ARRIVED), (TWO, Verdict.DIFFERS))
    imports = trigger_imports(TWO.blob, ONE.blob)
    two_again = [*imports, import_state("again_2", TWO.blob, "Succeeded", minute=8)]
    one_again = [*two_again, import_state("again_1", ONE.blob, "Succeeded", minute=9)]
    scene = Scene(
        target_contract(),
        [both_differ, both_differ, first_differs],
        [imports, two_again, two_again, one_again],
        source=OLD_AND_NEW,
        is_target_up=True,
        on_target={ONE.blob: 0, TWO.blob: 0},
    )

    assert not scene.transfer.run().verification.is_complete
    assert [line for line in scene.log if line.startswith("copy")] == [
        f"copy {TWO.blob}",
        f"copy {ONE.blob}",
    ]


def test_several_failures_are_mended_by_one_command_each() -> None:
    scene = Scene(
        target_contract(),
        [verdicts((ONE, Verdict.MISSING), (TWO, Verdict.MISSING))] * 2,
        source=source_contract(locked(ONE), locked(TWO), locked(run_part(3))),
        exports=[[failed_export(), export_state(2), export_state(3)]],
        gone=[TWO.blob],
    )

    assert scene.failure().hint.steps == (Lock(("--renew", "1", "--renew", "2")),)
