"""The record of a look at lock and list."""

import pydantic

from transfer.reports import Report


class LockCheck(Report):
    """Whether a lock fits its list, as far as the two files tell."""

    file: str = pydantic.Field(description="The lock, as the configuration names it.")
    artifacts: int = pydantic.Field(description="How many artifacts it holds.")
    differences: tuple[str, ...] = pydantic.Field(
        description="What does not fit, in words; nothing where the lock fits its list."
    )
