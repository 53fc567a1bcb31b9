"""What the command asks Azure for: a short-lived SAS, and the pipeline runs."""

from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from azure.core.exceptions import AzureError
from pydantic import SecretStr

from components.model.contract import ContainerPart
from transfer.azure.cloud_access import Access
from transfer.azure.delegation import blob_endpoint, delegated_sas, key_refused
from transfer.azure.resource_ids import parse_resource_id
from transfer.clock import Clock
from transfer.run_states import RunState

if TYPE_CHECKING:
    from azure.mgmt.containerregistry.models import PipelineRun

# Room for clocks that differ, and long enough for hundreds of GB between clouds.
_SAS_STARTS_BEFORE = timedelta(minutes=15)
_SAS_VALID = timedelta(hours=1)


class Cloud(Protocol):
    """What the command needs of a side's cloud."""

    def container_sas(self, container: ContainerPart, permissions: str) -> SecretStr:
        """Mint a SAS on one container, https only, valid for an hour from a quarter ago."""
        ...

    def pipeline_runs(self, registry_id: str) -> list[RunState]:
        """List every pipeline run of a registry with its state."""
        ...

    def registry_token(self) -> SecretStr:
        """Sign in, for the exchange against a registry's own token."""
        ...


class AzureCloud:
    """An Azure cloud behind Microsoft's own clients."""

    def __init__(self, access: Access, clock: Clock) -> None:
        self._access = access
        self._clock = clock

    def container_sas(self, container: ContainerPart, permissions: str) -> SecretStr:
        """Mint a SAS on one container, https only, valid for an hour from a quarter ago."""
        account = parse_resource_id(container.account_id)
        now = self._clock.now().replace(microsecond=0)
        start, expiry = now - _SAS_STARTS_BEFORE, now + _SAS_VALID
        if not container.allows_shared_keys:
            return self._delegated_sas(container, permissions, start, expiry)
        from azure.mgmt.storage.models import ServiceSasParameters

        parameters = ServiceSasParameters(
            canonicalized_resource=f"/blob/{account.name}/{container.container}",
            resource="c",
            permissions=permissions,
            protocols="https",
            shared_access_start_time=start,
            shared_access_expiry_time=expiry,
            key_to_sign="key1",
        )
        client = self._access.clients.storage(account.subscription)
        what = f"a SAS on container {container.container!r} of storage account {account.name!r}"
        try:
            answer = client.storage_accounts.list_service_sas(
                account.resource_group, account.name, parameters
            )
        except AzureError as error:
            raise self._access.refused(what, error) from error
        return SecretStr((answer.service_sas_token or "").removeprefix("?"))

    def pipeline_runs(self, registry_id: str) -> list[RunState]:
        """List every pipeline run of a registry with its state."""
        registry = parse_resource_id(registry_id)
        client = self._access.clients.registries(registry.subscription)
        try:
            runs = client.pipeline_runs.list(registry.resource_group, registry.name)
            return [_run_state(run) for run in runs]
        except AzureError as error:
            what = f"the pipeline runs of registry {registry.name!r}"
            raise self._access.refused(what, error) from error

    def registry_token(self) -> SecretStr:
        """Sign in, for the exchange against a registry's own token."""
        try:
            scope = self._access.endpoints.registry_scope
            return SecretStr(self._access.credential.get_token(scope).token)
        except AzureError as error:
            raise self._access.refused("a token for the registry", error) from error

    def _delegated_sas(
        self, container: ContainerPart, permissions: str, start: datetime, expiry: datetime
    ) -> SecretStr:
        try:
            return delegated_sas(
                container,
                permissions,
                self._access.credential,
                self._access.endpoints,
                start=start,
                expiry=expiry,
            )
        except AzureError as error:
            what = f"a user delegation key of storage account {container.account_name!r}"
            said = key_refused(what, error, container, permissions)
            raise said or self._access.refused(what, error, blob_endpoint(container)) from error


def _run_state(run: "PipelineRun") -> RunState:
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
