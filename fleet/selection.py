"""Which tenants a command is about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from components.model.errors import Problem, SettingsError
from components.model.names import SIDES
from fleet.records import FleetReport
from fleet.tasks import Plan
from fleet.tenants.folder import FOLDER, Tenant, existing_tenant, tenants_of
from fleet.tenants.origins import tags_of
from transfer.errors import WrongUseError
from transfer.git_files import NoCommitError, files_changed_since

# Whatever else has changed beside them changes all tenants.
_OF_THE_PROGRAM = ("__main__.py", "components", "tenants.yaml", "requirements.txt")


@dataclass(frozen=True)
class Wanted:
    """What a person asked for; exactly one of these ways."""

    names: Sequence[str] = ()
    is_all: bool = False
    changed_since: str | None = None
    is_failed: bool = False
    tag: str | None = None

    @property
    def ways(self) -> int:
        """In how many ways it is asked for."""
        given = (self.names, self.is_all, self.changed_since, self.is_failed, self.tag)
        return sum(map(bool, given))


def select(root: Path, wanted: Wanted, last: FleetReport | None) -> list[Tenant]:
    """Give the tenants that are wanted, by name.

    Args:
        last: The last report of the same verb, for those that have failed.

    Raises:
        SettingsError: a tenant does not exist; it names all of them.
        WrongUseError: none of the ways is given, or two are; or git does not know the revision.
    """
    if wanted.ways != 1:
        raise WrongUseError(
            "Name tenants, or give one of --all, --changed-since, --failed and --tag."
        )
    tenants = tenants_of(root)
    if wanted.names:
        return _named(root, wanted.names)
    if wanted.changed_since:
        return changed_since(wanted.changed_since, root).tenants
    if wanted.is_failed:
        if last is None:
            raise WrongUseError("--failed is not valid: there is no report of an earlier call.")
        bad = {row.tenant for row in last.bad}
        return [tenant for tenant in tenants if tenant.name in bad]
    if wanted.tag:
        key, found, value = wanted.tag.partition("=")
        if not found:
            raise WrongUseError(f"--tag {wanted.tag!r} is not valid: write it as owner=platform.")
        return [
            tenant
            for tenant in tenants
            if any(tags_of(tenant, side).get(key) == value for side in SIDES)
        ]
    return tenants


def select_or_all(root: Path, wanted: Wanted) -> list[Tenant]:
    """Give the tenants that are wanted; all of them where nothing is asked for.

    Raises:
        SettingsError: a tenant does not exist; it names all of them.
        WrongUseError: two ways are given; or git does not know the revision.
    """
    return select(root, wanted if wanted.ways else replace(wanted, is_all=True), None)


@dataclass(frozen=True)
class Changed:
    """How the tenants of a checkout differ from a revision of git."""

    tenants: list[Tenant]
    """Those whose files differ; all, if the program does."""
    removed: tuple[str, ...]
    """Names of those that are there no more."""


def changed_since(ref: str, root: Path) -> Changed:
    """Tell which tenants differ from a revision of git.

    Raises:
        WrongUseError: git does not know the revision.
    """
    try:
        files = files_changed_since(ref, root)
    except NoCommitError as error:
        raise WrongUseError(f"--changed-since {ref!r} is not valid: git says: {error}") from error
    tenants = tenants_of(root)
    parts = [file.split("/") for file in files]
    projects = {part[1] for part in parts if part[0] == FOLDER and part[2:] == ["Pulumi.yaml"]}
    removed = projects - {tenant.name for tenant in tenants}
    return Changed(_changed(tenants, files), tuple(sorted(removed)))


def left_behind(root: Path, ref: str | None) -> list[str]:
    """Say of which tenants the files are gone since a revision: no command reaches their stacks."""
    return [
        f"{name}: its files are gone since {ref}, and nothing is done with its stacks. If they are "
        f"still there, then where it has its files: acr-transfer tenant remove {name}"
        for name in (changed_since(ref, root).removed if ref else ())
    ]


def only_bad(plan: Plan, last: FleetReport) -> Plan:
    """Leave out of a plan what ended well the last time."""
    bad = {row.name for row in last.bad}
    tasks = tuple(task for task in plan.tasks if task.name in bad)
    before = {
        task: earlier for task, earlier in plan.before.items() if {task, earlier} <= set(tasks)
    }
    return Plan(tasks, before)


def _named(root: Path, names: Iterable[str]) -> list[Tenant]:
    problems: list[Problem] = []
    found: list[Tenant] = []
    for name in dict.fromkeys(names):
        try:
            found.append(existing_tenant(root, name))
        except SettingsError as error:
            problems.extend(error.problems)
    if problems:
        raise SettingsError(problems)
    return found


def _changed(tenants: Iterable[Tenant], files: Sequence[str]) -> list[Tenant]:
    is_program = any(file.partition("/")[0] in _OF_THE_PROGRAM for file in files)
    return [
        tenant
        for tenant in tenants
        if is_program or any(file.startswith(f"{FOLDER}/{tenant.name}/") for file in files)
    ]
