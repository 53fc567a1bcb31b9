"""Vaults and storage accounts by host names, which the emulator's proxy knows and no other does."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from azure.core.exceptions import HttpResponseError
from azure.keyvault.secrets import SecretClient
from azure.storage.blob import BlobClient, ContainerClient
from conftest_emulator import Emulator, command

from emulator import certificates
from emulator.certificates import Certificates
from emulator.environment import proxy_variables
from emulator.host_names import account_of, cloud_of_vault, vault_of
from emulator.values import JsonObject

pytestmark = pytest.mark.xdist_group("emulator")

# A version that each type has, by the namespace that stands last in an ID.
VERSIONS = {
    "Microsoft.Authorization": "2022-04-01",
    "Microsoft.KeyVault": "2023-07-01",
    "Microsoft.Storage": "2023-01-01",
}
ACCOUNT, VAULT = "namedaccount", "namedvault"
HOST = f"{ACCOUNT}.blob.first.azure.test"
CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"


@pytest.fixture
def group(emulator: Emulator) -> Iterator[str]:
    """Give the id of a group with an account and a vault that the application may use."""
    group = f"/subscriptions/{emulator.subscription}/resourceGroups/names"
    policy: JsonObject = {
        "tenantId": emulator.variables["ARM_TENANT_ID"],
        "objectId": object_id(emulator),
        "permissions": {"secrets": ["get", "list", "set"]},
    }
    vault: JsonObject = {
        "location": "westeurope",
        "properties": {
            "tenantId": policy["tenantId"],
            "sku": {"family": "A", "name": "standard"},
            "accessPolicies": [policy],
        },
    }
    account = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    storage = f"{group}/providers/Microsoft.Storage/storageAccounts/{ACCOUNT}"
    put(emulator, group, {"location": "westeurope"})
    put(emulator, storage, {**account, "properties": {}})
    put(emulator, f"{storage}/blobServices/default/containers/blobs", {})
    put(emulator, f"{group}/providers/Microsoft.KeyVault/vaults/{VAULT}", vault)
    yield group
    place = f"/subscriptions/{emulator.subscription}/providers/Microsoft.KeyVault/locations"
    purge = f"{place}/westeurope/deletedVaults/{VAULT}/purge"
    with emulator.client() as client:
        client.delete(group, params=version(group)).raise_for_status()
        client.post(purge, params=version(purge)).raise_for_status()


def version(resource_id: str) -> dict[str, str]:
    namespace = resource_id.rpartition("/providers/")[2].partition("/")[0]
    return {"api-version": VERSIONS.get(namespace, "2022-09-01")}


def put(emulator: Emulator, resource_id: str, body: JsonObject) -> None:
    with emulator.client() as client:
        client.put(resource_id, params=version(resource_id), json=body).raise_for_status()


def object_id(emulator: Emulator) -> str:
    filter_ = f"servicePrincipalNames/any(c:c eq '{emulator.variables['ARM_CLIENT_ID']}')"
    with emulator.client() as client:
        found = client.get("/v1.0/servicePrincipals", params={"$filter": filter_}).json()
    return str(found["value"][0]["id"])


def key(emulator: Emulator, group: str) -> dict[str, str]:
    path = f"{group}/providers/Microsoft.Storage/storageAccounts/{ACCOUNT}/listKeys"
    with emulator.client() as client:
        value = client.post(path, params=version(path)).json()["keys"][0]["value"]
    return {"account_name": ACCOUNT, "account_key": value}


def proxies(emulator: Emulator) -> dict[str, str]:
    return {"https": proxy_variables(emulator.directory)["HTTPS_PROXY"]}


def container(emulator: Emulator, name: str, credential: object) -> ContainerClient:
    return ContainerClient(
        f"https://{HOST}",
        name,
        credential=credential,  # type: ignore[arg-type]  # each kind of it in turn
        proxies=proxies(emulator),
        connection_verify=emulator.ca_file,
        retry_total=0,
    )


@pytest.mark.parametrize(
    ("host", "vault", "account"),
    [
        ("kv-1.vault.first.azure.test", "kv-1", ""),
        ("KV1.Vault.First.Azure.Test:443", "kv1", ""),
        ("store.blob.second.azure.test", "", "store"),
        ("store.blob.third.azure.test", "", ""),
        ("a.b.blob.first.azure.test", "", ""),
        ("store.blob.first.azure.test.elsewhere", "", ""),
        ("127.0.0.1:443", "", ""),
    ],
)
def test_a_host_name_stands_for_a_vault_or_an_account(host: str, vault: str, account: str) -> None:
    assert (vault_of(host), account_of(host)) == (vault, account)


def test_a_vaults_name_tells_its_cloud() -> None:
    names = ("kv.vault.second.azure.test", "store.blob.second.azure.test")

    assert [cloud_of_vault(name) for name in names] == ["second", ""]


@pytest.mark.usefixtures("group")
def test_a_secret_is_set_and_listed_under_the_vaults_name(emulator: Emulator) -> None:
    with (
        emulator.credential() as credential,
        SecretClient(
            f"https://{VAULT}.vault.first.azure.test",
            credential,
            proxies=proxies(emulator),
            connection_verify=emulator.ca_file,
        ) as client,
    ):
        made = client.set_secret("word", "hidden")
        listed = list(client.list_properties_of_secrets())
        read = client.get_secret("word").value

    assert read == "hidden"
    assert [item.id for item in listed] == [f"https://{VAULT}.vault.first.azure.test/secrets/word"]
    assert str(made.id).startswith(f"{listed[0].id}/")


def test_secrets_are_listed_by_whom_the_vault_lets_and_without_values(
    emulator: Emulator, group: str
) -> None:
    path = f"/vault/{VAULT}/secrets"
    with emulator.client() as client:
        client.put(f"{path}/word", json={"value": "hidden"}).raise_for_status()
        listed = client.get(path)
        policies = f"{group}/providers/Microsoft.KeyVault/vaults/{VAULT}"
        body = client.get(policies, params=version(policies)).json()
        body["properties"]["accessPolicies"][0]["permissions"] = {"secrets": ["get"]}
        client.put(policies, params=version(policies), json=body).raise_for_status()
        refused = client.get(path)

    assert "hidden" not in listed.text
    assert len(listed.json()["value"]) == 1
    assert refused.status_code == 403


def test_a_key_opens_an_account_under_its_name(emulator: Emulator, group: str) -> None:
    with container(emulator, "made", key(emulator, group)) as client:
        client.create_container()
        client.upload_blob("folder/a b.txt", b"content")
        names = list(client.list_blob_names())

    assert names == ["folder/a b.txt"]


def test_a_blob_is_copied_from_name_to_name(emulator: Emulator, group: str) -> None:
    with container(emulator, "blobs", key(emulator, group)) as client:
        client.upload_blob("first", b"content")
    token = account_token(emulator, group)

    with BlobClient.from_blob_url(
        f"https://{HOST}/blobs/second?{token}",
        proxies=proxies(emulator),
        connection_verify=emulator.ca_file,
        retry_total=0,
    ) as target:
        target.upload_blob_from_url(f"https://{HOST}/blobs/first?{token}")
        copied = target.download_blob().readall()

    assert copied == b"content"


def account_token(emulator: Emulator, group: str) -> str:
    path = f"{group}/providers/Microsoft.Storage/storageAccounts/{ACCOUNT}/listAccountSas"
    wanted = {
        "signedServices": "b",
        "signedResourceTypes": "sco",
        "signedPermission": "rwlc",
        "signedExpiry": "2045-01-01T00:00:00Z",
    }
    with emulator.client() as client:
        answer = client.post(path, params=version(path), json=wanted)
    return str(answer.raise_for_status().json()["accountSasToken"])


def test_a_token_opens_an_account_for_an_application_with_a_role(
    emulator: Emulator, group: str
) -> None:
    storage = f"{group}/providers/Microsoft.Storage/storageAccounts/{ACCOUNT}"
    with emulator.credential() as credential, container(emulator, "blobs", credential) as client:
        with pytest.raises(HttpResponseError) as error:
            client.upload_blob("mine", b"content")
        role = f"/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/{CONTRIBUTOR}"
        properties = {"principalId": object_id(emulator), "roleDefinitionId": role}
        name = "55555555-0000-0000-0000-000000000000"
        assignment = f"{storage}/providers/Microsoft.Authorization/roleAssignments/{name}"
        put(emulator, assignment, {"properties": properties})
        client.upload_blob("mine", b"content")

    assert "AuthorizationPermissionMismatch" in str(error.value)


def test_a_host_name_that_is_none_of_ours_does_not_change_the_account(
    emulator: Emulator, group: str
) -> None:
    path = f"{group}/providers/Microsoft.Storage/storageAccounts/{ACCOUNT}"
    with emulator.client() as client:
        account = client.get(path, params=version(path)).json()
    endpoint = account["properties"]["primaryEndpoints"]["blob"]

    with emulator.stranger() as client:
        answer = client.get(
            f"{endpoint}?comp=list&{account_token(emulator, group)}",
            headers={"Host": "another.blob.example"},
        )

    assert "<Name>blobs</Name>" in answer.text


def test_the_proxy_reaches_nothing_else(emulator: Emulator) -> None:
    context = ssl.create_default_context(cafile=emulator.ca_file)
    proxy = proxies(emulator)["https"]

    with (
        httpx.Client(proxy=proxy, verify=context, trust_env=False) as client,
        pytest.raises(httpx.ProxyError, match="403"),
    ):
        client.get("https://example.com/")


def test_the_proxy_opens_tunnels_alone(emulator: Emulator) -> None:
    port = int(proxies(emulator)["https"].rpartition(":")[2])

    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(f"GET http://{HOST}/ HTTP/1.1\r\n\r\n".encode())
        answer = connection.recv(1000)

    assert answer.startswith(b"HTTP/1.1 403 ")


def test_the_proxy_is_in_the_environment_of_who_asks_for_names(emulator: Emulator) -> None:
    plain = command("env", state=emulator.directory).stdout
    named = command("env", "--names", state=emulator.directory).stdout

    assert "HTTPS_PROXY" not in plain
    assert f"export HTTPS_PROXY={proxies(emulator)['https']}" in named.splitlines()


def test_certificates_that_lack_a_name_are_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    with monkeypatch.context() as patch:
        patch.setattr(certificates, "_NAMES", certificates._NAMES[:2])
        old = Certificates(tmp_path).cert_file.read_bytes()

    assert Certificates(tmp_path).cert_file.read_bytes() != old
