"""When a tenant's transfer was last verified: kept with its target stack, for every machine."""

import json
from collections.abc import Mapping
from datetime import datetime

import pydantic

from fleet.tenants.folder import Tenant
from transfer.engine import Engine

TAG = "acr-transfer-verified"
_TIME = pydantic.TypeAdapter[datetime](pydantic.AwareDatetime)


def remember_verified(engine: Engine, tenant: Tenant, now: datetime) -> None:
    """Note that all of a tenant's artifacts have arrived.

    Raises:
        EngineError: the backend keeps no tags, or does not let them be written.
    """
    words = ["stack", "tag", "set", TAG, now.isoformat(timespec="seconds")]
    engine.run([*words, "--stack", tenant.stack("target")], tenant.folder)


def last_verified(engine: Engine, tenant: Tenant) -> datetime | None:
    """Give the time of a tenant's last verified transfer; None where none is known.

    Raises:
        EngineError: the stack cannot be read.
    """
    words = ["stack", "tag", "ls", "--json", "--stack", tenant.stack("target")]
    tags = json.loads(engine.run(words, tenant.folder) or "{}")
    try:
        return _TIME.validate_python(tags.get(TAG)) if isinstance(tags, Mapping) else None
    except pydantic.ValidationError:
        return None
