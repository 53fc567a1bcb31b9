"""What whoever runs `pulumi up` needs to be allowed, by the scope that it is needed at."""

from collections import defaultdict

from components.model.contract import SourceContract, TargetContract
from components.model.resource_ids import account_and_container
from components.model.sas_source import MintedSas
from components.model.settings import SourceSettings, TargetSettings

_REGISTRIES = "Microsoft.ContainerRegistry/registries"
_ACCOUNTS = "Microsoft.Storage/storageAccounts"
_CONTAINERS = f"{_ACCOUNTS}/blobServices/containers"
_VAULTS = "Microsoft.KeyVault/vaults"
_IDENTITIES = "Microsoft.ManagedIdentity/userAssignedIdentities"
_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments/write"

Settings = SourceSettings | TargetSettings
Needs = dict[str, list[str]]


def needs(
    settings: Settings,
    contract: SourceContract | TargetContract | None,
    subscription: str,
    registry_id: str,
) -> dict[str, tuple[str, ...]]:
    """Name the actions that `pulumi up` takes, by their scope.

    Args:
        registry_id: Of the registry that is there; empty when there is none.
    """
    found: Needs = defaultdict(list)
    place = f"/subscriptions/{subscription}"
    group = settings.resource_group
    new_group = f"{place}/resourceGroups/{group}" if group else place
    if group is not None and group.startswith("/"):
        new_group = group
    _registry(found, settings, place, registry_id)
    if group is None:
        found[new_group].append("Microsoft.Resources/subscriptions/resourceGroups/write")
    _storage(found, settings, contract, new_group)
    if settings.sas_source(settings.sas) is not None:
        _vault(found, settings, new_group)
    if settings.identity == "user-assigned":
        found[new_group].append(f"{_IDENTITIES}/write")
    if settings.identity != "system-assigned":
        where = settings.identity if settings.identity.startswith("/") else new_group
        found[where].append(f"{_IDENTITIES}/assign/action")
    if settings.log_analytics_workspace is not None:
        found[new_group].append("Microsoft.Insights/diagnosticSettings/write")
    return {scope: tuple(actions) for scope, actions in found.items()}


def _registry(found: Needs, settings: Settings, place: str, registry_id: str) -> None:
    if settings.create_registry:
        group = settings.registry.partition("/")[0]
        found[f"{place}/resourceGroups/{group}"].append(f"{_REGISTRIES}/write")
    if not registry_id:
        return
    imports = settings if isinstance(settings, TargetSettings) else None
    pipelines = "importPipelines" if imports else "exportPipelines"
    found[registry_id] += [f"{_REGISTRIES}/read", f"{_REGISTRIES}/{pipelines}/write"]
    if imports is None or imports.import_by != "trigger":
        found[registry_id].append(f"{_REGISTRIES}/pipelineRuns/write")
    found[registry_id].append(f"{_REGISTRIES}/pipelineRuns/read")


def _storage(
    found: Needs,
    settings: Settings,
    contract: SourceContract | TargetContract | None,
    new_group: str,
) -> None:
    account, container = account_and_container(settings.storage)
    is_shared = isinstance(settings, TargetSettings) and settings.blobs == "shared"
    if is_shared and contract is None:
        return
    if is_shared and contract is not None:
        where = contract.container.account_id
    elif account.startswith("/"):
        where = account
        if not container:
            found[where].append(f"{_CONTAINERS}/write")
    else:
        where = new_group
        found[where] += [f"{_ACCOUNTS}/write", f"{_CONTAINERS}/write"]
    sas = settings.sas_source(settings.sas)
    if sas is None:
        found[where].append(_ASSIGNMENTS)
    elif isinstance(sas, MintedSas):
        verb = "listAccountSas" if settings.sas_kind == "account" else "listServiceSas"
        found[where].append(f"{_ACCOUNTS}/{verb}/action")


def _vault(found: Needs, settings: Settings, new_group: str) -> None:
    if settings.vault.startswith("/"):
        # Which kind it is, and so how it grants, is not known here.
        found[settings.vault].append(f"{_VAULTS}/secrets/write")
        return
    found[new_group] += [f"{_VAULTS}/write", f"{_VAULTS}/secrets/write"]
    uses_roles = settings.vault == "roles"
    found[new_group].append(_ASSIGNMENTS if uses_roles else f"{_VAULTS}/accessPolicies/write")
