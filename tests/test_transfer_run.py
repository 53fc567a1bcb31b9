"""A whole transfer does what is missing, in the right order, and waits with an end."""

import pytest
from transfer_scene import (
    ARRIVED,
    EXPORTED,
    MISSING,
    ONE,
    ONE_MISSING,
    TWO,
    Scene,
    verdicts,
)
from transfer_support import export_state, import_state, target_contract

from transfer.errors import CommandFailedError
from transfer.hints import Hint, Rerun
from transfer.run_states import RunState
from transfer.verdicts import Verdict
from transfer.whole_transfer import IMPORT_RUNS


def test_with_a_trigger_blobs_are_copied_after_both_ups_and_imports_awaited() -> None:
    done = [import_state(f"trigger_{n}", f"acr-transfer-{n}", "Succeeded") for n in (1, 2)]
    scene = Scene(target_contract(), [MISSING, ARRIVED], [[], [], done[:1], done])

    transferred = scene.transfer.run()

    assert transferred.verification.is_complete
    assert scene.log == [
        "source up",
        "target up",
        "verify",
        "copy acr-transfer-1 acr-transfer-2",
        "verify",
    ]
    assert "acr-transfer-2 done by run trigger_2" in scene.shown.getvalue()


def test_a_finished_transfer_is_only_verified() -> None:
    scene = Scene(target_contract(), [ARRIVED], is_target_up=True)

    assert scene.transfer.run().verification.is_complete
    assert scene.log == ["source up", "target up", "verify"]


def test_only_what_has_not_arrived_is_copied() -> None:
    done = [import_state("trigger_1", ONE.blob, "Succeeded", minute=5)]
    scene = Scene(target_contract(), [ONE_MISSING, ARRIVED], [[], done])

    scene.transfer.run()

    assert "copy acr-transfer-1" in scene.log


def test_imports_by_runs_are_made_after_the_copy_on_a_first_transfer() -> None:
    scene = Scene(target_contract(import_by="runs"), [ARRIVED])

    scene.transfer.run()

    assert scene.log == [
        "source up",
        f"target up without {IMPORT_RUNS}",
        "copy acr-transfer-1 acr-transfer-2",
        "target up",
        "verify",
    ]


def test_imports_by_runs_need_one_up_when_the_container_is_there() -> None:
    imported = [import_state("import1", ONE.blob, "Succeeded", minute=1)]
    scene = Scene(target_contract(import_by="runs"), [ARRIVED], [imported], is_target_up=True)

    scene.transfer.run()

    assert scene.log == ["source up", "copy acr-transfer-2", "target up", "verify"], (
        "a blob that is imported may be deleted by now"
    )


def test_shared_blobs_need_no_copy_and_no_second_up() -> None:
    done = [import_state(f"import{n}", f"acr-transfer-{n}", "Succeeded") for n in (1, 2)]
    scene = Scene(target_contract("shared", "runs"), [MISSING, ARRIVED], [done])

    scene.transfer.run()

    assert scene.log == ["source up", "target up", "verify", "verify"]


def test_an_export_that_goes_on_is_waited_for() -> None:
    running = [export_state(1, "Running"), export_state(2)]
    scene = Scene(target_contract(), [ARRIVED], exports=[running, running, EXPORTED])

    scene.transfer.run()

    assert scene.clock.slept > 0
    assert scene.log[0] == "source up"


def test_a_run_that_shows_running_after_it_was_provisioned_has_not_ended() -> None:
    state = RunState("export1", "", "", status="Running", provisioning_state="Succeeded")

    assert not state.has_ended


@pytest.mark.parametrize("state", ["Failed", "FAILED", "Canceled", "TimedOut"])
def test_a_transfer_of_which_no_export_is_left_ends_with_text_meaning_and_fix(state: str) -> None:
    failed = [
        RunState(f"export{n}", "", "", state, state, error="exports are disabled") for n in (1, 2)
    ]
    scene = Scene(target_contract(), [], exports=[failed])

    with pytest.raises(CommandFailedError) as caught:
        scene.transfer.run()

    lines = str(caught.value).splitlines()
    assert "pipeline run 'export1' failed. The service says: exports are disabled" in lines[0]
    assert "pipeline run 'export2' failed" in lines[1]
    assert "--allow-exports true" in lines[2]
    assert caught.value.hint.steps == (Rerun("source"),)
    assert scene.log == ["source up"]


