"""Reads the facts of a side from Azure; what they mean is judged elsewhere."""

from enum import Enum
from functools import partial
from typing import Protocol

from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.containerregistry.models import ExportPipeline, ImportPipeline
from azure.mgmt.storage import StorageManagementClient
from azure.mgmt.storage.models import SkuInformation

from components.model.contract import ContainerPart
from components.model.sas_terms import read_period
from transfer.azure.cloud_access import Access
from transfer.azure.resource_ids import parse_resource_id
from transfer.check.facts import (
    DeletedVault,
    Missing,
    Permission,
    PipelineFacts,
    RegistryFacts,
    Role,
    StorageFacts,
    Unread,
    VaultFacts,
)
from transfer.check.read import shapes
from transfer.check.read.arm import Arm
from transfer.check.read.roles import read_roles
from transfer.check.read.vault import list_deleted_vaults, read_given_vault, read_vault

_IDENTITIES = "2023-01-31"
_AUTHORIZATION = "2022-04-01"


class Reader(Protocol):
    """What a check reads of a side's cloud."""

    def registry(self, registry_id: str) -> RegistryFacts | Missing | Unread:
        """Read a registry."""
        ...

    def pipeline(self, pipeline_id: str) -> PipelineFacts | Missing | Unread:
        """Read an export or import pipeline with its identities."""
        ...

    def storage(self, container: ContainerPart) -> StorageFacts | Missing | Unread:
        """Read a storage account, and whether it has the container."""
        ...

    def redundancies(self, subscription: str, location: str) -> frozenset[str] | Unread:
        """List what a subscription may choose for a storage account in a location."""
        ...

    def vault(
        self, subscription: str, secret_uri: str, principals: tuple[str, ...]
    ) -> VaultFacts | DeletedVault | Missing | Unread:
        """Read the vault that a secret's address names."""
        ...

    def given_vault(self, vault_id: str) -> VaultFacts | Missing | Unread:
        """Read an existing vault, without a secret and roles in it."""
        ...

    def deleted_vaults(self, subscription: str) -> tuple[str, ...]:
        """Name the soft-deleted vaults of a subscription; none where they cannot be listed."""
        ...

    def container_roles(
        self, container: ContainerPart, principals: tuple[str, ...]
    ) -> tuple[Role, ...] | Unread:
        """List the roles that principals hold on a container and above it."""
        ...

    def permissions(self, scope: str) -> tuple[Permission, ...] | Unread:
        """List what the account that is signed in may do at a scope."""
        ...


