"""A running emulator, reached by Azure's own SDK clients and by its own commands."""

import os
from collections.abc import Iterator

import httpx
import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.keyvault.secrets import SecretClient
from azure.mgmt.containerregistry import ContainerRegistryManagementClient
from azure.mgmt.containerregistry.models import Registry, Sku
from azure.mgmt.storage import StorageManagementClient
from azure.mgmt.storage.models import BlobContainer, StorageAccountCreateParameters
from azure.mgmt.storage.models import Sku as StorageSku
from conftest_emulator import Emulator

from emulator.arm.base import Caller
from emulator.values import text

pytestmark = pytest.mark.xdist_group("emulator")


@pytest.fixture
def client(emulator: Emulator) -> Iterator[httpx.Client]:
    """Give a signed-in client."""
    with emulator.client() as client:
        yield client


@pytest.fixture
def group(
    emulator: Emulator, client: httpx.Client, request: pytest.FixtureRequest
) -> Iterator[str]:
    """Give the id of a resource group of the test's own."""
    name = request.node.name[:80].replace("[", "_").replace("]", "_")
    resource_id = f"/subscriptions/{emulator.subscription}/resourceGroups/{name}"
    put(client, resource_id, {"location": "westeurope"})
    yield resource_id
    client.delete(resource_id).raise_for_status()


def put(client: httpx.Client, resource_id: str, body: dict[str, object]) -> dict[str, object]:
    answer = client.put(resource_id, json=body)
    answer.raise_for_status()
    document = answer.json()
    assert isinstance(document, dict)
    return document


def test_the_cloud_tells_its_endpoints(emulator: Emulator) -> None:
    with emulator.stranger() as client:
        document = client.get("/metadata/endpoints").json()

    assert document["resourceManager"] == emulator.url
    assert document["authentication"]["loginEndpoint"] == emulator.url


@pytest.mark.parametrize("path", ["/subscriptions/x/resourceGroups", "/_emulator/calls"])
def test_nobody_is_answered_without_a_token(emulator: Emulator, path: str) -> None:
    with emulator.stranger() as client:
        answer = client.get(path)

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "AuthenticationFailed"


def test_a_wrong_client_secret_is_refused(emulator: Emulator) -> None:
    variables = emulator.variables | {"ARM_CLIENT_SECRET": "wrong"}

    with (
        Emulator(emulator.directory, variables).credential() as credential,
        pytest.raises(ClientAuthenticationError, match="AADSTS7000215"),
    ):
        credential.get_token(f"{emulator.url}/.default")


def test_a_request_needs_an_api_version(client: httpx.Client, group: str) -> None:
    answer = client.get(group, params={"api-version": ""})

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "MissingApiVersionParameter"


def test_the_storage_client_makes_lists_and_deletes(emulator: Emulator, group: str) -> None:
    name = group.rsplit("/", 1)[-1]
    with (
        emulator.credential() as credential,
        StorageManagementClient(
            credential,
            emulator.subscription,
            base_url=emulator.url,
            credential_scopes=[f"{emulator.url}/.default"],
            connection_verify=emulator.ca_file,
        ) as storage,
    ):
        body = StorageAccountCreateParameters(
            location="westeurope", kind="StorageV2", sku=StorageSku(name="Standard_LRS")
        )
        storage.storage_accounts.begin_create(name, "sdkaccount", body).result()
        storage.blob_containers.create(name, "sdkaccount", "transfer", BlobContainer())

        listed = [c.name for c in storage.blob_containers.list(name, "sdkaccount")]
        storage.storage_accounts.delete(name, "sdkaccount")

        assert listed == ["transfer"]
        assert list(storage.storage_accounts.list_by_resource_group(name)) == []


def test_the_registry_client_reads_pipelines_and_azures_errors(
    emulator: Emulator, client: httpx.Client, group: str
) -> None:
    name = group.rsplit("/", 1)[-1]
    registry = f"{group}/providers/Microsoft.ContainerRegistry/registries/sdkregistry"
    secret = f"{emulator.url}/vault/v/secrets/s"
    source = {"uri": "https://127.0.0.1:1/a/transfer", "keyVaultUri": secret}
    body: dict[str, object] = {
        "identity": {"type": "SystemAssigned"},
        "properties": {"source": source, "trigger": {"sourceTrigger": {"status": "Disabled"}}},
    }
    with (
        emulator.credential() as credential,
        ContainerRegistryManagementClient(
            credential,
            emulator.subscription,
            base_url=emulator.url,
            credential_scopes=[f"{emulator.url}/.default"],
            connection_verify=emulator.ca_file,
        ) as registries,
    ):
        premium = Registry(location="westeurope", sku=Sku(name="Premium"))
        registries.registries.begin_create(name, "sdkregistry", premium).result()
        put(client, f"{registry}/importPipelines/import1", body)
        pipeline = registries.import_pipelines.get(name, "sdkregistry", "import1")
        runs = list(registries.pipeline_runs.list(name, "sdkregistry"))
        with pytest.raises(HttpResponseError) as error:
            registries.import_pipelines.get(name, "sdkregistry", "missing")

    assert pipeline.source is not None
    assert pipeline.source.uri == "https://127.0.0.1:1/a/transfer"
    assert runs == []
    assert error.value.error is not None
    assert error.value.error.code == "ResourceNotFound"


