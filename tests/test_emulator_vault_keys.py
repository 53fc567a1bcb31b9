"""Keys of an emulated vault, as the engine uses one for the secrets of its states."""

import base64
from collections.abc import Iterator

import httpx
import pytest
from conftest_emulator import Emulator

from benchmarks.states_key import make_states_key

pytestmark = pytest.mark.xdist_group("emulator")
# Beside the key of the stacks of other tests, which want no second version.
KEY = "/vault/states-keys/keys/tried"


@pytest.fixture
def vault(emulator: Emulator) -> Iterator[httpx.Client]:
    with emulator.client() as client:
        make_states_key(client, emulator.variables)
        client.post(f"{KEY}/create", json={"kty": "RSA"}).raise_for_status()
        yield client


def transform(
    client: httpx.Client, action: str, value: str, *, key: str = KEY, alg: str = "RSA-OAEP-256"
) -> httpx.Response:
    return client.post(f"{key}/{action}", json={"alg": alg, "value": value})


def test_a_new_version_encrypts_and_an_older_one_still_decrypts_what_it_has_encrypted(
    vault: httpx.Client,
) -> None:
    value = base64.urlsafe_b64encode(b"a data key").rstrip(b"=").decode()
    first = transform(vault, "encrypt", value).raise_for_status().json()
    vault.post(f"{KEY}/create", json={"kty": "RSA", "key_size": 3072}).raise_for_status()

    second = transform(vault, "encrypt", value).raise_for_status().json()
    older = KEY + "/" + first["kid"].rpartition("/")[2]
    answers = [
        transform(vault, "decrypt", first["value"], key=older),
        transform(vault, "decrypt", second["value"]),
    ]

    assert second["kid"] != first["kid"]
    assert [answer.raise_for_status().json()["value"] for answer in answers] == [value, value]
    assert transform(vault, "decrypt", first["value"]).status_code == 400
    assert vault.get(KEY).json()["key"]["kid"] == second["kid"]


def test_what_a_vault_does_not_have_or_know_is_refused(vault: httpx.Client) -> None:
    answers = {
        "KeyNotFound": vault.get(KEY.replace("tried", "other")),
        "BadParameter": transform(vault, "encrypt", "aGk", alg="A256GCM"),
        "MethodNotAllowed": vault.post(f"{KEY}/sign"),
    }
    refused = vault.post(f"{KEY}/create", json={"kty": "EC"})

    assert {name: answer.json()["error"]["code"] for name, answer in answers.items()} == {
        name: name for name in answers
    }
    assert refused.json()["error"]["message"] == "The emulator's vaults make keys of kty RSA."


def test_a_policy_for_secrets_is_none_for_keys_and_a_role_lets_decrypt_and_not_create(
    emulator: Emulator, vault: httpx.Client
) -> None:
    group = f"/subscriptions/{emulator.subscription}/resourceGroups/rg-states"
    path = f"{group}/providers/Microsoft.KeyVault/vaults/states-keys"
    body = vault.get(path).json()
    policies = body["properties"].pop("accessPolicies")
    secrets = [{**policies[0], "permissions": {"secrets": ["all"]}}]
    role = "providers/Microsoft.Authorization/roleAssignments/0dd4eaa1-0000-4000-8000-000000000001"
    crypto_user = "12338af0-0e69-4776-bea7-57ae8d297424"
    definition = f"/providers/Microsoft.Authorization/roleDefinitions/{crypto_user}"
    assignment = {
        "properties": {
            "roleDefinitionId": f"/subscriptions/{emulator.subscription}{definition}",
            "principalId": policies[0]["objectId"],
            "principalType": "ServicePrincipal",
        }
    }
    encrypted = transform(vault, "encrypt", "aGk").json()["value"]
    try:
        vault.put(path, json=with_properties(body, accessPolicies=secrets)).raise_for_status()
        by_secrets = vault.get(KEY)
        vault.put(path, json=with_properties(body, enableRbacAuthorization=True))
        by_nothing = vault.get(KEY)
        vault.put(f"{path}/{role}", json=assignment).raise_for_status()
        by_role = [
            transform(vault, "decrypt", encrypted),
            vault.post(f"{KEY}/create", json={"kty": "RSA"}),
        ]
    finally:
        vault.delete(f"{path}/{role}")
        vault.put(
            path,
            json=with_properties(body, accessPolicies=policies, enableRbacAuthorization=False),
        ).raise_for_status()

    assert "does not have keys get permission" in by_secrets.json()["error"]["message"]
    assert by_nothing.status_code == 403
    assert [answer.status_code for answer in by_role] == [200, 403]


def with_properties(body: dict[str, dict[str, object]], **changed: object) -> dict[str, object]:
    return {**body, "properties": {**body["properties"], **changed}}


def test_an_authority_elsewhere_is_told_of_by_nobody_here(emulator: Emulator) -> None:
    path = "/common/discovery/instance"
    with emulator.stranger() as client:
        here, elsewhere = (
            client.get(path, params={"authorization_endpoint": f"{url}/tenant1/oauth2/authorize"})
            for url in (emulator.url, "https://login.example.org")
        )

    told = here.raise_for_status().json()["tenant_discovery_endpoint"]
    assert told == f"{emulator.url}/tenant1/v2.0/.well-known/openid-configuration"
    assert elsewhere.json()["error"] == "invalid_instance"
