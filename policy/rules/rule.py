"""What a rule is: a check of plain properties, and what is told of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Level = Literal["mandatory", "advisory"]
# A fault is half a sentence, without a full stop: "minimumTlsVersion is 'TLS1_0'".
Check = Callable[["Resource"], Iterable[str]]
StackCheck = Callable[[Sequence["Resource"]], Iterable[tuple["Resource", str]]]

UNKNOWN = object()
"""Stands for a value that a preview does not know yet, and for a secret that cannot be read."""


class NotKnownError(Exception):
    """A rule asks for a value that is not known: it is asked again when the value is."""


@dataclass(frozen=True)
class Resource:
    """A resource as a rule sees it: its inputs, or in a rule for stacks its outputs."""

    type: str
    name: str
    properties: Mapping[str, object]
    urn: str = ""
    is_protected: bool = False
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The type without its package and API version, such as `keyvault:Vault`."""
        package, _, rest = self.type.partition(":")
        module, _, name = rest.partition(":")
        if package != "azure-native":
            return self.type
        return f"{module.partition('/')[0]}:{name}"

    def read(self, path: str) -> object:
        """Give the property at a path such as `policy.permissions`; None where there is none.

        Raises:
            NotKnownError: it is not known, or not all of a list.
        """
        value: object = self.properties
        for key in path.split("."):
            if not isinstance(value, Mapping):
                return None
            value = value.get(key)
            if value is UNKNOWN or (isinstance(value, list) and UNKNOWN in value):
                raise NotKnownError(path)
        return value


@dataclass(frozen=True)
class Rule:
    """A rule with its documentation; a check is of single resources, or of a whole stack."""

    name: str
    demand: str
    reason: str
    fix: str
    level: Level = "mandatory"
    kinds: tuple[str, ...] = ()
    """The kinds of resources that it is about; none: of all of them."""
    ids: tuple[str, ...] = ()
    """The same demand among the rules of scanners, as docs/security.md names them."""
    check: Check | None = None
    check_stack: StackCheck | None = None
    settings: Mapping[str, int] = field(default_factory=dict)
    """Numbers that the configuration of the pack may change, with their defaults."""

    def faults(self, resource: Resource) -> Iterator[str]:
        """Say what is wrong with a resource, up to the first thing that is not known."""
        if self.check is None or (self.kinds and resource.kind not in self.kinds):
            return
        try:
            for fault in self.check(resource):
                yield f"{fault}. {self.fix}"
        except NotKnownError:
            return

    def faults_of_stack(self, resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
        """Say what is wrong with resources of a stack, up to the first thing that is not known."""
        if self.check_stack is None:
            return
        try:
            for resource, fault in self.check_stack(resources):
                yield resource, f"{fault}. {self.fix}"
        except NotKnownError:
            return


def must_be(path: str, *, wanted: object) -> Check:
    """Give a check that requires one value of a property."""

    def check(resource: Resource) -> Iterator[str]:
        value = resource.read(path)
        if value != wanted:
            yield f"{path} is {shown(value)}"

    return check


def all_of(*checks: Check) -> Check:
    """Give a check that makes several of them, one after the other."""

    def check(resource: Resource) -> Iterator[str]:
        for one in checks:
            yield from one(resource)

    return check


def shown(value: object) -> str:
    """Write a value for a person; it is none of a secret."""
    return "not set" if value is None else repr(value)
