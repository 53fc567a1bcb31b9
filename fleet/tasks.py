"""What is to be done for each tenant, and what waits for what."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from components.model.names import SIDES, Side
from fleet.records import Reason, Result, Row
from fleet.tenants.folder import Tenant


class Verb(StrEnum):
    """What is done with all tenants."""

    PREVIEW = "preview"
    UP = "up"
    RUN = "run"
    REFRESH = "refresh"
    DRIFT = "drift"
    VERIFY = "verify"
    DESTROY = "destroy"


_OF_A_PAIR = (Verb.RUN, Verb.VERIFY)


@dataclass(frozen=True)
class Task:
    """One stack of a tenant, or its pair of stacks."""

    tenant: Tenant
    side: Side | None = None

    @property
    def stack(self) -> str:
        """Name of the stack; empty for a pair."""
        return self.tenant.stack(self.side) if self.side else ""

    @property
    def name(self) -> str:
        """What the task is about."""
        return self.stack or self.tenant.name

    def row(self, result: Result, reason: Reason | None = None, cause: str = "") -> Row:
        """Tell how the work on it has ended."""
        return Row(
            tenant=self.tenant.name, stack=self.stack, result=result, reason=reason, cause=cause
        )


@dataclass(frozen=True)
class Plan:
    """The tasks of a command, and for each the one that it waits for."""

    tasks: tuple[Task, ...]
    before: dict[Task, Task]


def plan(verb: Verb, tenants: Iterable[Tenant]) -> Plan:
    """Plan a verb for tenants: a target waits for its own source, and for nobody else.

    `destroy` runs the other way round, as the source's outputs are read by the target. A preview
    and a refresh read what the state tells, and wait for nothing.
    """
    if verb in _OF_A_PAIR:
        return Plan(tuple(Task(tenant) for tenant in tenants), {})
    tasks: list[Task] = []
    before: dict[Task, Task] = {}
    for tenant in tenants:
        source, target = (Task(tenant, side) for side in SIDES)
        if verb is Verb.DESTROY:
            source, target = target, source
        tasks += [source, target]
        if verb in (Verb.UP, Verb.DESTROY):
            before[target] = source
    return Plan(tuple(tasks), before)
