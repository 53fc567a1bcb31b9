"""The whole transfer: source up, export, copy, target up, import, verify."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from components.model.contract import RunPart, SourceContract, TargetContract
from components.model.errors import ContractError
from components.model.names import Side
from components.model.settings import TargetSettings
from transfer.azure.cloud import Cloud
from transfer.clock import Clock
from transfer.console import Console
from transfer.copy.carrier import Carrier, CopyReport
from transfer.hints import Rerun, Step
from transfer.import_history import ImportHistory
from transfer.run_states import (
    RunState,
    Wait,
    by_name,
    newest_by_blob,
    require_no_failure,
    wait_for_runs,
)
from transfer.stacks import Stack
from transfer.verdicts import Verdict
from transfer.verify import Verification

# The first `up` of a target that imports by runs makes all but the runs: they need the blobs, the
# blobs need the container.
IMPORT_RUNS = "**PipelineRun**"
_BROUGHT_BY_IMPORTS = (Verdict.MISSING, Verdict.DIFFERS, Verdict.INCOMPLETE)
Verify = Callable[[SourceContract, TargetContract], Verification]


@dataclass(frozen=True)
class Tools:
    """What a transfer works with."""

    source: Stack
    target: Stack
    target_settings: TargetSettings
    clouds: Mapping[Side, Cloud]
    carrier: Carrier
    verify: Verify
    console: Console
    clock: Clock
    timeout_seconds: float


class Transfer:
    """A transfer from one stack to another; what is done already is only verified."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._console = tools.console

    def run(self) -> Verification:
        """Do what is missing until everything has arrived.

        Raises:
            TransferError: a step failed; its text says what to do.
        """
        with self._console.step("source up"):
            self._tools.source.up()
        source = SourceContract.from_outputs(self._tools.source.name, self._tools.source.outputs())
        with self._console.step("export"):
            self._wait_for_exports(source)
        target = self._bring_target_up(source)
        verification = self._verify("look at what has arrived", source, target)
        if not verification.runs(*_BROUGHT_BY_IMPORTS):
            return verification
        self._bring_blobs_in(source, target, verification)
        return self._verify("verify", source, target)

    def _bring_target_up(self, source: SourceContract) -> TargetContract:
        """Run the target's `up`; where runs import, blobs are in the container before the runs."""
        stack, settings = self._tools.target, self._tools.target_settings
        if settings.blobs == "copied" and settings.import_by != "trigger":
            target = self._earlier_target()
            if target is None:
                with self._console.step("target up, without its import runs"):
                    stack.up(exclude=[IMPORT_RUNS])
                target = TargetContract.from_outputs(stack.name, stack.outputs())
            history = self._history(source, target)
            runs = [run for run in source.runs if not history.is_imported(run.blob)]
            if runs:
                self._copy(source, target, runs)
        with self._console.step("target up"):
            stack.up()
        return TargetContract.from_outputs(stack.name, stack.outputs())

    def _earlier_target(self) -> TargetContract | None:
        """Give the contract of an earlier `up`, if that one had a container of its own."""
        stack = self._tools.target
        try:
            target = TargetContract.from_outputs(stack.name, stack.outputs())
        except ContractError:
            return None
        return target if target.blobs == "copied" else None

    def _bring_blobs_in(
        self, source: SourceContract, target: TargetContract, found: Verification
    ) -> None:
        """Copy what has not arrived where a trigger imports, and wait for the imports.

        What a source trigger has done, or failed to do, it does again when the blob is written
        again.
        """
        lacking = found.runs(Verdict.MISSING, Verdict.INCOMPLETE)
        wanted = lacking | found.runs(Verdict.DIFFERS)
        runs = [run for run in source.runs if run.name in wanted]
        if target.import_by != "trigger":
            self._wait_for_imports(target, [run.blob for run in runs], ())
            return
        blobs = [run.blob for run in runs]
        history = self._history(source, target)
        settled = history.settled(self._tools.carrier.written_at(target, blobs))
        again = [
            run.blob
            for run in runs
            if run.blob in settled and (run.name in lacking or settled[run.blob].has_failed)
        ]
        copied = self._copy(source, target, runs, again).copied
        awaited = [blob for blob in blobs if blob in copied or blob not in settled]
        require_no_failure(
            {blob: state for blob, state in settled.items() if blob not in awaited},
            _repeat(target),
        )
        self._wait_for_imports(target, awaited, history.ended_names)

    def _copy(
        self,
        source: SourceContract,
        target: TargetContract,
        runs: Sequence[RunPart],
        again: Collection[str] = (),
    ) -> CopyReport:
        with self._console.step("copy"):
            report = self._tools.carrier.between_clouds(source, target, runs, again)
            if report.note:
                self._console.line(f"  {report.note}")
        return report

    def _wait_for_exports(self, source: SourceContract) -> None:
        names = [run.name for run in source.runs]
        wait_for_runs(
            lambda: by_name(self._runs("source", source.registry.id), names),
            self._wait((Rerun("source"),)),
            self._console,
            self._tools.clock,
        )

    def _wait_for_imports(
        self, target: TargetContract, blobs: Sequence[str], ignored: Collection[str]
    ) -> None:
        if not blobs:
            return
        with self._console.step("import"):
            wait_for_runs(
                lambda: newest_by_blob(
                    self._runs("target", target.registry.id),
                    target.pipeline_id,
                    blobs,
                    ignored,
                ),
                self._wait(_repeat(target)),
                self._console,
                self._tools.clock,
            )

    def _verify(self, title: str, source: SourceContract, target: TargetContract) -> Verification:
        with self._console.step(title):
            verification = self._tools.verify(source, target)
            self._console.line(f"  {verification.summary()}")
        return verification

    def _history(self, source: SourceContract, target: TargetContract) -> ImportHistory:
        source_states = self._runs("source", source.registry.id)
        target_states = self._runs("target", target.registry.id)
        return ImportHistory.of(source, target, source_states, target_states)

    def _runs(self, side: Side, registry_id: str) -> list[RunState]:
        return self._tools.clouds[side].pipeline_runs(registry_id)

    def _wait(self, when_failed: Sequence[Step]) -> Wait:
        return Wait(self._tools.timeout_seconds, when_failed)


def _repeat(target: TargetContract) -> Sequence[Step]:
    """Give what has a whole transfer do failed imports again, once their cause is mended."""
    if target.import_by != "trigger":
        return (Rerun("target"),)
    # A blob that is shared is written anew by its export alone; others are copied anew.
    return (Rerun("source"),) if target.blobs == "shared" else ()
