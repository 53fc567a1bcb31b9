"""Who the default caller is: ids and a client secret, made once for each cloud."""

import json
import os
import secrets
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path

from emulator.arm.base import Caller
from emulator.values import text


@dataclass(frozen=True)
class Account:
    """The subscription, tenant and application that `python -m emulator env` prints."""

    subscription_id: str
    tenant_id: str
    client_id: str
    client_secret: str = field(repr=False)
    token_key: str = field(repr=False)
    passphrase: str = field(repr=False)

    @property
    def caller(self) -> Caller:
        """Give the account as a caller of Resource Manager."""
        return Caller(self.subscription_id, self.tenant_id, self.client_id)


def load(directory: Path) -> Account:
    """Read the account of a cloud, or make it."""
    file = directory / "account.json"
    if not file.exists():
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(asdict(_new()), stream)
    document = json.loads(file.read_text(encoding="utf-8"))
    return Account(
        subscription_id=text(document, "subscription_id"),
        tenant_id=text(document, "tenant_id"),
        client_id=text(document, "client_id"),
        client_secret=text(document, "client_secret"),
        token_key=text(document, "token_key"),
        passphrase=text(document, "passphrase"),
    )


def _new() -> Account:
    return Account(
        subscription_id=str(uuid.uuid4()),
        tenant_id=str(uuid.uuid4()),
        client_id=str(uuid.uuid4()),
        client_secret=secrets.token_urlsafe(24),
        token_key=secrets.token_hex(32),
        passphrase=secrets.token_urlsafe(24),
    )
