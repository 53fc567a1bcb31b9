"""The stacks of the project that all tenants have in common, by one start of the engine."""

from datetime import datetime
from pathlib import Path

import pydantic

from transfer.engine import Engine


class ListedStack(pydantic.BaseModel):
    """What the backend tells of a stack without reading its state."""

    name: str
    updated: datetime | None = pydantic.Field(default=None, alias="lastUpdate")
    resources: int = pydantic.Field(default=0, alias="resourceCount")
    is_changing: bool = pydantic.Field(default=False, alias="updateInProgress")


_STACKS = pydantic.TypeAdapter(list[ListedStack])


def list_stacks(engine: Engine, root: Path) -> dict[str, ListedStack]:
    """List the stacks by their short names; a backend may write an organization before them.

    Raises:
        EngineError: the engine cannot list them.
    """
    listed = _STACKS.validate_json(engine.run(["stack", "ls", "--json"], root) or "[]")
    return {stack.name.rpartition("/")[2]: stack for stack in listed}
