"""Ends a tenant: its stacks, then its folder; the registries and the lock stay."""

import shutil
from pathlib import Path

from components.model.errors import TransferError
from components.model.names import SIDES
from fleet.command import Fleet
from fleet.records import Reason, Result
from fleet.tasks import Verb, plan
from fleet.tenants.folder import Tenant
from transfer.engine import EngineError, NoSuchStackError
from transfer.errors import CommandFailedError, StoppedError
from transfer.lock.place import find_place_by_files
from transfer.redaction import redact

_LOCK_FILE = "images.lock"


def remove_tenant(fleet: Fleet, tenant: Tenant) -> Path | None:
    """Destroy the target of a tenant, then its source, and remove the stacks and the folder.

    It can be repeated: what is gone already is passed over. The folder goes last, as the stacks
    cannot be read without it.

    Returns:
        The lock, which stays, where there is one.

    Raises:
        CommandFailedError: something cannot be destroyed, or somebody asked to stop; the folder
            is there.
        OSError: a file cannot be removed.
    """
    report = fleet.work(Verb.DESTROY, plan(Verb.DESTROY, [tenant]), 1)
    if report.bad:
        row = report.bad[0]
        is_stopped = row.result is Result.STOPPED or row.reason is Reason.STOPPED
        kind = StoppedError if is_stopped else CommandFailedError
        raise kind(f"{tenant.name} is not removed: stack {row.stack!r} is left.\n{row.cause}")
    for side in reversed(SIDES):
        _remove_stack(fleet, tenant, tenant.stack(side))
    return _remove_files(tenant, _lock(fleet, tenant))


def _remove_stack(fleet: Fleet, tenant: Tenant, stack: str) -> None:
    # With its file, as without its salt a stack that stays could not be read any more.
    words = ["stack", "rm", "--yes", "--preserve-config", "--stack", stack]
    try:
        fleet.machine.engine.run(words, tenant.folder)
    except NoSuchStackError:
        return
    except EngineError as error:
        raise CommandFailedError(f"{tenant.name} is not removed:\n{redact(str(error))}") from error
    fleet.console.line(f"{stack} removed")


def _lock(fleet: Fleet, tenant: Tenant) -> Path:
    try:
        place = find_place_by_files("source", tenant.folder, fleet.machine.environment)
        return tenant.folder / place.file
    except TransferError:
        # A file that is wrong, or gone already, keeps no tenant from its end.
        return tenant.folder / _LOCK_FILE


def _remove_files(tenant: Tenant, lock: Path) -> Path | None:
    """Remove a folder but for its lock; its Pulumi.yaml, by which it is a tenant, goes last."""
    project = tenant.folder / "Pulumi.yaml"
    if not lock.resolve().is_relative_to(tenant.folder.resolve()) or not lock.is_file():
        shutil.rmtree(tenant.folder)
        return None
    for item in sorted(tenant.folder.rglob("*"), reverse=True):
        if item.is_dir() and not item.is_symlink():
            if not any(item.iterdir()):
                item.rmdir()
        elif item not in (lock, project):
            item.unlink()
    project.unlink()
    return lock
