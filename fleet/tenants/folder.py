"""A tenant's folder: a small Pulumi project of the program at the root, with a pair of stacks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from components.model.errors import Problem, SettingsError
from components.model.names import MAX_PREFIX_LENGTH, SIDES, Side
from components.model.wrong_values import nearest_of
from transfer.stack_file import read_entries

FOLDER = "tenants"
SHARED_FILE = "tenants.yaml"
MAX_NAME_LENGTH = 40
_NAME = re.compile(r"[a-z](?:-?[a-z0-9]+)*")
_PREFIX_KEY = "acr-transfer:prefix"


@dataclass(frozen=True)
class Tenant:
    """A tenant of a checkout."""

    root: Path
    """Directory of the program."""
    name: str

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return self.root / FOLDER / self.name

    def stack(self, side: Side) -> str:
        """Name the stack of a side."""
        return f"{self.name}-{side}"

    def stack_file(self, side: Side) -> Path:
        """Give the place of a side's configuration."""
        return self.folder / f"Pulumi.{self.stack(side)}.yaml"

    def prefixes(self) -> Iterator[str]:
        """Give the prefixes that its sides write down."""
        for side in SIDES:
            if self.stack_file(side).is_file():
                yield str(read_entries(self.stack_file(side)).get(_PREFIX_KEY, {}).get("value", ""))


def tenants_of(root: Path) -> list[Tenant]:
    """List the tenants of a checkout by name: each folder with a Pulumi.yaml is one."""
    files = sorted((root / FOLDER).glob("*/Pulumi.yaml"))
    return [Tenant(root, file.parent.name) for file in files]


def existing_tenant(root: Path, name: str) -> Tenant:
    """Give a tenant by its name.

    Raises:
        SettingsError: there is none of that name; it asks for the nearest.
    """
    names = [tenant.name for tenant in tenants_of(root)]
    if name not in names:
        fix = f"{nearest_of(name, names)}The tenants are: {', '.join(names) or 'none yet'}."
        raise SettingsError([Problem("tenant", name, "there is no such tenant", fix)])
    return Tenant(root, name)


def require_free_name(tenant: Tenant) -> None:
    """Refuse a name that breaks the rule, or that is taken.

    Raises:
        SettingsError: with the rule and what to write.
    """
    name = tenant.name
    rule = ""
    if _NAME.fullmatch(name) is None or len(name) > MAX_NAME_LENGTH:
        rule = (
            f"the name of a tenant has up to {MAX_NAME_LENGTH} lower-case letters, digits and "
            "single hyphens, and begins with a letter"
        )
    elif tenant.folder.exists():
        rule = f"{FOLDER}/{name} is there already"
    if rule:
        raise SettingsError([Problem("tenant", name, rule, "Choose another name.")])


def free_prefix(tenant: Tenant) -> str:
    """Derive a prefix of the tenant's name that no other tenant has written down."""
    taken = {prefix for other in tenants_of(tenant.root) for prefix in other.prefixes()}
    letters = tenant.name.replace("-", "")
    wanted = letters[:MAX_PREFIX_LENGTH].ljust(2, "x")
    number = 1
    prefix = wanted
    while prefix in taken:
        number += 1
        prefix = f"{letters[: MAX_PREFIX_LENGTH - len(str(number))]}{number}"
    return prefix
