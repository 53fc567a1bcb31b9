"""What a check reads of Azure, read by the same SDK clients from the emulated cloud."""

from collections.abc import Iterator

import httpx
import pytest
from azure.mgmt.storage.models import SkuInformation
from conftest_emulator import Emulator
from emulator_cloud import ACCOUNT_BODY, REGISTRY_BODY

from components.model.contract import ContainerPart
from components.model.diagnosis import explain
from transfer.azure.clients import Clients
from transfer.azure.cloud_access import Access
from transfer.azure.endpoints import Endpoints
from transfer.check.facts import (
    DeletedVault,
    Missing,
    Permission,
    RegistryFacts,
    Role,
    SecretFacts,
    StorageFacts,
    Unread,
    VaultFacts,
)
from transfer.check.read.reader import AzureReader, _is_to_be_had
from transfer.errors import CommandFailedError

pytestmark = pytest.mark.xdist_group("emulator")

SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
GUID = "44444444-0000-0000-0000-000000000000"


class Cloud:
    """A resource group of the test's own, and a reader of the cloud that it is in."""

    def __init__(self, emulator: Emulator, arm: httpx.Client, reader: AzureReader, name: str):
        self.arm = arm
        self.reader = reader
        self.subscription = emulator.subscription
        self.group = f"/subscriptions/{self.subscription}/resourceGroups/{name}"
        self.tenant = emulator.variables["ARM_TENANT_ID"]
        self.url = emulator.url
        self.put(self.group, {"location": "westeurope"})

    def id(self, type_: str, name: str) -> str:
        return f"{self.group}/providers/{type_}/{name}"

    def put(self, resource_id: str, body: object) -> dict[str, dict[str, str]]:
        answer = self.arm.put(resource_id, json=body).raise_for_status()
        document: dict[str, dict[str, str]] = answer.json()
        return document

    def put_vault(self, name: str, **properties: object) -> str:
        sku = {"family": "A", "name": "standard"}
        vault = self.id("Microsoft.KeyVault/vaults", name)
        body = {"tenantId": self.tenant, "sku": sku, "accessPolicies": [], **properties}
        self.put(vault, {"location": "westeurope", "properties": body})
        return vault

    def vault(self, name: str, principal: str = GUID) -> object:
        uri = f"{self.url}/vault/{name}/secrets/acrsas"
        return self.reader.vault(self.subscription, uri, (principal,))


@pytest.fixture
def azure(emulator: Emulator, request: pytest.FixtureRequest) -> Iterator[Cloud]:
    """Give a cloud with an empty group, and take away what was put there."""
    url = emulator.url
    endpoints = Endpoints(url, url, f"{url}/.default", f"{url}/.default", is_custom=True)
    with pytest.MonkeyPatch.context() as patch, emulator.credential() as credential:
        patch.setenv("REQUESTS_CA_BUNDLE", emulator.ca_file)
        with emulator.client() as arm:
            name = f"rg-{request.node.name[:60]}"
            access = Access(endpoints, credential, Clients(endpoints, credential), "source side")
            yield Cloud(emulator, arm, AzureReader(access), name)
            arm.put(f"{url}/_emulator/settings", json={}).raise_for_status()
            group = f"/subscriptions/{emulator.subscription}/resourceGroups/{name}"
            arm.delete(group).raise_for_status()


def test_a_registry_is_read_with_its_export_policy(azure: Cloud) -> None:
    registry = azure.id("Microsoft.ContainerRegistry/registries", "checkedregistry1")
    closed = {
        "publicNetworkAccess": "Disabled",
        "policies": {"exportPolicy": {"status": "disabled"}},
    }
    azure.put(registry, {**REGISTRY_BODY, "properties": closed})

    found = azure.reader.registry(registry)

    assert isinstance(found, RegistryFacts)
    assert found == RegistryFacts(
        "checkedregistry1",
        "Premium",
        allows_exports=False,
        is_public=False,
        location="westeurope",
        login_server=found.login_server,
    )
    assert found.login_server.startswith("127.0.0.1:")
    assert isinstance(azure.reader.registry(f"{registry}2"), Missing)


