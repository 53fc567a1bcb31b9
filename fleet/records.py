"""What a command over many tenants reports: one row for each stack or pair of stacks."""

from enum import StrEnum

import pydantic

from transfer.reports import Record, Report


class Result(StrEnum):
    """How the work on a row has ended."""

    DONE = "done"
    """Something was changed, or all has arrived."""
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    """Nothing that decides about it has changed since it was last looked at."""
    FAILED = "failed"
    NOT_REACHED = "not-reached"
    """Its work was not begun."""
    STOPPED = "stopped"
    """It was ended by Ctrl-C."""


class Reason(StrEnum):
    """Why a row has not ended well."""

    SETTINGS = "settings"
    """The tenant's files are wrong."""
    LOCKED = "locked"
    """Another update of the stack goes on, or one was killed."""
    ENCRYPTION = "encryption"
    """The stack's secrets cannot be decrypted, for want of a passphrase or of a key."""
    BACKEND = "backend"
    """The stacks' state cannot be read or written."""
    DISK = "disk"
    """The disk is full."""
    POLICY = "policy"
    """A mandatory rule of a policy pack is not kept."""
    PROTECTED = "protected"
    """It would delete or replace what the stack's file protects."""
    RUN_FAILED = "run-failed"
    """The transfer service reports a pipeline run as failed."""
    NOT_ARRIVED = "not-arrived"
    DRIFTED = "drifted"
    """Azure differs from what the stack's state says."""
    PROGRAM = "program"
    """The program ended with an error."""
    ENGINE = "engine"
    """The engine reports another failure."""
    KILLED = "killed"
    """The process that did the work was killed."""
    WAITED_FOR = "waited-for"
    """The stack that it waits for has not ended well."""
    FAIL_FAST = "fail-fast"
    """Another row has failed, and the others were not to be begun."""
    STOPPED = "stopped"
    """Somebody asked to stop."""
    UNEXPECTED = "unexpected"


BAD = frozenset({Result.FAILED, Result.NOT_REACHED, Result.STOPPED})


class Change(Record):
    """What happens to a resource; no value of it."""

    operation: str = pydantic.Field(description="As the engine names it: create, update, replace.")
    type: str = pydantic.Field(description="Type of the resource.")
    name: str = pydantic.Field(description="Name of the resource in its stack.")
    properties: tuple[str, ...] = pydantic.Field(
        default=(), description="Names of the properties that differ."
    )


class Violation(Record):
    """A rule of a policy pack that a resource does not keep."""

    rule: str = pydantic.Field(description="Name of the rule.")
    level: str = pydantic.Field(description="What comes of it: mandatory or advisory.")
    urn: str = pydantic.Field(description="URN of the resource.")
    message: str = pydantic.Field(description="What the rule demands and what is wrong.")

    @property
    def name(self) -> str:
        """Name of the resource in its stack."""
        return self.urn.rpartition("::")[2]


class Row(Record):
    """The work on one stack, or on a tenant's pair of stacks."""

    tenant: str = pydantic.Field(description="Name of the tenant.")
    stack: str = pydantic.Field(description="Name of the stack; empty for the tenant's pair.")
    result: Result = pydantic.Field(description="How the work has ended.")
    reason: Reason | None = pydantic.Field(
        default=None, description="Why it has not ended well; null where it has."
    )
    cause: str = pydantic.Field("", description="What was reported, in words.")
    seconds: float = pydantic.Field(0, description="How long it took.")
    changes: tuple[Change, ...] = pydantic.Field(
        default=(),
        description="What changes, or would change, in the stack; of a failed row, until then.",
    )
    violations: tuple[Violation, ...] = pydantic.Field(
        default=(), description="Rules of policy packs that are not kept."
    )
    log: str = pydantic.Field("", description="File of all that was written, secrets left out.")

    @property
    def name(self) -> str:
        """What the row is about."""
        return self.stack or self.tenant

    @property
    def is_bad(self) -> bool:
        """Whether there is something to mend or to do."""
        return self.result in BAD


class FleetReport(Report):
    """What a command did over all tenants."""

    command: str = pydantic.Field(description="The verb: preview, up, run, refresh, drift...")
    seconds: float = pydantic.Field(description="How long it took, all together.")
    rows: tuple[Row, ...] = pydantic.Field(
        description="One entry for each stack or pair of stacks, in the order of the tenants."
    )

    @property
    def bad(self) -> tuple[Row, ...]:
        """The rows that have not ended well."""
        return tuple(row for row in self.rows if row.is_bad)

    def summary(self) -> str:
        """Count the results in one line."""
        counts = {result: sum(row.result is result for row in self.rows) for result in Result}
        parts = [f"{count} {result}" for result, count in counts.items() if count]
        return f"{len(self.rows)} rows: {', '.join(parts) or 'nothing to do'}"