class AzureReader:
    """An Azure cloud behind Microsoft's own clients, read and never changed."""

    def __init__(self, access: Access) -> None:
        self._clients = access.clients
        self._arm = Arm(access)

    def registry(self, registry_id: str) -> RegistryFacts | Missing | Unread:
        """Read a registry."""
        place = parse_resource_id(registry_id)

        def read() -> RegistryFacts:
            client = self._clients.registries(place.subscription)
            found = client.registries.get(place.resource_group, place.name)
            properties = found.properties
            policies = properties.policies if properties else None
            exports = policies.export_policy if policies else None
            access = properties.public_network_access if properties else None
            return RegistryFacts(
                name=found.name or place.name,
                sku=_text(found.sku.name),
                allows_exports=_text(exports.status if exports else None) != "disabled",
                is_public=_text(access) != "Disabled",
                location=found.location or "",
                login_server=(properties.login_server if properties else None) or "",
            )

        return self._arm.attempt(f"registry {place.name!r}", read)

    def pipeline(self, pipeline_id: str) -> PipelineFacts | Missing | Unread:
        """Read an export or import pipeline with its identities."""
        registry = parse_resource_id(pipeline_id).parent
        name = pipeline_id.rsplit("/", 1)[-1]

        def read() -> PipelineFacts:
            client = self._clients.registries(registry.subscription)
            place = (registry.resource_group, registry.name, name)
            if "/exportpipelines/" in pipeline_id.lower():
                return self._export(client.export_pipelines.get(*place), name)
            return self._import(client.import_pipelines.get(*place), name)

        found = self._arm.attempt(f"pipeline {name!r}", read)
        return Missing(name) if isinstance(found, Missing) else found

    def storage(self, container: ContainerPart) -> StorageFacts | Missing | Unread:
        """Read a storage account, and whether it has the container."""

        def read() -> StorageFacts:
            client = self._clients.storage(container.subscription)
            return _read_storage(client, container)

        found = self._arm.attempt(f"storage account {container.account_name!r}", read)
        return Missing(container.account_name) if isinstance(found, Missing) else found

    def redundancies(self, subscription: str, location: str) -> frozenset[str] | Unread:
        """List what a subscription may choose for a storage account in a location."""

        def read() -> frozenset[str]:
            skus = self._clients.storage(subscription).skus.list()
            return frozenset(_text(sku.name) for sku in skus if _is_to_be_had(sku, location))

        what = f"redundancies of storage accounts in {location}"
        found = self._arm.attempt(what, read)
        if isinstance(found, Missing):
            return Unread(f"{what} cannot be read", "Azure answers: 404, not found.", "")
        return found

    def vault(
        self, subscription: str, secret_uri: str, principals: tuple[str, ...]
    ) -> VaultFacts | DeletedVault | Missing | Unread:
        """Read the vault that a secret's address names."""
        return read_vault(self._arm, subscription, secret_uri, principals)

    def given_vault(self, vault_id: str) -> VaultFacts | Missing | Unread:
        """Read an existing vault, without a secret and roles in it."""
        return read_given_vault(self._arm, vault_id)

    def deleted_vaults(self, subscription: str) -> tuple[str, ...]:
        """Name the soft-deleted vaults of a subscription; none where they cannot be listed."""
        return list_deleted_vaults(self._arm, subscription)

    def container_roles(
        self, container: ContainerPart, principals: tuple[str, ...]
    ) -> tuple[Role, ...] | Unread:
        """List the roles that principals hold on a container and above it."""
        what = f"container {container.container!r}"
        return read_roles(self._arm, container.id, what, principals)

    def permissions(self, scope: str) -> tuple[Permission, ...] | Unread:
        """List what the account that is signed in may do at a scope."""
        path = f"{scope}/providers/Microsoft.Authorization/permissions"

        def read() -> tuple[Permission, ...]:
            return tuple(
                Permission(tuple(found.actions or ()), tuple(found.not_actions or ()))
                for found in self._arm.list(shapes.PermissionShape, path, _AUTHORIZATION)
            )

        what = f"your rights on {scope}"
        found = self._arm.attempt(what, read)
        if isinstance(found, Missing):
            return Unread(f"{what} cannot be read", "Azure answers: 404, not found.", "")
        return found

    def _export(self, found: ExportPipeline, name: str) -> PipelineFacts:
        target = found.properties.target if found.properties else None
        principals, lost = self._identities(found)
        return PipelineFacts(
            name=name,
            container_uri=(target.uri if target else None) or "",
            secret_uri=(target.key_vault_uri if target else None) or "",
            principals=principals,
            lost_identities=lost,
        )

    def _import(self, found: ImportPipeline, name: str) -> PipelineFacts:
        source = found.properties.source if found.properties else None
        trigger = found.properties.trigger if found.properties else None
        status = trigger.source_trigger.status if trigger and trigger.source_trigger else None
        principals, lost = self._identities(found)
        return PipelineFacts(
            name=name,
            container_uri=(source.uri if source else None) or "",
            secret_uri=(source.key_vault_uri if source else None) or "",
            principals=principals,
            lost_identities=lost,
            # A pipeline without a trigger of its own has it on.
            trigger=_text(status) or "Enabled",
        )

    def _identities(
        self, pipeline: ExportPipeline | ImportPipeline
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Give the principals of a pipeline, and the identities that are gone."""
        identity = pipeline.identity
        principals = [identity.principal_id] if identity and identity.principal_id else []
        lost: list[str] = []
        assigned = (identity.user_assigned_identities if identity else None) or {}
        for identity_id, known in assigned.items():
            read = partial(self._arm.get, shapes.Identity, identity_id, _IDENTITIES)
            found = self._arm.attempt(f"identity {identity_id!r}", read)
            if isinstance(found, Missing):
                lost.append(identity_id)
            elif isinstance(found, Unread):
                principals += [known.principal_id] if known.principal_id else []
            else:
                principals.append(found.properties.principal_id)
        return tuple(principals), tuple(lost)


def _read_storage(client: StorageManagementClient, container: ContainerPart) -> StorageFacts:
    group, name = container.resource_group, container.account_name
    account = client.storage_accounts.get_properties(group, name)
    properties = account.properties
    try:
        client.blob_containers.get(group, name, container.container)
        has_container = True
    except ResourceNotFoundError:
        has_container = False
    if properties is None:
        return StorageFacts(name, has_container=has_container)
    rules, policy = properties.network_rule_set, properties.sas_policy
    return StorageFacts(
        name=name,
        kind=_text(account.kind),
        sku=_text(account.sku.name if account.sku else None),
        allows_shared_keys=properties.allow_shared_key_access is not False,
        default_action=_text(rules.default_action if rules else None) or "Allow",
        public_network_access=_text(properties.public_network_access) or "Enabled",
        sas_period=read_period(policy.sas_expiration_period) if policy else None,
        sas_action=_text(policy.expiration_action if policy else None) or "Log",
        has_container=has_container,
    )


def _is_to_be_had(sku: SkuInformation, location: str) -> bool:
    """Tell whether an account of the kind that a side makes may have a redundancy there."""
    restricted = [place for rule in sku.restrictions or () for place in rule.values_property or ()]
    places = {place.replace(" ", "").lower() for place in sku.locations or ()}
    barred = {place.replace(" ", "").lower() for place in restricted}
    return _text(sku.kind) == "StorageV2" and location in places - barred


def _text(value: str | Enum | None) -> str:
    return str(value.value) if isinstance(value, Enum) else value or ""
