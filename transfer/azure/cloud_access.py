"""A side's way into its cloud: where the cloud is, and a credential that it accepts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from threading import Lock
from typing import cast

import httpx
from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
)

from components.model.diagnosis import explain
from components.model.names import Side
from transfer.azure.clients import Clients
from transfer.azure.endpoints import Endpoints, find_endpoints, trusted_authorities
from transfer.azure.sign_in import NAMES, SignIn, find_sign_in
from transfer.errors import CommandFailedError
from transfer.redaction import redact
from transfer.stacks import Stack

_TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Access:
    """Where a side's cloud is, who signs in there, and how errors speak of it."""

    endpoints: Endpoints
    credential: TokenCredential
    clients: Clients
    whose: str
    advice: str = ""

    def refused(self, what: str, error: AzureError, where: str = "") -> CommandFailedError:
        """Say in sentences that Azure did not give something, and what to type next.

        Args:
            where: Address that was asked; Resource Manager's when empty.
        """
        text = service_text(error)
        if isinstance(error, ServiceRequestError):
            return CommandFailedError(
                f"{self.whose}: Azure cannot be reached for {what}: {text}\n"
                "The network, a proxy or SSL_CERT_FILE may be in the way.",
                f"curl -sS {where or self.endpoints.resource_manager}",
            )
        diagnosis = explain(text)
        is_sign_in = isinstance(error, ClientAuthenticationError)
        return CommandFailedError(
            f"{self.whose}: Azure refuses {what}: {text}\n{diagnosis.meaning}",
            (self.advice if is_sign_in else "") or diagnosis.fix,
        )


class SignIns:
    """Opens the way into the cloud of each side; sides that sign in alike share it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._open: dict[SignIn, Access] = {}
        # Both registries are read at a time, and may be the first to ask.
        self._lock = Lock()

    def access(self, side: Side, stack: Stack) -> Access:
        """Give a side's access; signing in happens at its first use.

        Raises:
            SettingsError: the stack says in a wrong way how to sign in.
            CommandFailedError: a custom cloud does not tell where it is.
        """
        given = stack.provider_config(NAMES)
        sign_in = find_sign_in(side, stack.name, given, self._environment)
        with self._lock:
            if sign_in not in self._open:
                self._open[sign_in] = open_access(sign_in, self._environment)
            shared = self._open[sign_in]
        return replace(shared, whose=sign_in.whose, advice=sign_in.advice)


def open_access(sign_in: SignIn, environment: Mapping[str, str]) -> Access:
    """Find the cloud of a sign-in and a credential for it."""
    endpoints = find_endpoints(sign_in, environment)
    credential = find_credential(endpoints, sign_in)
    clients = Clients(endpoints, credential)
    return Access(endpoints, credential, clients, sign_in.whose, sign_in.advice)


def environment_access(environment: Mapping[str, str]) -> Access:
    """Open the way that the environment alone names, for what has no stack."""
    return open_access(find_sign_in("source", "source", {}, environment), environment)


def resource_manager(access: Access, environment: Mapping[str, str]) -> httpx.Client:
    """Give a client of Resource Manager itself, signed in; close it after use.

    Raises:
        AzureError: nobody can be signed in.
    """
    token = access.credential.get_token(access.endpoints.arm_scope).token
    return httpx.Client(
        base_url=access.endpoints.resource_manager,
        headers={"Authorization": f"Bearer {token}"},
        verify=trusted_authorities(environment),
        timeout=_TIMEOUT_SECONDS,
    )


def import_sign_in() -> None:
    """Import what credentials are made of, before one is asked for."""
    import_module("azure.identity")


def find_credential(endpoints: Endpoints, sign_in: SignIn) -> TokenCredential:
    """Give the application of a sign-in, else whatever azure-identity finds for its tenant."""
    # A third of a second to import: a docker login needs none of it.
    from azure.identity import ClientSecretCredential, DefaultAzureCredential

    secret = sign_in.secret.get_secret_value()
    # A custom cloud is not among the authorities that instance discovery knows.
    if secret:
        return ClientSecretCredential(
            sign_in.tenant,
            sign_in.client,
            secret,
            authority=endpoints.authority,
            disable_instance_discovery=endpoints.is_custom,
        )
    found = cast(
        TokenCredential,
        DefaultAzureCredential(
            authority=endpoints.authority,
            disable_instance_discovery=endpoints.is_custom,
            additionally_allowed_tenants=[sign_in.tenant] if sign_in.tenant else [],
        ),
    )
    return _InTenant(found, sign_in.tenant) if sign_in.tenant else found


def service_text(error: AzureError) -> str:
    """Give Azure's own code and message, without secrets."""
    if isinstance(error, HttpResponseError) and error.error is not None:
        return redact(f"{error.error.code}: {error.error.message}")
    return redact(str(error).strip())


class _InTenant:
    """Asks a credential for tokens of one tenant: az alone would give those of its active one."""

    def __init__(self, credential: TokenCredential, tenant: str) -> None:
        self._credential = credential
        self._tenant = tenant

    def get_token(self, *scopes: str, claims: str | None = None, **_options: object) -> AccessToken:
        return self._credential.get_token(*scopes, claims=claims, tenant_id=self._tenant)
