"""Limits of names and numbers that azure-native knows from the API, and checks in a preview."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from emulator.providers.failure import Failure
from emulator.providers.token_table import ACCESS_POLICY
from emulator.providers.wire import bare
from emulator.values import find


@dataclass(frozen=True)
class _Text:
    minimum: int = 0
    maximum: int = 0
    pattern: str = ""

    def reasons(self, path: str, value: object) -> list[str]:
        """Say what is wrong with a text."""
        if not isinstance(value, str):
            return []
        length = len(value.encode())
        found = []
        if length < self.minimum:
            found.append(
                f"'{path}' is too short ({length}): at least {self.minimum} characters required"
            )
        if self.maximum and length > self.maximum:
            found.append(
                f"'{path}' is too long ({length}): at most {self.maximum} characters allowed"
            )
        if self.pattern and not re.search(self.pattern, value):
            found.append(f"'{path}' does not match expression '{self.pattern}'")
        return found


@dataclass(frozen=True)
class _Number:
    minimum: int
    maximum: int

    def reasons(self, path: str, value: object) -> list[str]:
        """Say what is wrong with a number."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return []
        if value < self.minimum:
            return [f"'{path}' is too low ({value:f} < {self.minimum:f})"]
        if value > self.maximum:
            return [f"'{path}' is too high ({value:f} > {self.maximum:f})"]
        return []


# From Azure's REST specifications; an input of one name has the same limits in every type.
_REGISTRY_PART = _Text(5, 50, "^[a-zA-Z0-9]*$")
_DAYS = _Number(1, 365)
_LIMITS: dict[str, _Text | _Number] = {
    "resourceGroupName": _Text(1, 90),
    "accountName": _Text(3, 24, "^[a-z0-9]+$"),
    "containerName": _Text(3, 63),
    "vaultName": _Text(pattern="^[a-zA-Z0-9-]{3,24}$"),
    "secretName": _Text(pattern="^[a-zA-Z0-9-]{1,127}$"),
    "registryName": _REGISTRY_PART,
    "exportPipelineName": _REGISTRY_PART,
    "importPipelineName": _REGISTRY_PART,
    "pipelineRunName": _REGISTRY_PART,
    "workspaceName": _Text(4, 63, "^[A-Za-z0-9][A-Za-z0-9-]+[A-Za-z0-9]$"),
    "deleteRetentionPolicy.days": _DAYS,
    "containerDeleteRetentionPolicy.days": _DAYS,
}


def check(token: str, inputs: Mapping[str, object]) -> list[Failure]:
    """Give the inputs outside their limits; a type of azure-native's own has none."""
    if token == ACCESS_POLICY:
        return []
    plain = bare(dict(inputs))
    return [
        Failure(path, reason)
        for path, limit in _LIMITS.items()
        for reason in limit.reasons(path, find(plain, *path.split(".")))
    ]
