"""Which roles principals hold at a scope."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from emulator.resource_types import ASSIGNMENT_TYPE
from emulator.state import State
from emulator.values import same, text


def has_role(
    state: State,
    scope: str,
    principals: Sequence[str],
    roles: Iterable[str],
    *,
    delay_seconds: float = 0,
) -> bool:
    """Tell whether a principal has a role here or above; grants younger than the delay are none."""
    for assignment in state.list(ASSIGNMENT_TYPE):
        properties = assignment.properties
        granted = text(properties, "scope").lower().rstrip("/")
        if (
            any(same(text(properties, "principalId"), principal) for principal in principals)
            and text(properties, "roleDefinitionId").lower().endswith(tuple(roles))
            and f"{scope.lower()}/".startswith(f"{granted}/")
            and _age_seconds(text(properties, "createdOn")) >= delay_seconds
        ):
            return True
    return False


def _age_seconds(created: str) -> float:
    if not created:
        return float("inf")
    return (datetime.now(UTC) - datetime.fromisoformat(created)).total_seconds()
