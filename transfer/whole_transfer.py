"""The whole transfer: source up, export, copy, target up, import, verify."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from components.model.contract import RunPart, SourceContract, TargetContract
from components.model.errors import ContractError
from components.model.names import Side, batch_of_blob
from components.model.settings import TargetSettings
from transfer.azure.cloud import Cloud
from transfer.clock import Clock
from transfer.console import Console
from transfer.copy.carrier import Carrier, CopyReport
from transfer.errors import CommandFailedError
from transfer.hints import Rerun, Step
from transfer.import_history import ImportHistory
from transfer.left_undone import LeftUndone, Transferred
from transfer.made_runs import made_runs
from transfer.run_order import first_of
from transfer.run_states import ReadStates, RunState, by_name, newest_by_blob, wait_for_runs
from transfer.stacks import Stack
from transfer.tolerant_up import contract_after, try_up
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
    """A transfer from one stack to another; what is done already is only verified.

    What cannot be done is left out, and the rest goes on.
    """

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._console = tools.console
        self._left_out = LeftUndone()

    def run(self) -> Transferred:
        """Do what is missing until everything has arrived that can.

        Raises:
            TransferError: nothing is left to go on with; its text says what to do.
        """
        source = self._export()
        target = self._bring_target_up(source)
        found = self._verify("look at what has arrived", source, target)
        lacking = self._runs_of(source, found, *_BROUGHT_BY_IMPORTS)
        if lacking:
            wrong = self._to_put_right(source, target, found)
            put_right = self._bring_blobs_in(source, target, found, lacking, wrong)
            found = self._verify("verify", source, target)
            while wrong := self._to_put_right(source, target, found, put_right):
                self._bring_blobs_in(source, target, found, wrong, wrong)
                put_right += wrong
                found = self._verify("verify", source, target)
        names = found.runs(*_BROUGHT_BY_IMPORTS)
        lacking_blobs = [run.blob for run in source.runs if run.name in names]
        return Transferred(found, self._left_out.in_the_end(source.runs, lacking_blobs))

    def _export(self) -> SourceContract:
        """Run the source's `up`, and leave out what it has not exported."""
        stack = self._tools.source
        with self._console.step("source up"):
            error = try_up(stack)
        source = contract_after(error, SourceContract, stack)
        names = {run.blob: run.name for run in source.runs}
        with self._console.step("export"):
            states = self._wait(lambda: self._exports(source))
        by_blob = {blob: states.get(name) for blob, name in names.items()}
        self._left_out.add_failed(source.runs, by_blob, (Rerun("source"),))
        self._go_on_after(error, stack, source.runs, names)
        if not self._left_out.others(source.runs):
            raise self._left_out.error()
        return source

    def _bring_target_up(self, source: SourceContract) -> TargetContract:
        """Run the target's `up`; where runs import, blobs are in the container before the runs."""
        stack, settings = self._tools.target, self._tools.target_settings
        if settings.import_by == "trigger":
            with self._console.step("target up"):
                stack.up()
            return TargetContract.from_outputs(stack.name, stack.outputs())
        if settings.blobs == "copied":
            self._copy_for_import_runs(source)
        self._left_out.add_waiting(source.runs)
        runs = self._left_out.others(source.runs)
        without = [f"{IMPORT_RUNS}-run-{batch_of_blob(blob)}" for blob in self._left_out.blobs]
        with self._console.step("target up"):
            error = try_up(stack, without)
        target = contract_after(error, TargetContract, stack)
        if error is not None:
            states = self._imports(target, [run.blob for run in runs], ())
            self._left_out.add_failed(runs, states, (Rerun("target"),))
            self._left_out.add_waiting(source.runs)
            self._go_on_after(error, stack, runs, {run.blob: run.name for run in target.runs})
        return target

    def _copy_for_import_runs(self, source: SourceContract) -> None:
        """Copy the blobs that import runs need, into a container that is made if need be."""
        stack = self._tools.target
        target = self._earlier_target()
        if target is None:
            with self._console.step("target up, without its import runs"):
                stack.up(exclude=[IMPORT_RUNS])
            target = TargetContract.from_outputs(stack.name, stack.outputs())
        history = self._history(source, target)
        runs = [
            run for run in self._left_out.others(source.runs) if not history.is_imported(run.blob)
        ]
        if runs:
            self._copy(source, target, runs)

    def _earlier_target(self) -> TargetContract | None:
        """Give the contract of an earlier `up`, if that one had a container of its own."""
        stack = self._tools.target
        try:
            target = TargetContract.from_outputs(stack.name, stack.outputs())
        except ContractError:
            return None
        return target if target.blobs == "copied" else None

    def _bring_blobs_in(
        self,
        source: SourceContract,
        target: TargetContract,
        found: Verification,
        runs: Sequence[RunPart],
        wrong: Collection[RunPart],
    ) -> list[RunPart]:
        """Copy what has not arrived where a trigger imports, and wait for the imports.

        What a source trigger has failed to do, and what it has done of the wrong runs, it does
        again when the blob is written again.

        Returns:
            The runs whose blobs were written again.
        """
        blobs = [run.blob for run in runs]
        if target.import_by != "trigger":
            # What has no record after the `up` has lost it, and does not begin any more.
            begun = self._imports(target, blobs, ())
            self._wait_for_imports(target, [run for run in runs if begun[run.blob]], ())
            return []
        history = self._history(source, target)
        written_at = self._tools.carrier.written_at(target, blobs)
        settled = history.settled(written_at, self._tools.clock.now())
        lacking = found.runs(Verdict.MISSING, Verdict.INCOMPLETE)
        failed = {blob for blob, state in settled.items() if state and state.has_failed}
        again = [
            run
            for run in runs
            if run.blob in settled
            and (
                run.name in lacking
                or run in wrong
                or run.blob in failed
                # Exported anew, with the very bytes that the target has.
                or (self._may_overwrite and not history.is_imported(run.blob))
            )
        ]
        copied = self._copy(source, target, runs, {run.blob for run in again}).copied
        if target.blobs == "shared":
            absent = {blob for blob, moment in written_at.items() if moment is None}
            gone = absent - settled.keys()
            self._left_out.add_gone(source.runs, gone, (Rerun("source"),))
        awaited = [run for run in runs if run.blob in copied or run.blob not in settled]
        not_tried = [run for run in runs if run not in awaited]
        self._left_out.add_failed(not_tried, settled, _repeat(target))
        self._wait_for_imports(target, self._left_out.others(awaited), history.ended_names)
        return again

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
        self._left_out.add_gone(source.runs, report.gone, (Rerun("source"),))
        return report

    def _to_put_right(
        self,
        source: SourceContract,
        target: TargetContract,
        found: Verification,
        put_right: Collection[RunPart] = (),
    ) -> list[RunPart]:
        """Give the runs whose tags hold content other than the lock's, where it may be overwritten.

        A trigger has imported in another order, somebody has pushed to the target, or the lock was
        reverted. Of those that follow each other only the first is given, and none that was put
        right.
        """
        if target.import_by != "trigger" or not self._may_overwrite:
            return []
        differing = self._runs_of(source, found, Verdict.DIFFERS)
        wrong = {run.blob for run in differing if run.is_locked and run not in put_right}
        first = first_of(wrong, source.runs)
        return [run for run in differing if run.blob in first]

    @property
    def _may_overwrite(self) -> bool:
        return "OverwriteTags" in self._tools.target_settings.options

    def _go_on_after(
        self,
        error: CommandFailedError | None,
        stack: Stack,
        runs: Sequence[RunPart],
        names: Mapping[str, str],
    ) -> None:
        """Leave out the runs that an `up` has not made; raise its error if no run is at fault."""
        if error is None:
            return
        others = self._left_out.others(runs)
        made = {run.name for run in made_runs(stack.resources())}
        unmade = [run for run in others if names.get(run.blob) not in made]
        if len(others) == len(runs) and len(unmade) in (0, len(runs)):
            raise error
        self._console.line(error.message)
        self._left_out.add_unmade(unmade, stack.name)

    def _runs_of(
        self, source: SourceContract, found: Verification, *verdicts: Verdict
    ) -> list[RunPart]:
        names = found.runs(*verdicts)
        return [run for run in self._left_out.others(source.runs) if run.name in names]

    def _wait_for_imports(
        self, target: TargetContract, runs: Sequence[RunPart], ignored: Collection[str]
    ) -> None:
        if not runs:
            return
        blobs = [run.blob for run in runs]
        with self._console.step("import"):
            states = self._wait(lambda: self._imports(target, blobs, ignored))
        self._left_out.add_failed(runs, states, _repeat(target))

    def _wait(self, read: ReadStates) -> Mapping[str, RunState | None]:
        return wait_for_runs(read, self._tools.timeout_seconds, self._console, self._tools.clock)

    def _verify(self, title: str, source: SourceContract, target: TargetContract) -> Verification:
        with self._console.step(title):
            verification = self._tools.verify(source, target)
            self._console.line(f"  {verification.summary()}")
        return verification

    def _history(self, source: SourceContract, target: TargetContract) -> ImportHistory:
        source_states = self._runs("source", source.registry.id)
        target_states = self._runs("target", target.registry.id)
        return ImportHistory.of(source, target, source_states, target_states)

    def _exports(self, source: SourceContract) -> dict[str, RunState | None]:
        """Give the states of export runs; what the registry has no record of does not begin."""
        states = self._runs("source", source.registry.id)
        found = by_name(states, [run.name for run in source.runs])
        return {name: state for name, state in found.items() if state is not None}

    def _imports(
        self, target: TargetContract, blobs: Sequence[str], ignored: Collection[str]
    ) -> dict[str, RunState | None]:
        states = self._runs("target", target.registry.id)
        return newest_by_blob(states, target.pipeline_id, blobs, ignored)

    def _runs(self, side: Side, registry_id: str) -> list[RunState]:
        return self._tools.clouds[side].pipeline_runs(registry_id)


def _repeat(target: TargetContract) -> Sequence[Step]:
    """Give what has a whole transfer do failed imports again, once their cause is mended."""
    if target.import_by != "trigger":
        return (Rerun("target"),)
    # A blob that is shared is written anew by its export alone; others are copied anew.
    return (Rerun("source"),) if target.blobs == "shared" else ()
