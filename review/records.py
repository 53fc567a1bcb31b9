"""Reads the records that earlier steps of a pipeline have left in a folder."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import pydantic

from fleet.records import FleetReport, Row
from rehearsal.records import PairRow, RehearsalReport
from transfer.diff.record import Diff
from transfer.errors import WrongUseError
from transfer.lock.record import LockCheck
from transfer.reports import Report


class Kind(StrEnum):
    """What a record tells of, which is what the name of its file begins with."""

    LOCK = "lock"
    """Of `lock --check --offline --json`, in a folder with the name of the tenant."""
    DIFF = "diff"
    """Of `diff --against REF --json`, in a folder with the name of the tenant."""
    REHEARSE = "rehearse"
    PREVIEW = "preview"


_REPORTS: Mapping[Kind, type[Report]] = {
    Kind.LOCK: LockCheck,
    Kind.DIFF: Diff,
    Kind.REHEARSE: RehearsalReport,
    Kind.PREVIEW: FleetReport,
}
_NAMES = "TENANT/lock.json, TENANT/diff.json, rehearse*.json and preview*.json"


@dataclass
class TenantRecords:
    """What is recorded of a tenant."""

    name: str
    lock: LockCheck | None = None
    diff: Diff | None = None
    rehearsal: PairRow | None = None
    previews: list[Row] = field(default_factory=list)
    unread: list[Kind] = field(default_factory=list)
    """Records that a step has begun to write, and not ended."""

    @property
    def kinds(self) -> set[Kind]:
        """What there is a record of."""
        found = {Kind.LOCK: self.lock, Kind.DIFF: self.diff, Kind.REHEARSE: self.rehearsal}
        kinds = {kind for kind, record in found.items() if record is not None}
        return kinds | ({Kind.PREVIEW} if self.previews else set()) | set(self.unread)


@dataclass
class Records:
    """All that is recorded."""

    tenants: dict[str, TenantRecords] = field(default_factory=dict)
    unread: list[Kind] = field(default_factory=list)
    """Records of many tenants that a step has begun to write, and not ended."""
    kinds: set[Kind] = field(default_factory=set)
    """What there is a record of, of any tenant."""
    not_proved: tuple[str, ...] = ()
    """What no rehearsal can prove."""

    def of(self, tenant: str) -> TenantRecords:
        """Give what is recorded of a tenant."""
        return self.tenants.setdefault(tenant, TenantRecords(tenant))


def read_records(folder: Path, *, may_be_none: bool = False) -> Records:
    """Read all records of a folder, and of those below it.

    Args:
        may_be_none: No tenant had to leave one.

    Raises:
        WrongUseError: there is none, or a file of another name.
    """
    records = Records()
    for file in sorted(folder.rglob("*.json")):
        kind = _kind(file, folder)
        records.kinds.add(kind)
        try:
            report = _REPORTS[kind].model_validate_json(file.read_bytes())
        except pydantic.ValidationError:
            is_of_tenant = kind in (Kind.LOCK, Kind.DIFF)
            (records.of(file.parent.name) if is_of_tenant else records).unread.append(kind)
        else:
            _take(records, file.parent.name, report)
    if not (records.kinds or may_be_none):
        raise WrongUseError(
            f"{str(folder)!r} is not valid: it holds no record. Have the steps before write "
            f"{_NAMES}, each by its command with --json."
        )
    return records


def _kind(file: Path, folder: Path) -> Kind:
    for kind in Kind:
        is_of_tenant = kind in (Kind.LOCK, Kind.DIFF)
        if is_of_tenant and file.name == f"{kind}.json" and file.parent != folder:
            return kind
        if not is_of_tenant and file.name.startswith(kind):
            return kind
    raise WrongUseError(
        f"{str(file)!r} is not valid: the names of records are {_NAMES}. Name it so, or keep it "
        "elsewhere."
    )


def _take(records: Records, folder: str, report: Report) -> None:
    if isinstance(report, LockCheck):
        records.of(folder).lock = report
    elif isinstance(report, Diff):
        records.of(folder).diff = report
    elif isinstance(report, RehearsalReport):
        records.not_proved = report.not_proved
        for pair in report.pairs:
            records.of(pair.name).rehearsal = pair
    elif isinstance(report, FleetReport):
        _take_rows(records, report.rows)


def _take_rows(records: Records, rows: Iterable[Row]) -> None:
    for row in rows:
        records.of(row.tenant).previews.append(row)
