"""What there is of each tenant: both stacks, lock, SAS, and the last verified transfer."""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import pydantic

from components.model.contract import OUTPUT_NAME
from components.model.errors import TransferError
from components.model.names import Side
from fleet.stack_list import ListedStack, list_stacks
from fleet.tenants.folder import Tenant
from fleet.verified import last_verified
from transfer.engine import EngineError, EngineStoppedError, NoSuchStackError
from transfer.errors import CommandFailedError
from transfer.lock.place import find_place_by_files
from transfer.redaction import redact
from transfer.reports import Record, Report
from transfer.stopping import SideBySide
from transfer.wiring import Machine


class StackState(StrEnum):
    """What is known of a stack."""

    NONE = "none"
    """There is no such stack."""
    EMPTY = "empty"
    """It is there, and holds nothing."""
    INCOMPLETE = "incomplete"
    """It holds resources, but no `up` has told its contract yet."""
    UP = "up"
    UNREADABLE = "unreadable"


class StackStatus(Record):
    """One side of a tenant."""

    state: StackState
    resources: int = pydantic.Field(default=0, description="How many resources the stack holds.")
    updated: datetime | None = pydantic.Field(
        default=None, description="When the stack's state was last written; null if never."
    )
    sas_days_left: int | None = pydantic.Field(
        default=None,
        description="Whole days until the SAS in the vault ends, negative once it has ended; null "
        "where there is no SAS or its end is not known.",
    )


class TenantStatus(Record):
    """What there is of a tenant."""

    tenant: str = pydantic.Field(description="Name of the tenant.")
    source: StackStatus
    target: StackStatus
    artifacts: int | None = pydantic.Field(
        default=None, description="How many artifacts the lock holds; null without a lock."
    )
    verified: datetime | None = pydantic.Field(
        default=None,
        description="When `fleet run` or `fleet verify` last found that all has arrived.",
    )
    problems: tuple[str, ...] = pydantic.Field(
        default=(), description="What could not be read, and why."
    )


class StatusReport(Report):
    """What there is of tenants."""

    tenants: tuple[TenantStatus, ...] = pydantic.Field(
        description="One entry for each tenant, by name."
    )

    @property
    def bad(self) -> tuple[TenantStatus, ...]:
        """The tenants of which something could not be read."""
        return tuple(tenant for tenant in self.tenants if tenant.problems)


def read_status(tenants: Sequence[Tenant], machine: Machine, jobs: int) -> StatusReport:
    """Look at tenants, several at a time; what cannot be read of one is told with it.

    Raises:
        CommandFailedError: the stacks cannot be listed.
        KeyboardInterrupt: somebody asked to stop.
    """
    if not tenants:
        return StatusReport(tenants=())
    listed = _listed(tenants[0].root, machine)
    side_by_side = SideBySide()

    def look(tenant: Tenant) -> TenantStatus | None:
        return None if side_by_side.stop.is_set() else _Look(tenant, machine, listed).status()

    with side_by_side.handing_on(), ThreadPoolExecutor(jobs) as pool:
        found = tuple(pool.map(look, tenants))
    if side_by_side.stop.is_set():
        raise KeyboardInterrupt
    return StatusReport(tenants=tuple(status for status in found if status is not None))


class _Told(pydantic.BaseModel):
    sas_expires: pydantic.AwareDatetime | None = None


def _listed(root: Path, machine: Machine) -> dict[str, ListedStack]:
    try:
        return list_stacks(machine.engine, root)
    except EngineStoppedError as error:
        raise KeyboardInterrupt from error
    except EngineError as error:
        raise CommandFailedError(f"pulumi stack ls failed:\n{redact(str(error))}") from error


class _Look:
    """A look at one tenant, and what could not be read meanwhile."""

    def __init__(self, tenant: Tenant, machine: Machine, listed: Mapping[str, ListedStack]) -> None:
        self._tenant = tenant
        self._machine = machine
        self._listed = listed
        self._problems: list[str] = []

    def status(self) -> TenantStatus:
        """Read all that there is."""
        source, target = self._stack("source"), self._stack("target")
        verified = None
        if target.state is not StackState.NONE:
            with self._noting(self._tenant.stack("target")):
                verified = last_verified(self._machine.engine, self._tenant)
        artifacts = self._artifacts()
        return TenantStatus(
            tenant=self._tenant.name,
            source=source,
            target=target,
            artifacts=artifacts,
            verified=verified,
            problems=tuple(self._problems),
        )

    def _stack(self, side: Side) -> StackStatus:
        name = self._tenant.stack(side)
        known = self._listed.get(name)
        if known is None:
            return StackStatus(state=StackState.NONE)
        state, days = StackState.UNREADABLE, None
        with self._noting(name):
            state, days = self._outputs(name) if known.resources else (StackState.EMPTY, None)
        return StackStatus(
            state=state, resources=known.resources, updated=known.updated, sas_days_left=days
        )

    def _outputs(self, stack: str) -> tuple[StackState, int | None]:
        words = ["stack", "output", "--json", "--stack", stack]
        try:
            outputs = json.loads(self._machine.engine.run(words, self._tenant.folder))
        except NoSuchStackError:
            return StackState.NONE, None
        if OUTPUT_NAME not in outputs:
            return StackState.INCOMPLETE, None
        # By the contract, as the output `sas_days_left` counts from the last `up`.
        expires = _Told.model_validate(outputs[OUTPUT_NAME]).sas_expires
        return StackState.UP, (expires - self._machine.clock.now()).days if expires else None

    def _artifacts(self) -> int | None:
        with self._noting(""):
            place = find_place_by_files("source", self._tenant.folder, self._machine.environment)
            lock = place.settings.images_lock
            if lock is not None and (place.directory / lock).exists():
                return len(place.read_lock())
        return None

    @contextmanager
    def _noting(self, stack: str) -> Iterator[None]:
        try:
            yield
        except EngineError as error:
            self._problems.append(f"stack {stack!r} cannot be read: {redact(str(error))}")
        except (TransferError, pydantic.ValidationError) as error:
            self._problems.append(redact(str(error)))
