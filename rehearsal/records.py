"""What a rehearsal reports: for each pair of stacks what was proved, and what it cannot prove."""

from enum import StrEnum

import pydantic

from fleet.causes import cause_of
from fleet.records import Change
from transfer.errors import CommandFailedError
from transfer.reports import Record, Report

NOT_PROVED = (
    "your images: the emulated registry holds small ones of other content under the same names",
    "rights: whoever runs pulumi may do everything here, in every subscription of the tenant",
    "what exists already: registries, vaults and accounts are as your files take them to be, in "
    "westeurope unless a location is written, without firewalls or policies of a company",
    "time: Azure takes minutes for new roles, for a source trigger and for large images",
    "what the emulator does not do as Azure does: docs/testing.md has the list",
)


class Step(StrEnum):
    """A part of a rehearsal, in this order."""

    STAGE = "stage"
    """What the files take as existing can exist, and is made."""
    BASE = "base"
    """The state that the change begins with was transferred."""
    TRANSFER = "transfer"
    """Both sides come up, and every artifact arrives, down to its layers."""
    REPEAT = "repeat"
    """Another `up` of each side changes nothing."""
    ROTATION = "rotation"
    """The first `up` of the next window replaces the SAS, and nothing else."""
    DESTROY = "destroy"
    """Both sides can be destroyed, and leave no resource group behind."""


class Outcome(StrEnum):
    """What became of a step."""

    PROVED = "proved"
    FAILED = "failed"
    NOT_NEEDED = "not-needed"
    """There is nothing of its kind in these stacks."""
    NOT_REACHED = "not-reached"
    """A step before it failed."""


class StepRow(Record):
    """A step of one pair of stacks."""

    step: Step = pydantic.Field(description="The step.")
    outcome: Outcome = pydantic.Field(description="What became of it.")
    said: str = pydantic.Field(
        "", description="What was found, in words; of a failure, in Azure's own."
    )
    seconds: float = pydantic.Field(0, description="How long it took.")


def failed(step: Step, error: Exception) -> StepRow:
    """Write down a step that has failed, in words without secrets."""
    text = error.message if isinstance(error, CommandFailedError) else str(error)
    _, said = cause_of([text], ())
    return StepRow(step=step, outcome=Outcome.FAILED, said=said)


class StackChanges(Record):
    """What the change does to a stack that is up."""

    stack: str = pydantic.Field(description="Name of the stack.")
    changes: tuple[Change, ...] = pydantic.Field(
        description="What is created, updated, replaced and deleted; no value of it."
    )


class PairRow(Record):
    """The rehearsal of one pair of stacks."""

    name: str = pydantic.Field(description="The tenant, or the source stack.")
    source: str = pydantic.Field(description="Name of the source stack.")
    target: str = pydantic.Field(description="Name of the target stack.")
    artifacts: tuple[str, ...] = pydantic.Field((), description="What is transferred, by name.")
    steps: tuple[StepRow, ...] = pydantic.Field(description="Each step, in order.")
    changed: tuple[StackChanges, ...] = pydantic.Field(
        (), description="With --since: what the change does, one entry for each stack."
    )
    moved: tuple[str, ...] = pydantic.Field(
        (), description="With --since: the artifacts that the change exports."
    )

    @property
    def failure(self) -> StepRow | None:
        """The step that failed."""
        return next((row for row in self.steps if row.outcome is Outcome.FAILED), None)


class RehearsalReport(Report):
    """What was proved of stack files, before Azure sees them."""

    since: str | None = pydantic.Field(
        None, description="The revision of git that the change begins with."
    )
    seconds: float = pydantic.Field(description="How long it took, all together.")
    pairs: tuple[PairRow, ...] = pydantic.Field(description="One entry for each pair of stacks.")
    not_proved: tuple[str, ...] = pydantic.Field(
        NOT_PROVED, description="What no rehearsal can prove."
    )

    @property
    def failed(self) -> tuple[PairRow, ...]:
        """The pairs in which a step failed."""
        return tuple(row for row in self.pairs if row.failure)

    def summary(self) -> str:
        """Count in one line."""
        good = len(self.pairs) - len(self.failed)
        return f"{len(self.pairs)} rehearsed: {good} proved, {len(self.failed)} failed"