def test_storage_is_read_with_its_rules_and_its_container(azure: Cloud) -> None:
    account = azure.id("Microsoft.Storage/storageAccounts", "checkedaccount1")
    rules = {
        "allowSharedKeyAccess": False,
        "publicNetworkAccess": "Disabled",
        "networkAcls": {"defaultAction": "Deny"},
        "sasPolicy": {"sasExpirationPeriod": "7.00:15:00", "expirationAction": "Block"},
    }
    azure.put(account, {**ACCOUNT_BODY, "properties": rules})
    part = ContainerPart(account_id=account, container="transfer", uri="https://x/transfer")

    found = azure.reader.storage(part)

    assert isinstance(found, StorageFacts)
    assert found.sas_period is not None
    assert (found.allows_shared_keys, found.default_action, found.public_network_access) == (
        False,
        "Deny",
        "Disabled",
    )
    assert (found.kind, {"name": found.sku}) == (ACCOUNT_BODY["kind"], ACCOUNT_BODY["sku"])
    assert (found.sas_period.days, found.sas_period.seconds) == (7, 900)
    assert (found.sas_action, found.has_container) == ("Block", False)
    lost = part.model_copy(update={"account_id": f"{account}2"})
    assert azure.reader.storage(lost) == Missing("checkedaccount12")


@pytest.mark.parametrize(
    ("location", "zones", "copies"),
    [("westeurope", True, True), ("ukwest", False, True), ("polandcentral", True, False)],
)
def test_the_redundancies_that_a_location_has_are_those_that_azure_takes(
    azure: Cloud, location: str, zones: bool, copies: bool
) -> None:
    found = azure.reader.redundancies(azure.subscription, location)

    assert isinstance(found, frozenset)
    assert ("Standard_ZRS" in found, "Standard_GRS" in found) == (zones, copies)
    for sku in ("Standard_LRS", "Standard_ZRS", "Standard_GRS"):
        account = azure.id("Microsoft.Storage/storageAccounts", f"checked{sku[9:].lower()}")
        body = {**ACCOUNT_BODY, "location": location, "sku": {"name": sku}}
        answer = azure.arm.put(account, json=body)
        assert answer.is_success is (sku in found)
        assert answer.is_success or explain(answer.text).meaning.startswith("The location has no")


def test_a_redundancy_that_is_closed_to_the_subscription_is_not_to_be_had() -> None:
    sku = SkuInformation(
        {
            "name": "Standard_ZRS",
            "kind": "StorageV2",
            "locations": ["West Europe"],
            "restrictions": [{"type": "location", "values": ["West Europe"]}],
        }
    )

    assert not _is_to_be_had(sku, "westeurope")
    sku.restrictions = []
    assert _is_to_be_had(sku, "westeurope")


def test_a_vault_with_policies_is_found_by_its_address(azure: Cloud) -> None:
    policy = {"tenantId": azure.tenant, "objectId": GUID, "permissions": {"secrets": ["get"]}}
    rules = {"defaultAction": "Deny", "bypass": "None"}
    vault = azure.put_vault("checkedvault1", accessPolicies=[policy], networkAcls=rules)
    azure.put(f"{vault}/secrets/acrsas", {"properties": {"value": "?x", "attributes": {}}})

    assert azure.vault("checkedvault1") == VaultFacts(
        name="checkedvault1",
        id=vault,
        default_action="Deny",
        bypass="None",
        secret_rights={GUID: ("get",)},
        secret=SecretFacts("acrsas", is_enabled=True),
    )
    assert azure.reader.given_vault(vault) == VaultFacts(
        name="checkedvault1",
        id=vault,
        default_action="Deny",
        bypass="None",
        secret_rights={GUID: ("get",)},
    )


