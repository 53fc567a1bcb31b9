"""What the rules judge: plain facts of Azure and of the two stacks, read beforehand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from components.model.contract import SourceContract, TargetContract
from components.model.names import Side
from components.model.sas_source import SasSource
from components.model.settings import SourceSettings, TargetSettings
from transfer.images import ListedImage
from transfer.run_states import RunState
from transfer.stack_file import file_name


@dataclass(frozen=True)
class Missing:
    """Azure says that there is no such thing."""

    what: str


@dataclass(frozen=True)
class Unread:
    """Something that could not be read, so that nothing can be said of it."""

    what: str
    why: str
    fix: str


@dataclass(frozen=True)
class RegistryFacts:
    """A registry."""

    name: str
    sku: str = "Premium"
    allows_exports: bool = True
    is_public: bool = True
    location: str = ""
    login_server: str = ""


@dataclass(frozen=True)
class StorageFacts:
    """A storage account and the container in it."""

    name: str
    kind: str = "StorageV2"
    sku: str = "Standard_LRS"
    allows_shared_keys: bool = True
    default_action: str = "Allow"
    public_network_access: str = "Enabled"
    sas_period: timedelta | None = None
    sas_action: str = "Log"
    has_container: bool = True


@dataclass(frozen=True)
class PipelineFacts:
    """An export or import pipeline."""

    name: str
    container_uri: str
    secret_uri: str
    principals: tuple[str, ...]
    lost_identities: tuple[str, ...] = ()
    """Resource IDs of identities that it is to act as and that are gone."""
    trigger: str = ""
    """`Enabled` or `Disabled`; empty for an export pipeline."""


@dataclass(frozen=True)
class Role:
    """A role that a principal holds."""

    definition: str
    """GUID of the role's definition."""
    scope: str

    def reaches(self, resource_id: str) -> bool:
        """Tell whether the role's scope is a resource, or above it."""
        return f"{resource_id.lower()}/".startswith(f"{self.scope.lower().rstrip('/')}/")


@dataclass(frozen=True)
class VaultFacts:
    """A key vault, and what its secret says of itself."""

    name: str
    id: str = ""
    default_action: str = "Allow"
    bypass: str = "AzureServices"
    public_network_access: str = "Enabled"
    uses_roles: bool = False
    secret_rights: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Permissions on secrets by object ID, of the access policies."""
    roles: "tuple[Role, ...] | Unread" = ()
    """Of the pipeline's identity, on the vault, above and in it; read for a vault with roles."""
    secret: "SecretFacts | Missing | Unread | None" = None

    @property
    def is_closed(self) -> bool:
        """Whether the firewall turns away whom it is not told to admit."""
        return self.default_action == "Deny" or self.public_network_access.lower() == "disabled"


@dataclass(frozen=True)
class SecretFacts:
    """The secret with the SAS, without its value."""

    name: str
    is_enabled: bool = True


@dataclass(frozen=True)
class DeletedVault:
    """A vault that is soft-deleted."""

    name: str


@dataclass(frozen=True)
class Permission:
    """Actions of one role of whoever is signed in, as Azure lists them at a scope."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rights:
    """What is needed at a scope, and what is held there."""

    scope: str
    needed: tuple[str, ...]
    held: tuple[Permission, ...] | Unread


@dataclass(frozen=True)
class FailedRun:
    """A run that failed and stays in the stack, so that each `pulumi up` fails."""

    name: str
    error: str
    batch: str
    """The batch that it carries."""


@dataclass(frozen=True)
class SideFacts:
    """Everything of one side; what follows the registry is there once its stack is up."""

    side: Side
    stack: str
    settings: SourceSettings | TargetSettings
    subscription: str
    registry: RegistryFacts | Missing | Unread
    contract: SourceContract | TargetContract | None = None
    bad_contract: str = ""
    """Why the stack's contract is not usable; empty when it is, or when there is none."""
    pipeline: PipelineFacts | Missing | Unread | None = None
    storage: StorageFacts | Missing | Unread | None = None
    vault: VaultFacts | DeletedVault | Missing | Unread | None = None
    redundancies: frozenset[str] | Unread | None = None
    """What the location of a new storage account has; None where there is no new one."""
    given_vault: VaultFacts | Missing | Unread | None = None
    """The existing vault that the settings name, as it is before and after an `up`."""
    container_roles: tuple[Role, ...] | Unread = ()
    """Roles of the pipeline's identity on its container and above; read where it has no SAS."""
    runs: tuple[RunState, ...] | Unread = ()
    failed_runs: tuple[FailedRun, ...] = ()
    """Runs of the list as it is now, which the next `pulumi up` does not repeat."""
    rights: tuple[Rights, ...] = ()
    place: Mapping[str, object] = field(default_factory=dict)
    """Where the stack has made its side, by the keys of `place_changes`; or nothing."""
    deleted_vault: str = ""
    """Name of a soft-deleted vault that the stack has made."""

    @property
    def sas(self) -> SasSource | None:
        """Where the pipeline's SAS comes from; None: it reaches its container without one."""
        return self.settings.sas_source(self.settings.sas)

    @property
    def set_sas(self) -> str:
        """The commands that replace a SAS that is brought."""
        set_it = f"pulumi config set --secret acr-transfer:sas -s {self.stack}"
        return f"{set_it} && pulumi up -s {self.stack}"

    @property
    def file(self) -> str:
        """Name of the file that holds the side's settings."""
        return file_name(self.stack)


Images = tuple[ListedImage, ...] | Unread
"""The images of the list; none where a registry is not there."""


@dataclass(frozen=True)
class PairFacts:
    """Both sides, and the time at which they are judged."""

    source: SideFacts
    target: SideFacts
    now: datetime
    images: Images = ()


def role_names(roles: Iterable[Role]) -> str:
    """Name roles by their definitions."""
    return ", ".join(sorted({role.definition for role in roles}))
