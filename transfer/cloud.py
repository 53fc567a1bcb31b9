"""What the command asks Azure for: a short-lived SAS, and the pipeline runs."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError
from azure.mgmt.containerregistry import ContainerRegistryManagementClient
from azure.mgmt.containerregistry.models import PipelineRun
from azure.mgmt.storage import StorageManagementClient
from azure.mgmt.storage.models import ServiceSasParameters
from pydantic import SecretStr

from components.contract import ContainerPart
from components.diagnosis import explain
from transfer.clock import Clock
from transfer.delegation import blob_endpoint, delegated_sas, key_refused
from transfer.endpoints import Endpoints, find_credential, find_endpoints
from transfer.errors import CommandFailedError
from transfer.redaction import redact
from transfer.resource_ids import parse_resource_id
from transfer.runs import RunState

# Room for clocks that differ, and long enough for hundreds of GB between clouds.
_SAS_STARTS_BEFORE = timedelta(minutes=15)
_SAS_VALID = timedelta(hours=1)
_RETRIES = 3


class Cloud(Protocol):
    """What the command needs of an Azure cloud."""

    def container_sas(self, container: ContainerPart, permissions: str) -> SecretStr:
        """Mint a SAS on one container, https only, valid for an hour from a quarter ago."""
        ...

    def pipeline_runs(self, registry_id: str) -> list[RunState]:
        """List every pipeline run of a registry with its state."""
        ...

    def registry_token(self) -> SecretStr:
        """Sign in, for the exchange against a registry's own token."""
        ...


def connect(environment: Mapping[str, str]) -> Cloud:
    """Find the cloud and a credential for it; signing in happens at the first call."""
    endpoints = find_endpoints(environment)
    return AzureCloud(endpoints, find_credential(endpoints, environment), Clock())


class AzureCloud:
    """An Azure cloud behind Microsoft's own clients."""

    def __init__(self, endpoints: Endpoints, credential: TokenCredential, clock: Clock) -> None:
        self._endpoints = endpoints
        self._credential = credential
        self._clock = clock

    def container_sas(self, container: ContainerPart, permissions: str) -> SecretStr:
        """Mint a SAS on one container, https only, valid for an hour from a quarter ago."""
        account = parse_resource_id(container.account_id)
        now = self._clock.now().replace(microsecond=0)
        start, expiry = now - _SAS_STARTS_BEFORE, now + _SAS_VALID
        if not container.allows_shared_keys:
            return self._delegated_sas(container, permissions, start, expiry)
        parameters = ServiceSasParameters(
            canonicalized_resource=f"/blob/{account.name}/{container.container}",
            resource="c",
            permissions=permissions,
            protocols="https",
            shared_access_start_time=start,
            shared_access_expiry_time=expiry,
            key_to_sign="key1",
        )
        client = StorageManagementClient(
            self._credential,
            account.subscription,
            self._endpoints.resource_manager,
            credential_scopes=[self._endpoints.arm_scope],
            retry_total=_RETRIES,
        )
        what = f"a SAS on container {container.container!r} of storage account {account.name!r}"
        try:
            with client:
                answer = client.storage_accounts.list_service_sas(
                    account.resource_group, account.name, parameters
                )
        except AzureError as error:
            raise self._refused(what, error) from error
        return SecretStr((answer.service_sas_token or "").removeprefix("?"))

    def pipeline_runs(self, registry_id: str) -> list[RunState]:
        """List every pipeline run of a registry with its state."""
        registry = parse_resource_id(registry_id)
        client = ContainerRegistryManagementClient(
            self._credential,
            registry.subscription,
            self._endpoints.resource_manager,
            credential_scopes=[self._endpoints.arm_scope],
            retry_total=_RETRIES,
        )
        try:
            with client:
                runs = client.pipeline_runs.list(registry.resource_group, registry.name)
                return [_run_state(run) for run in runs]
        except AzureError as error:
            what = f"the pipeline runs of registry {registry.name!r}"
            raise self._refused(what, error) from error

    def registry_token(self) -> SecretStr:
        """Sign in, for the exchange against a registry's own token."""
        try:
            return SecretStr(self._credential.get_token(self._endpoints.registry_scope).token)
        except AzureError as error:
            raise self._refused("a token for the registries", error) from error

    def _delegated_sas(
        self, container: ContainerPart, permissions: str, start: datetime, expiry: datetime
    ) -> SecretStr:
        try:
            return delegated_sas(
                container,
                permissions,
                self._credential,
                self._endpoints,
                start=start,
                expiry=expiry,
            )
        except AzureError as error:
            what = f"a user delegation key of storage account {container.account_name!r}"
            said = key_refused(what, error, container, permissions)
            raise said or refused(what, error, blob_endpoint(container)) from error

    def _refused(self, what: str, error: AzureError) -> CommandFailedError:
        return refused(what, error, self._endpoints.resource_manager)


def refused(what: str, error: AzureError, resource_manager: str) -> CommandFailedError:
    """Say in sentences that Azure did not give something, and what to type next."""
    if isinstance(error, ServiceRequestError):
        return CommandFailedError(
            f"Azure cannot be reached for {what}: {service_text(error)}\n"
            "The network, a proxy or SSL_CERT_FILE may be in the way.",
            f"curl -sS {resource_manager}",
        )
    text = service_text(error)
    diagnosis = explain(text)
    return CommandFailedError(f"Azure refuses {what}: {text}\n{diagnosis.meaning}", diagnosis.fix)


def service_text(error: AzureError) -> str:
    """Give Azure's own code and message, without secrets."""
    if isinstance(error, HttpResponseError) and error.error is not None:
        return redact(f"{error.error.code}: {error.error.message}")
    return redact(str(error).strip())


def _run_state(run: PipelineRun) -> RunState:
    properties = run.properties
    request = properties.request if properties else None
    response = properties.response if properties else None
    source = request.source if request else None
    progress = response.progress if response else None
    return RunState(
        name=run.name or "",
        pipeline_id=(request.pipeline_resource_id if request else None) or "",
        blob=(source.name if source else None) or "",
        status=(response.status if response else None) or "",
        provisioning_state=_text(properties.provisioning_state if properties else None),
        percentage=(progress.percentage if progress else None) or "",
        error=(response.pipeline_run_error_message if response else None) or "",
        artifacts=tuple((response.imported_artifacts if response else None) or ()),
        started=response.start_time if response else None,
    )


def _text(state: str | Enum | None) -> str:
    """Give a state's text; the client makes an enum only of those that it knows."""
    return str(state.value) if isinstance(state, Enum) else state or ""
