"""What the tests of `acr-transfer check` share: a good pair, and a cloud to read it from."""

from dataclasses import dataclass, field, replace

from transfer_support import (
    IMPORT_PIPELINE,
    NOON,
    SOURCE_REGISTRY_ID,
    TARGET_REGISTRY_ID,
    source_contract,
    target_contract,
)

from components.model.contract import ContainerPart
from components.model.settings import SourceSettings, TargetSettings
from transfer.check.facts import (
    DeletedVault,
    Missing,
    PairFacts,
    Permission,
    PipelineFacts,
    RegistryFacts,
    Rights,
    Role,
    SecretFacts,
    SideFacts,
    StorageFacts,
    Unread,
    VaultFacts,
)
from transfer.check.findings import Finding, Level

SUBSCRIPTION = "0000"
PRINCIPAL = "aaaa-bbbb"
VAULT_ID = "/subscriptions/0000/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/contosovault"
UNREAD = Unread("the thing cannot be read", "Azure does not let it be read.", "az login")
PIPELINE = PipelineFacts(
    name="pipeline",
    container_uri="https://contoso.blob.core.windows.net/transfer",
    secret_uri="https://contosovault.vault.azure.net/secrets/acrsas",
    principals=(PRINCIPAL,),
)
VAULT = VaultFacts(
    name="contosovault",
    id=VAULT_ID,
    default_action="Deny",
    secret_rights={PRINCIPAL.upper(): ("Get",)},
    secret=SecretFacts("acrsas"),
)
REGISTRY = RegistryFacts("contoso")
STORAGE = StorageFacts("contoso")
ALL = (Permission(("*",)),)


def source_settings(**changed: object) -> SourceSettings:
    """Give the settings of a source stack."""
    return SourceSettings.model_validate(
        {"side": "source", "registry": "rg/contososource", "as_of": NOON, **changed}
    )


def target_settings(**changed: object) -> TargetSettings:
    """Give the settings of a target stack."""
    return TargetSettings.model_validate(
        {"side": "target", "registry": "rg/contosotarget", "as_of": NOON, **changed}
    )


SOURCE = SideFacts(
    side="source",
    stack="source",
    settings=source_settings(),
    subscription=SUBSCRIPTION,
    registry=RegistryFacts("contososource"),
    contract=source_contract(),
    pipeline=PIPELINE,
    storage=StorageFacts("contososource"),
    vault=VAULT,
    rights=(Rights(SOURCE_REGISTRY_ID, ("Microsoft.ContainerRegistry/registries/read",), ALL),),
)
TARGET = replace(
    SOURCE,
    side="target",
    stack="target",
    settings=target_settings(),
    registry=RegistryFacts("contosotarget"),
    contract=target_contract(),
    pipeline=replace(PIPELINE, trigger="Enabled"),
    storage=StorageFacts("contosotarget"),
    rights=(Rights(TARGET_REGISTRY_ID, ("Microsoft.ContainerRegistry/registries/read",), ALL),),
)
PAIR = PairFacts(SOURCE, TARGET, NOON)


def worst(found: list[Finding]) -> Finding:
    """Give the heaviest finding, which is the only one that is not good."""
    others = [finding for finding in found if finding.level is not Level.GOOD]
    assert len(others) == 1, found
    return others[0]


def all_good(found: list[Finding]) -> bool:
    """Tell whether something was looked at, and is good."""
    return bool(found) and all(finding.level is Level.GOOD for finding in found)


@dataclass
class FakeReader:
    """A cloud in which everything is good, except what a test changes."""

    registries: RegistryFacts | Missing | Unread = REGISTRY
    pipelines: PipelineFacts | Missing | Unread = PIPELINE
    storages: StorageFacts | Missing | Unread = STORAGE
    vaults: VaultFacts | DeletedVault | Missing | Unread = VAULT
    skus: frozenset[str] | Unread = frozenset({"Standard_LRS", "Standard_ZRS"})
    given: VaultFacts | Missing | Unread = VAULT
    roles: tuple[Role, ...] | Unread = ()
    held: tuple[Permission, ...] | Unread = ALL
    deleted: tuple[str, ...] = ()
    asked: list[tuple[str, str]] = field(default_factory=list)

    def registry(self, registry_id: str) -> RegistryFacts | Missing | Unread:
        self.asked.append(("registry", registry_id))
        if isinstance(self.registries, RegistryFacts):
            server = f"{registry_id.rsplit('/', 1)[-1]}.azurecr.io"
            return replace(self.registries, login_server=server)
        return self.registries

    def pipeline(self, pipeline_id: str) -> PipelineFacts | Missing | Unread:
        self.asked.append(("pipeline", pipeline_id))
        if pipeline_id == IMPORT_PIPELINE and isinstance(self.pipelines, PipelineFacts):
            return replace(self.pipelines, trigger="Enabled")
        return self.pipelines

    def storage(self, container: ContainerPart) -> StorageFacts | Missing | Unread:
        self.asked.append(("storage", container.account_id))
        return self.storages

    def vault(
        self, subscription: str, secret_uri: str, principals: tuple[str, ...]
    ) -> VaultFacts | DeletedVault | Missing | Unread:
        assert subscription
        assert principals
        self.asked.append(("vault", secret_uri))
        return self.vaults

    def redundancies(self, subscription: str, location: str) -> frozenset[str] | Unread:
        assert subscription
        self.asked.append(("redundancies", location))
        return self.skus

    def given_vault(self, vault_id: str) -> VaultFacts | Missing | Unread:
        self.asked.append(("given_vault", vault_id))
        return self.given

    def deleted_vaults(self, subscription: str) -> tuple[str, ...]:
        assert subscription
        return self.deleted

    def container_roles(
        self, container: ContainerPart, principals: tuple[str, ...]
    ) -> tuple[Role, ...] | Unread:
        assert principals
        self.asked.append(("container_roles", container.id))
        return self.roles

    def permissions(self, scope: str) -> tuple[Permission, ...] | Unread:
        self.asked.append(("scope", scope))
        return self.held
