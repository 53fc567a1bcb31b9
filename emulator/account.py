"""Who may call: the application of the default tenant, and those of tenants made beside it."""

import hmac
import json
import re
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from emulator.arm.base import Caller
from emulator.errors import AzureError, EmulatorError
from emulator.private_files import write_private
from emulator.values import text

FIRST_CLOUD = "first"
SECOND_CLOUD = "second"
CLOUDS = (FIRST_CLOUD, SECOND_CLOUD)
_TENANT_NAME = r"[a-z0-9-]{1,40}"


@dataclass(frozen=True)
class Application:
    """A tenant's application, and the subscription that it works in."""

    cloud: str
    subscription_id: str
    tenant_id: str
    client_id: str
    client_secret: str = field(repr=False)

    @property
    def caller(self) -> Caller:
        """Give the application as a caller of Resource Manager."""
        return Caller(self.subscription_id, self.tenant_id, self.client_id)


@dataclass(frozen=True)
class Account:
    """What a cloud knows of its callers; new tenants are seen while it runs."""

    directory: Path
    default: Application
    token_key: str = field(repr=False)
    passphrase: str = field(repr=False)

    def require_application(
        self, cloud: str, tenant_id: str, client_id: str, client_secret: str
    ) -> None:
        """Refuse, in the words of Azure's sign-in, what is no application of a cloud's tenant."""
        found = [
            one
            for one in self.applications()
            if (one.cloud, one.tenant_id) == (cloud, tenant_id.lower())
        ]
        if not found:
            raise AzureError(
                400,
                "invalid_request",
                f"AADSTS90002: Tenant '{tenant_id}' not found. Check to make sure you have the "
                "correct tenant ID and are signing into the correct cloud. Check with your "
                "subscription administrator, this may happen if there are no active subscriptions "
                "for the tenant.",
            )
        if found[0].client_id != client_id.lower():
            raise AzureError(
                400,
                "unauthorized_client",
                f"AADSTS700016: Application with identifier '{client_id}' was not found in the "
                f"directory '{tenant_id}'. This can happen if the application has not been "
                "installed by the administrator of the tenant or consented to by any user in the "
                "tenant. You may have sent your authentication request to the wrong tenant.",
            )
        if not hmac.compare_digest(client_secret.encode(), found[0].client_secret.encode()):
            raise AzureError(
                401,
                "invalid_client",
                "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in "
                "the request is the client secret value, not the client secret ID, for a secret "
                f"added to app '{client_id}'.",
            )

    def tenant_of_application(self, client_id: str, client_secret: str) -> str | None:
        """Give the tenant of an application by its ID and secret; None without such a one."""
        for one in self.applications():
            is_secret = hmac.compare_digest(client_secret.encode(), one.client_secret.encode())
            if one.client_id == client_id.lower() and is_secret:
                return one.tenant_id
        return None

    def applications(self) -> list[Application]:
        """Give the applications of all tenants."""
        files = sorted(_tenants(self.directory).glob("*.json"))
        return [self.default, *(_application(_read(file)) for file in files)]


def load(directory: Path) -> Account:
    """Read the account of a cloud, or make it."""
    file = directory / "account.json"
    if not file.exists():
        secret = {"token_key": secrets.token_hex(32), "passphrase": secrets.token_urlsafe(24)}
        _write(file, asdict(_new_application(FIRST_CLOUD, Ids())) | secret)
    document = _read(file)
    return Account(
        directory,
        _application(document),
        token_key=text(document, "token_key"),
        passphrase=text(document, "passphrase"),
    )


@dataclass(frozen=True)
class Ids:
    """What a new tenant has in place of what is drawn by lot."""

    tenant: str = ""
    subscription: str = ""
    application: Application | None = None
    """One that it knows too, as one of several tenants."""


def tenant(
    directory: Path, name: str, cloud: str = FIRST_CLOUD, ids: Ids | None = None
) -> Application:
    """Read the application of a tenant that was made under this name, or make both."""
    if not re.fullmatch(_TENANT_NAME, name):
        raise EmulatorError(
            f"Tenant '{name}' is not valid: lower-case letters, digits and hyphens, at most 40. "
            "Run 'python -m emulator tenant second'."
        )
    file = _tenants(directory) / f"{name}.json"
    if not file.exists():
        _write(file, asdict(_new_application(cloud, ids or Ids())))
    found = _application(_read(file))
    if found.cloud != cloud:
        raise EmulatorError(
            f"Tenant '{name}' lives in the {found.cloud} cloud: a tenant cannot move to another. "
            f"Run 'python -m emulator tenant {name}-{cloud} --cloud {cloud}'."
        )
    return found


def _tenants(directory: Path) -> Path:
    return directory / "tenants"


def _new_application(cloud: str, ids: Ids) -> Application:
    return Application(
        cloud=cloud,
        subscription_id=ids.subscription or str(uuid.uuid4()),
        tenant_id=ids.tenant.lower() or str(uuid.uuid4()),
        client_id=ids.application.client_id if ids.application else str(uuid.uuid4()),
        client_secret=(
            # No hyphen in front: a client such as `az login` would take it for an option.
            ids.application.client_secret if ids.application else secrets.token_hex(24)
        ),
    )


def _application(document: Mapping[str, object]) -> Application:
    return Application(
        cloud=text(document, "cloud", default=FIRST_CLOUD),
        subscription_id=text(document, "subscription_id"),
        tenant_id=text(document, "tenant_id"),
        client_id=text(document, "client_id"),
        client_secret=text(document, "client_secret"),
    )


def _read(file: Path) -> Mapping[str, object]:
    document: Mapping[str, object] = json.loads(file.read_text(encoding="utf-8"))
    return document


def _write(file: Path, document: Mapping[str, str]) -> None:
    write_private(file, json.dumps(document).encode())