@pytest.mark.parametrize("verdict", [Verdict.MISSING, Verdict.DIFFERS])
def test_a_failed_import_of_before_is_tried_again_by_a_new_copy(verdict: Verdict) -> None:
    failed = import_state("trigger_1", ONE.blob, "Failed", minute=5, error="tag already exists")
    done = import_state("trigger_2", ONE.blob, "Succeeded", minute=9)
    scene = Scene(
        target_contract(),
        [verdicts((ONE, verdict), (TWO, Verdict.ARRIVED)), ARRIVED],
        [[failed], [failed], [failed, done]],
        on_target={ONE.blob: 4},
    )

    assert scene.transfer.run().verification.is_complete
    assert "copy acr-transfer-1" in scene.log, "writing the blob anew is what fires the trigger"


def test_an_import_that_fails_again_is_reported_with_the_next_command() -> None:
    failed = import_state("trigger_1", ONE.blob, "Failed", minute=5, error="tag already exists")
    scene = Scene(target_contract(), [ONE_MISSING, ONE_MISSING], [[], [failed]])

    caught = scene.failure()

    assert "OverwriteTags" in caught.hint.words
    assert caught.hint.steps == (), "the whole transfer copies the blob anew"


def test_a_failed_import_of_a_shared_blob_needs_a_new_export() -> None:
    failed = import_state("trigger_1", ONE.blob, "Failed", minute=5, error="tag already exists")
    scene = Scene(target_contract("shared"), [ONE_MISSING] * 2, [[failed]], on_target={ONE.blob: 4})

    caught = scene.failure()

    assert "OverwriteTags" in caught.hint.words
    assert caught.hint.steps == (Rerun("source"),)


@pytest.mark.parametrize("blobs", ["shared", "copied"])
def test_an_import_of_before_the_blob_landed_does_not_count(blobs: str) -> None:
    older = import_state("trigger_0", ONE.blob, "Succeeded", minute=0)
    old = import_state("trigger_1", ONE.blob, "Succeeded", minute=1)
    new = import_state("trigger_2", ONE.blob, "Succeeded", minute=12)
    differs = verdicts((ONE, Verdict.DIFFERS), (TWO, Verdict.ARRIVED))
    scene = Scene(
        target_contract(blobs),
        [differs, ARRIVED],
        [[older, old], [older, old], [older, old, new]],
        on_target={ONE.blob: 10},
    )

    assert scene.transfer.run().verification.is_complete
    assert "done by run trigger_2" in scene.shown.getvalue()


def test_a_tag_that_moved_after_the_export_is_told_without_a_wait() -> None:
    done = import_state("trigger_1", ONE.blob, "Succeeded", minute=5)
    differs = verdicts((ONE, Verdict.DIFFERS), (TWO, Verdict.ARRIVED))
    scene = Scene(target_contract(), [differs, differs], [[done]], on_target={ONE.blob: 4})

    assert not scene.transfer.run().verification.is_complete
    assert scene.clock.slept == 0


def test_a_new_export_of_an_imported_blob_is_copied_for_its_import_run() -> None:
    imported = [import_state(f"import{n}", f"acr-transfer-{n}", "Succeeded") for n in (1, 2)]
    scene = Scene(
        target_contract(import_by="runs"),
        [ARRIVED],
        [imported],
        exports=[[export_state(1, minute=10), export_state(2, minute=-10)]],
        is_target_up=True,
    )

    scene.transfer.run()

    assert "copy acr-transfer-1" in scene.log


def test_a_wait_ends_and_says_that_the_service_may_go_on() -> None:
    scene = Scene(target_contract(), [MISSING])

    with pytest.raises(CommandFailedError) as caught:
        scene.transfer.run()

    assert "after 30 minutes" in caught.value.message
    assert "may still be at work" in caught.value.message
    assert caught.value.hint == Hint("To go on waiting:")
    assert 1800 <= scene.clock.slept < 1815


def test_a_long_wait_shows_a_sign_of_life_at_most_every_15_seconds() -> None:
    scene = Scene(target_contract(), [MISSING])

    with pytest.raises(CommandFailedError):
        scene.transfer.run()

    lines = [line for line in scene.shown.getvalue().splitlines() if line.startswith("import:")]
    assert 60 < len(lines) <= 1800 / 15


def test_each_step_says_how_long_it_took() -> None:
    scene = Scene(target_contract(), [ARRIVED])

    scene.transfer.run()

    lines = scene.shown.getvalue().splitlines()
    steps = [line for line in lines if not line.startswith(" ")]
    assert steps == [
        "source up done in 0.0 s",
        "export done in 0.0 s",
        "target up done in 0.0 s",
        "look at what has arrived done in 0.0 s",
    ]
