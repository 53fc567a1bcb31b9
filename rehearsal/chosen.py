"""Which pairs of stacks are rehearsed, and which cannot be, with the reason."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from components.model.errors import SettingsError, TransferError
from fleet.selection import Wanted, select
from fleet.tenants.folder import Tenant
from rehearsal.files import PairFiles, read_pair
from rehearsal.pair_images import read_images
from rehearsal.records import Outcome, PairRow, Step, StepRow, failed
from transfer.errors import CommandFailedError, WrongUseError
from transfer.stack_file import program_directory


@dataclass(frozen=True)
class Chosen:
    """The pairs that are meant."""

    pairs: tuple[PairFiles, ...]
    refused: tuple[PairRow, ...] = ()
    """Those whose files cannot be rehearsed."""


@dataclass
class Readings:
    """What could be read of several pairs, and why the others could not."""

    pairs: list[PairFiles] = field(default_factory=list)
    errors: dict[str, TransferError] = field(default_factory=dict)

    def read(self, name: str, read: Callable[[], PairFiles]) -> None:
        """Read one pair, and keep how that went."""
        try:
            self.pairs.append(read())
        except TransferError as error:
            self.errors[name] = error

    def require_one(self) -> None:
        """Refuse pairs of which none could be read.

        Raises:
            TransferError: each reason; wrong use where one of them is.
        """
        if self.pairs or not self.errors:
            return
        if len(self.errors) == 1:
            raise next(iter(self.errors.values()))
        text = "\n".join(f"{name}: {error}" for name, error in self.errors.items())
        is_wrong_use = any(
            isinstance(error, SettingsError | WrongUseError) for error in self.errors.values()
        )
        raise WrongUseError(text) if is_wrong_use else CommandFailedError(text)


def chosen_pairs(
    directory: Path, names: Sequence[str], source: str, target: str, *, is_all: bool
) -> Chosen:
    """Read the pairs of stacks that are meant: of tenants by name, of all, or of a directory.

    Nothing is started for it; of several pairs those are left out whose files are wrong.

    Raises:
        SettingsError: a tenant does not exist, or values are wrong.
        WrongUseError: two ways are given, or a file is not there.
        CommandFailedError: a lock does not fit its list.
    """
    if not (names or is_all):
        return Chosen((_read("", directory, source, target),))
    tenants = select(program_directory(directory), Wanted(names, is_all), None)
    readings = Readings()
    for tenant in tenants:
        readings.read(tenant.name, partial(_read, tenant.name, tenant.folder))
    readings.require_one()
    errors = readings.errors
    refused = (_refused(tenant, errors[tenant.name]) for tenant in tenants if tenant.name in errors)
    return Chosen(tuple(readings.pairs), tuple(refused))


def _read(name: str, directory: Path, source: str = "source", target: str = "target") -> PairFiles:
    pair = read_pair(name, directory, source, target)
    read_images(pair)
    return pair


def _refused(tenant: Tenant, error: TransferError) -> PairRow:
    others = (Step.TRANSFER, Step.REPEAT, Step.ROTATION, Step.DESTROY)
    return PairRow(
        name=tenant.name,
        source=tenant.stack("source"),
        target=tenant.stack("target"),
        steps=(
            failed(Step.STAGE, error),
            *(StepRow(step=step, outcome=Outcome.NOT_REACHED) for step in others),
        ),
    )
