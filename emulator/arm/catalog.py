"""The types that the emulated Resource Manager has."""

from emulator.arm.authorization import Permissions, RoleAssignments
from emulator.arm.base import Cloud, Handler
from emulator.arm.containerregistry import Registries
from emulator.arm.keyvault import DeletedVaults, Vaults
from emulator.arm.keyvault_policies import AccessPolicies
from emulator.arm.keyvault_secrets import Secrets
from emulator.arm.managedidentity import UserAssignedIdentities
from emulator.arm.monitor import DiagnosticSettings
from emulator.arm.operationalinsights import Workspaces
from emulator.arm.pipeline_runs import PipelineRuns
from emulator.arm.pipelines import ExportPipelines, ImportPipelines
from emulator.arm.resources import ResourceGroups
from emulator.arm.role_definitions import RoleDefinitions
from emulator.arm.storage import StorageAccounts
from emulator.arm.storage_children import BlobServices, ManagementPolicies
from emulator.arm.storage_containers import Containers
from emulator.arm.storage_skus import Skus
from emulator.errors import AzureError

_HANDLERS: tuple[type[Handler], ...] = (
    ResourceGroups,
    StorageAccounts,
    BlobServices,
    Containers,
    ManagementPolicies,
    Skus,
    Vaults,
    DeletedVaults,
    AccessPolicies,
    Secrets,
    UserAssignedIdentities,
    RoleAssignments,
    RoleDefinitions,
    Permissions,
    Registries,
    ExportPipelines,
    ImportPipelines,
    PipelineRuns,
    Workspaces,
    DiagnosticSettings,
)


class Catalog:
    """Handlers by type."""

    def __init__(self, cloud: Cloud) -> None:
        self._handlers = {handler.type.lower(): handler(cloud) for handler in _HANDLERS}
        for handler in list(self._handlers.values()):
            if handler.listed_type:
                self._handlers[handler.listed_type.lower()] = handler

    def handler(self, type_: str) -> Handler:
        """Give the handler of a type, or refuse."""
        handler = self._handlers.get(type_.lower())
        if handler is None:
            known = ", ".join(sorted({handler.type for handler in self._handlers.values()}))
            raise AzureError(
                404,
                "InvalidResourceType",
                f"The emulator does not have the resource type '{type_}'. It has {known}.",
            )
        return handler
