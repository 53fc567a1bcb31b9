"""What is wrong with inputs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Failure:
    """One thing that is wrong in the inputs, by its path."""

    path: str
    reason: str