def test_a_vault_with_roles_is_read_with_those_above_it(azure: Cloud) -> None:
    azure.put_vault("checkedvault2", enableRbacAuthorization=True)
    kind = "Microsoft.ManagedIdentity/userAssignedIdentities"
    identity = azure.put(azure.id(kind, "identity1"), {"location": "westeurope"})
    principal = identity["properties"]["principalId"]
    role = f"/providers/Microsoft.Authorization/roleDefinitions/{SECRETS_USER}"
    grant = {"roleDefinitionId": role, "principalId": principal}
    azure.put(azure.id("Microsoft.Authorization/roleAssignments", GUID), {"properties": grant})

    found, stranger = azure.vault("checkedvault2", principal), azure.vault("checkedvault2")

    assert isinstance(found, VaultFacts)
    assert isinstance(stranger, VaultFacts)
    assert found.roles == (Role(SECRETS_USER, azure.group),)
    assert stranger.roles == ()
    assert found.secret == Missing("acrsas")


def test_a_role_on_the_secret_is_among_those_of_its_vault(azure: Cloud) -> None:
    vault = azure.put_vault("checkedvault5", enableRbacAuthorization=True)
    secret = f"{vault}/secrets/acrsas"
    azure.put(secret, {"properties": {"value": "?x", "attributes": {}}})
    kind = "Microsoft.ManagedIdentity/userAssignedIdentities"
    identity = azure.put(azure.id(kind, "identity5"), {"location": "westeurope"})
    principal = identity["properties"]["principalId"]
    role = f"/providers/Microsoft.Authorization/roleDefinitions/{SECRETS_USER}"
    grant = {"roleDefinitionId": role, "principalId": principal}
    path = f"{secret}/providers/Microsoft.Authorization/roleAssignments/{GUID}"
    azure.put(path, {"properties": grant})

    found = azure.vault("checkedvault5", principal)

    assert isinstance(found, VaultFacts)
    assert found.roles == (Role(SECRETS_USER, secret),)


def test_a_vault_that_is_gone_is_told_from_one_that_is_soft_deleted(azure: Cloud) -> None:
    vault = azure.put_vault("checkedvault3")
    azure.arm.delete(vault).raise_for_status()

    assert azure.vault("checkedvault3") == DeletedVault("checkedvault3")
    assert azure.vault("checkedvault4") == Missing("checkedvault4")


def test_a_pipeline_that_is_gone_is_missing(azure: Cloud) -> None:
    registry = azure.id("Microsoft.ContainerRegistry/registries", "checkedregistry2")
    azure.put(registry, REGISTRY_BODY)

    for kind in ("exportPipelines", "importPipelines"):
        assert azure.reader.pipeline(f"{registry}/{kind}/gone1") == Missing("gone1")


def test_permissions_are_read_and_a_refusal_is_unread_with_azures_words(azure: Cloud) -> None:
    allowed = azure.reader.permissions(azure.group)
    fault = {
        "target": "Microsoft.Authorization/permissions",
        "verb": "LIST",
        "count": 1,
        "status": 403,
        "code": "AuthorizationFailed",
        "message": "The client does not have authorization to perform action.",
    }
    settings = {"faults": [fault]}
    azure.arm.put(f"{azure.url}/_emulator/settings", json=settings).raise_for_status()

    refused = azure.reader.permissions(azure.group)

    assert allowed == (Permission(("*",)),)
    assert isinstance(refused, Unread)
    assert "AuthorizationFailed: The client does not have authorization" in refused.why
    assert "az role assignment create" in refused.fix


def test_an_azure_that_cannot_be_reached_ends_the_check(emulator: Emulator) -> None:
    nowhere = "https://127.0.0.1:1"
    endpoints = Endpoints(nowhere, emulator.url, f"{emulator.url}/.default", "", is_custom=True)
    with emulator.credential() as credential:
        clients = Clients(endpoints, credential, retries=0)
        reader = AzureReader(Access(endpoints, credential, clients, "target side"))

        with pytest.raises(CommandFailedError, match="target side: Azure cannot be reached"):
            reader.registry("/subscriptions/0/resourceGroups/rg/providers/a.b/registries/r1")
