"""A whole transfer without stacks, clouds and registries, and a log of what it did."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
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
    plain_console,
    run_part,
    source_contract,
)

from components.model.contract import RunPart, SourceContract, TargetContract
from components.model.settings import TargetSettings
from transfer.copy.carrier import Carrier, CopyReport
from transfer.errors import CommandFailedError
from transfer.run_states import RunState
from transfer.stacks import MadeResource
from transfer.verdicts import Verdict
from transfer.verify import Check, Verification
from transfer.whole_transfer import Tools, Transfer

ONE, TWO = run_part(1), run_part(2)
BOTH = source_contract(ONE, TWO)
EXPORTED = [export_state(1), export_state(2)]


class FakeStack(SilentStack):
    """A stack that has its outputs from its first `up` on, or from the beginning."""

    engine_hint = ""
    """What the engine's own failures ask for."""

    def __init__(
        self,
        name: str,
        log: list[str],
        contract: SourceContract | TargetContract,
        *,
        is_up: bool = False,
        unmade: Collection[str] | None = None,
    ) -> None:
        self.name = name
        self._log = log
        self._contract = contract
        self._is_up = is_up
        self._unmade = unmade
        """Runs that its `up` does not make; None: it does not fail."""

    def outputs(self) -> dict[str, object]:
        return {"contract": self._contract.model_dump(mode="json")} if self._is_up else {}

    def config(self) -> dict[str, str]:
        return {}

    def up(self, exclude: Sequence[str] = ()) -> None:
        self._is_up = True
        self._log.append(f"{self.name} up" + "".join(f" without {text}" for text in exclude))
        if self._unmade is not None:
            raise CommandFailedError(f"pulumi up of {self.name} failed", self.engine_hint)

    def resources(self) -> list[MadeResource]:
        kind = "azure-native:containerregistry:PipelineRun"
        return [
            MadeResource(kind, run.name, {"pipelineRunName": run.name}, {})
            for run in self._contract.runs
            if run.name not in (self._unmade or ())
        ]


class FakeCarrier(Carrier):
    """Notes what it is asked to copy."""

    def __init__(
        self,
        log: list[str],
        source: SourceContract,
        already: Mapping[str, int],
        gone: Collection[str],
    ) -> None:
        self._log = log
        self._source = source
        self._already = already
        self._gone = gone

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
        assert source == self._source
        if target.blobs == "shared":
            return CopyReport(note="nothing to copy")
        wanted = [run.blob for run in runs if run.blob not in self._already or run.blob in again]
        copied = [blob for blob in wanted if blob not in self._gone]
        self._log.append("copy " + " ".join(copied))
        return CopyReport(tuple(copied), gone=tuple(blob for blob in wanted if blob in self._gone))


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


@dataclass
class Scene:
    """A transfer, of two runs if nothing else is said, and the log of what it did."""

    target: TargetContract
    found: Sequence[Verification]
    """What each verification finds."""
    imports: Sequence[Sequence[RunState]] = ((),)
    _: KW_ONLY
    source: SourceContract = BOTH
    exports: Sequence[Sequence[RunState]] = (EXPORTED,)
    is_target_up: bool = False
    on_target: Mapping[str, int] = field(default_factory=dict)
    """When blobs were written there, in minutes after noon."""
    gone: Collection[str] = ()
    """Blobs that are in neither container."""
    unmade: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Runs that the `up` of a stack does not make, so that it fails."""
    options: Sequence[str] = ("OverwriteTags",)

    def __post_init__(self) -> None:
        self.log: list[str] = []
        self.clock = FakeClock()
        self.console, self.shown = plain_console(self.clock)
        runs: Mapping[str, Sequence[Sequence[RunState]]] = {
            SOURCE_REGISTRY_ID: self.exports,
            TARGET_REGISTRY_ID: self.imports,
        }
        remaining = list(self.found)

        def verify(_source: SourceContract, _target: TargetContract) -> Verification:
            self.log.append("verify")
            return remaining.pop(0)

        self.transfer = Transfer(
            Tools(
                source=FakeStack("source", self.log, self.source, unmade=self.unmade.get("source")),
                target=FakeStack(
                    "target",
                    self.log,
                    self.target,
                    is_up=self.is_target_up,
                    unmade=self.unmade.get("target"),
                ),
                target_settings=TargetSettings.model_validate(
                    {
                        "side": "target",
                        "registry": "rg/contosotarget",
                        "blobs": self.target.blobs,
                        "import_by": self.target.import_by,
                        "options": self.options,
                    }
                ),
                clouds=dict.fromkeys(("source", "target"), FakeCloud(runs)),
                carrier=FakeCarrier(self.log, self.source, self.on_target, self.gone),
                verify=verify,
                console=self.console,
                clock=self.clock,
                timeout_seconds=1800,
            )
        )

    def failure(self) -> CommandFailedError:
        """Do the transfer to its end, and give what it ends with."""
        done = self.transfer.run()
        with pytest.raises(CommandFailedError) as caught:
            done.require_all_done()
        return caught.value
