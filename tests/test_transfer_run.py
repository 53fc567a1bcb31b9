"""A whole transfer does what is missing, in the right order, and waits with an end."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import pytest
from transfer_support import (
    NOON,
    SOURCE_REGISTRY_ID,
    TARGET_REGISTRY_ID,
    FakeClock,
    FakeCloud,
    SilentStack,
    export_state,
    import_state,
    plain_console,
    run_part,
    source_contract,
    target_contract,
)

from components.model.contract import RunPart, SourceContract, TargetContract
from components.model.settings import TargetSettings
from transfer.copy.carrier import Carrier, CopyReport
from transfer.errors import CommandFailedError
from transfer.hints import Hint, Rerun
from transfer.run_states import RunState
from transfer.verdicts import Verdict
from transfer.verify import Check, Verification
from transfer.whole_transfer import IMPORT_RUNS, Tools, Transfer

ONE, TWO = run_part(1), run_part(2)
BOTH = source_contract(ONE, TWO)
EXPORTED = [export_state(1), export_state(2)]


class FakeStack(SilentStack):
    """A stack that has its outputs from its first `up` on, or from the beginning."""

    def __init__(
        self,
        name: str,
        log: list[str],
        contract: SourceContract | TargetContract,
        *,
        is_up: bool = False,
    ) -> None:
        self.name = name
        self._log = log
        self._contract = contract
        self._is_up = is_up

    def outputs(self) -> dict[str, object]:
        return {"contract": self._contract.model_dump(mode="json")} if self._is_up else {}

    def config(self) -> dict[str, str]:
        return {}

    def up(self, exclude: Sequence[str] = ()) -> None:
        self._is_up = True
        self._log.append(f"{self.name} up" + "".join(f" without {text}" for text in exclude))


class FakeCarrier(Carrier):
    """Notes what it is asked to copy."""

    def __init__(self, log: list[str], already: Mapping[str, int]) -> None:
        self._log = log
        self._already = already

    def written_at(
        self, target: TargetContract, blobs: Sequence[str]
    ) -> dict[str, datetime | None]:
        assert target.import_by == "trigger"
        minutes = {blob: self._already.get(blob) for blob in blobs}
        return {
            blob: None if minute is None else NOON + timedelta(minutes=minute)
            for blob, minute in minutes.items()
        }

    def between_clouds(
        self,
        source: SourceContract,
        target: TargetContract,
        runs: Sequence[RunPart],
        again: Collection[str] = (),
    ) -> CopyReport:
        assert source == BOTH
        if target.blobs == "shared":
            return CopyReport(note="nothing to copy")
        copied = [run.blob for run in runs if run.blob not in self._already or run.blob in again]
        self._log.append("copy " + " ".join(copied))
        return CopyReport(tuple(copied))


def verdicts(*pairs: tuple[RunPart, Verdict]) -> Verification:
    """Give a verification with one check a run."""
    return Verification(
        tuple(
            Check(run.artifacts[0], run.name, run.blob, "sha256:1", "sha256:1", 1, verdict)
            for run, verdict in pairs
        )
    )


ARRIVED = verdicts((ONE, Verdict.ARRIVED), (TWO, Verdict.ARRIVED))
MISSING = verdicts((ONE, Verdict.MISSING), (TWO, Verdict.MISSING))
ONE_MISSING = verdicts((ONE, Verdict.MISSING), (TWO, Verdict.ARRIVED))


class Scene:
    """A transfer of two runs, and the log of what it did."""

    def __init__(
        self,
        target: TargetContract,
        found: Sequence[Verification],
        imports: Sequence[Sequence[RunState]] = ((),),
        *,
        exports: Sequence[Sequence[RunState]] = (EXPORTED,),
        is_target_up: bool = False,
        on_target: Mapping[str, int] | None = None,
    ) -> None:
        self.log: list[str] = []
        self.clock = FakeClock()
        self.console, self.shown = plain_console(self.clock)
        runs: Mapping[str, Sequence[Sequence[RunState]]] = {
            SOURCE_REGISTRY_ID: exports,
            TARGET_REGISTRY_ID: imports,
        }
        remaining = list(found)

        def verify(_source: SourceContract, _target: TargetContract) -> Verification:
            self.log.append("verify")
            return remaining.pop(0)

        self.transfer = Transfer(
            Tools(
                source=FakeStack("source", self.log, BOTH),
                target=FakeStack("target", self.log, target, is_up=is_target_up),
                target_settings=TargetSettings.model_validate(
                    {
                        "side": "target",
                        "registry": "rg/contosotarget",
                        "blobs": target.blobs,
                        "import_by": target.import_by,
                        "options": ["OverwriteTags"],
                    }
                ),
                clouds=dict.fromkeys(("source", "target"), FakeCloud(runs)),
                carrier=FakeCarrier(self.log, on_target or {}),
                verify=verify,
                console=self.console,
                clock=self.clock,
                timeout_seconds=1800,
            )
        )


def test_with_a_trigger_blobs_are_copied_after_both_ups_and_imports_awaited() -> None:
    done = [import_state(f"trigger_{n}", f"acr-transfer-{n}", "Succeeded") for n in (1, 2)]
    scene = Scene(target_contract(), [MISSING, ARRIVED], [[], [], done[:1], done])

    verification = scene.transfer.run()

    assert verification.is_complete
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

    assert scene.transfer.run().is_complete
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
def test_a_failed_export_stops_the_transfer_with_text_meaning_and_fix(state: str) -> None:
    failed = RunState("export1", "", "", state, state, error="exports are disabled")
    scene = Scene(target_contract(), [], exports=[[failed, export_state(2)]])

    with pytest.raises(CommandFailedError) as caught:
        scene.transfer.run()

    lines = str(caught.value).splitlines()
    assert "pipeline run 'export1' failed. The service says: exports are disabled" in lines[0]
    assert "--allow-exports true" in lines[-1]
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

    assert scene.transfer.run().is_complete
    assert "copy acr-transfer-1" in scene.log, "writing the blob anew is what fires the trigger"


def test_an_import_that_fails_again_is_reported_with_the_next_command() -> None:
    failed = import_state("trigger_1", ONE.blob, "Failed", minute=5, error="tag already exists")
    scene = Scene(target_contract(), [ONE_MISSING], [[], [failed]])

    with pytest.raises(CommandFailedError, match="OverwriteTags") as caught:
        scene.transfer.run()

    assert caught.value.hint.steps == (), "the whole transfer copies the blob anew"


def test_a_failed_import_of_a_shared_blob_needs_a_new_export() -> None:
    failed = import_state("trigger_1", ONE.blob, "Failed", minute=5, error="tag already exists")
    scene = Scene(target_contract("shared"), [ONE_MISSING], [[failed]], on_target={ONE.blob: 4})

    with pytest.raises(CommandFailedError, match="OverwriteTags") as caught:
        scene.transfer.run()

    assert caught.value.hint.steps == (Rerun("source"),)


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

    assert scene.transfer.run().is_complete
    assert "done by run trigger_2" in scene.shown.getvalue()


def test_a_tag_that_moved_after_the_export_is_told_without_a_wait() -> None:
    done = import_state("trigger_1", ONE.blob, "Succeeded", minute=5)
    differs = verdicts((ONE, Verdict.DIFFERS), (TWO, Verdict.ARRIVED))
    scene = Scene(target_contract(), [differs, differs], [[done]], on_target={ONE.blob: 4})

    assert not scene.transfer.run().is_complete
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
