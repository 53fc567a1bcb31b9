"""The longest chain of resources in the state of a stack: what no engine can be faster than."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import cast

from benchmarks.stacks import Resource


@dataclass(frozen=True)
class Chain:
    """Resources that wait for each other, the first one first, and the time that they take."""

    names: tuple[str, ...] = ()
    seconds: float = 0


def longest_chain(resources: Sequence[Resource], seconds_by_type: Mapping[str, float]) -> Chain:
    """Find the chain of dependencies that takes longest.

    A parent is not waited for, and a component takes no time of its own.
    """
    by_urn = {str(resource["urn"]): resource for resource in resources}

    @cache
    def ending_in(urn: str) -> Chain:
        resource = by_urn[urn]
        before = max(
            (ending_in(other) for other in _dependencies(resource) if other in by_urn),
            key=lambda chain: chain.seconds,
            default=Chain(),
        )
        own = seconds_by_type.get(str(resource["type"]), 0)
        name = urn.rsplit("::", 1)[-1]
        return Chain((*before.names, name) if own else before.names, before.seconds + own)

    return max((ending_in(urn) for urn in by_urn), key=lambda chain: chain.seconds, default=Chain())


def total_seconds(resources: Sequence[Resource], seconds_by_type: Mapping[str, float]) -> float:
    """Give the time that all resources take when none overlaps another."""
    return sum(seconds_by_type.get(str(resource["type"]), 0) for resource in resources)


def _dependencies(resource: Resource) -> list[str]:
    """Give what a resource waits for, in its state, by inputs and by resource options."""
    direct = cast("list[str]", resource.get("dependencies") or [])
    by_property = cast("dict[str, list[str]]", resource.get("propertyDependencies") or {})
    return [*direct, *(urn for urns in by_property.values() for urn in urns or [])]