def test_the_secret_client_is_let_in_by_its_policy_alone(
    emulator: Emulator, client: httpx.Client, group: str
) -> None:
    vault_id = f"{group}/providers/Microsoft.KeyVault/vaults/kv{os.getpid()}"
    tenant = emulator.variables["ARM_TENANT_ID"]
    properties = {"tenantId": tenant, "sku": {"family": "A", "name": "standard"}}
    vault = put(client, vault_id, {"location": "westeurope", "properties": properties})
    settings = vault["properties"]
    assert isinstance(settings, dict)

    with (
        emulator.credential() as credential,
        SecretClient(
            str(settings["vaultUri"]),
            credential,
            verify_challenge_resource=False,
            connection_verify=emulator.ca_file,
        ) as secrets,
    ):
        with pytest.raises(HttpResponseError, match="does not have secrets set permission"):
            secrets.set_secret("s1", "value1")
        policy = {
            "tenantId": tenant,
            "objectId": object_id(emulator),
            "permissions": {"secrets": ["get", "set"]},
        }
        change: dict[str, object] = {"properties": {"accessPolicies": [policy]}}
        put(client, f"{vault_id}/accessPolicies/add", change)
        first = secrets.set_secret("s1", "value1")
        secrets.set_secret("s1", "value2", content_type="application/x-azure-sas")

        newest = secrets.get_secret("s1")
        old = secrets.get_secret("s1", first.properties.version)

    assert (newest.value, newest.properties.content_type) == ("value2", "application/x-azure-sas")
    assert old.value == "value1"


@pytest.mark.parametrize(
    ("address", "status"), [("127.0.0.0/8", 200), ("203.0.113.7", 403)], ids=["covered", "other"]
)
def test_the_vaults_firewall_asks_for_the_address_of_a_reader(
    emulator: Emulator, client: httpx.Client, group: str, address: str, status: int
) -> None:
    vault_id = f"{group}/providers/Microsoft.KeyVault/vaults/fw{status}x{os.getpid()}"
    tenant = emulator.variables["ARM_TENANT_ID"]
    permissions = {"secrets": ["get", "set", "delete"]}
    policy = {"tenantId": tenant, "objectId": object_id(emulator), "permissions": permissions}
    properties = {
        "tenantId": tenant,
        "sku": {"family": "A", "name": "standard"},
        "accessPolicies": [policy],
        "networkAcls": {"defaultAction": "Deny", "ipRules": [{"value": address}]},
    }
    vault = put(client, vault_id, {"location": "westeurope", "properties": properties})
    put(client, f"{vault_id}/secrets/s1", {"properties": {"value": "1"}})

    url = f"{text(vault, 'properties', 'vaultUri')}/secrets/s1"
    answers = [
        client.put(url, json={"value": "2"}),
        client.get(url),
        client.delete(url),
    ]

    assert [answer.status_code for answer in answers] == [status] * 3


def object_id(emulator: Emulator) -> str:
    names = ("ARM_SUBSCRIPTION_ID", "ARM_TENANT_ID", "ARM_CLIENT_ID")
    return Caller(*(emulator.variables[name] for name in names)).object_id


def test_calls_are_counted_and_the_count_starts_again(client: httpx.Client, group: str) -> None:
    client.delete("/_emulator/calls").raise_for_status()
    client.get(group).raise_for_status()

    calls = client.get("/_emulator/calls").json()

    assert calls == {"GET Microsoft.Resources/resourceGroups": 1}


def test_settings_are_taken_and_wrong_ones_named(client: httpx.Client) -> None:
    before = client.get("/_emulator/settings").json()
    wrong = client.put("/_emulator/settings", json={"latency": {}})

    assert wrong.status_code == 400
    assert "setting 'latency' is not known" in wrong.json()["error"]["message"]
    assert client.put("/_emulator/settings", json=before).json() == before
