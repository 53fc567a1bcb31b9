"""Tenants of the emulated cloud: what is one's own, and what the others are refused."""

import asyncio
import json
import os
from dataclasses import replace

import httpx
import pytest
from azure.core.exceptions import ClientAuthenticationError
from conftest_emulator import Emulator, command, tenant_of
from emulator_cloud import (
    CALLER,
    GROUP,
    IDENTITY,
    REGISTRY,
    REGISTRY_BODY,
    TENANT,
    VAULT,
    VAULT_BODY,
    TestCloud,
    cloud,
    refusal,
    with_properties,
)

from emulator.account import load, tenant
from emulator.arm.base import Caller
from emulator.errors import AzureError, EmulatorError
from emulator.providers.sign_in import sign_in
from emulator.values import JsonObject, text

__all__ = ["cloud"]

pytestmark = pytest.mark.xdist_group("emulator")

OTHER_TENANT = "55555555-0000-0000-0000-000000000000"
OTHER_GROUP = GROUP.replace("11111111", "99999999")
STRANGER = replace(CALLER, subscription_id=OTHER_GROUP.split("/")[2], tenant_id=OTHER_TENANT)
ROLE = "/providers/Microsoft.Authorization/roleDefinitions/ba92f5b4-2d11-453d-a403-e96b0029c9fe"
GUID = "44444444-0000-0000-0000-000000000000"


def put(cloud: TestCloud, resource_id: str, body: JsonObject, caller: Caller) -> JsonObject:
    return asyncio.run(cloud.manager.put(resource_id, body, caller, "2024-01-01"))


def foreign_principal(cloud: TestCloud) -> str:
    """Make an identity in the other tenant, and give its principal."""
    put(cloud, OTHER_GROUP, {"location": "westeurope"}, STRANGER)
    path = IDENTITY.replace(GROUP, OTHER_GROUP)
    body = put(cloud, path, {"location": "westeurope"}, STRANGER)
    return text(body, "properties", "principalId")


def test_a_subscription_belongs_to_the_tenant_that_first_wrote_into_it(cloud: TestCloud) -> None:
    with pytest.raises(AzureError, match="is from the wrong issuer") as error:
        put(cloud, REGISTRY, REGISTRY_BODY, STRANGER)

    assert refusal(error) == (401, "InvalidAuthenticationTokenTenant")
    assert f"must match the tenant 'https://sts.windows.net/{TENANT}/'" in error.value.message
    put(cloud, OTHER_GROUP, {"location": "westeurope"}, STRANGER)
    with pytest.raises(AzureError):
        cloud.put(OTHER_GROUP, {"location": "westeurope"})


def test_a_stranger_may_neither_delete_nor_act(cloud: TestCloud) -> None:
    cloud.put(REGISTRY, REGISTRY_BODY)

    for call in (
        cloud.manager.delete(REGISTRY, STRANGER),
        cloud.manager.action(REGISTRY, "listCredentials", {}, STRANGER),
    ):
        with pytest.raises(AzureError) as error:
            asyncio.run(call)
        assert refusal(error) == (401, "InvalidAuthenticationTokenTenant")


def test_a_vault_lies_in_the_tenant_of_its_subscription(cloud: TestCloud) -> None:
    with pytest.raises(AzureError, match="'tenantId'") as error:
        cloud.put(VAULT, with_properties(VAULT_BODY, tenantId=OTHER_TENANT))

    assert refusal(error) == (400, "BadRequest")


@pytest.mark.parametrize("wrong", ["tenantId", "objectId"])
def test_an_access_policy_for_a_principal_of_another_tenant_is_refused(
    cloud: TestCloud, wrong: str
) -> None:
    cloud.put(VAULT, VAULT_BODY)
    policy = {"tenantId": TENANT, "objectId": GUID, "permissions": {"secrets": ["get"]}}
    policy[wrong] = OTHER_TENANT if wrong == "tenantId" else foreign_principal(cloud)

    with pytest.raises(AzureError, match=f"'accessPolicies.{wrong}'") as error:
        cloud.put(f"{VAULT}/accessPolicies/add", {"properties": {"accessPolicies": [policy]}})

    assert refusal(error) == (400, "BadRequest")


def test_a_role_for_a_principal_of_another_tenant_is_refused(cloud: TestCloud) -> None:
    path = f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/{GUID}"
    grant = {"principalId": foreign_principal(cloud), "roleDefinitionId": ROLE}

    with pytest.raises(AzureError, match=f"does not exist in the directory {TENANT}") as error:
        cloud.put(path, {"properties": grant})

    assert refusal(error) == (400, "PrincipalNotFound")


def test_a_tenant_is_made_once_and_its_secret_is_in_no_file_that_others_read(
    emulator: Emulator,
) -> None:
    first = command("tenant", "twice", "--json", state=emulator.directory)
    second = command("tenant", "twice", "--json", state=emulator.directory)

    assert first.stdout == second.stdout
    variables = json.loads(first.stdout)
    assert variables["ARM_TENANT_ID"] != emulator.variables["ARM_TENANT_ID"]
    assert variables["ARM_CLIENT_SECRET"] != emulator.variables["ARM_CLIENT_SECRET"]
    file = emulator.directory / "tenants" / "twice.json"
    assert file.stat().st_mode & 0o077 == 0


def test_a_name_that_is_no_file_name_is_refused(emulator: Emulator) -> None:
    refused = command("tenant", "../x", state=emulator.directory)

    assert refused.returncode == 1
    assert "Tenant '../x' is not valid" in refused.stderr


def other_client(emulator: Emulator) -> httpx.Client:
    return tenant_of(emulator, "stranger").client()


def test_a_running_cloud_refuses_the_token_of_another_tenant(emulator: Emulator) -> None:
    path = f"/subscriptions/{emulator.subscription}/resourceGroups"

    with other_client(emulator) as client:
        answer = client.get(path)

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "InvalidAuthenticationTokenTenant"


def test_a_vault_tells_its_tenant_and_refuses_the_token_of_another(emulator: Emulator) -> None:
    group = f"/subscriptions/{emulator.subscription}/resourceGroups/rg-tenants"
    vault = f"{group}/providers/Microsoft.KeyVault/vaults/kvt{os.getpid()}"
    own = emulator.variables["ARM_TENANT_ID"]
    with emulator.client() as client:
        client.put(group, json={"location": "westeurope"}).raise_for_status()
        body = with_properties(VAULT_BODY, tenantId=own)
        made = client.put(vault, json=body).raise_for_status().json()

    address = f"{made['properties']['vaultUri'].rstrip('/')}/secrets/s"
    with other_client(emulator) as client:
        answer = client.get(address)

    assert answer.status_code == 401
    assert answer.json()["error"]["message"].startswith("AKV10032: Invalid issuer.")
    assert f'authorization="{emulator.url}/{own}"' in answer.headers["WWW-Authenticate"]


def test_a_registry_exchanges_tokens_of_its_own_tenant_alone(emulator: Emulator) -> None:
    group = f"/subscriptions/{emulator.subscription}/resourceGroups/rg-tenants"
    registry = f"{group}/providers/Microsoft.ContainerRegistry/registries/tenants{os.getpid()}"
    with emulator.client() as client:
        client.put(group, json={"location": "westeurope"}).raise_for_status()
        made = client.put(registry, json=REGISTRY_BODY).raise_for_status().json()
    server = made["properties"]["loginServer"]

    codes = []
    for who in (emulator, tenant_of(emulator, "stranger")):
        with who.credential() as credential, who.stranger() as client:
            token = credential.get_token(f"{who.url}/.default").token
            form = {"grant_type": "access_token", "service": server, "access_token": token}
            codes.append(client.post(f"https://{server}/oauth2/exchange", data=form).status_code)

    assert codes == [200, 401]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("ARM_TENANT_ID", "AADSTS90002"),
        ("ARM_CLIENT_ID", "AADSTS700016"),
        ("ARM_CLIENT_SECRET", "AADSTS7000215"),
    ],
)
def test_what_is_no_application_of_the_tenant_cannot_sign_in(
    emulator: Emulator, name: str, code: str
) -> None:
    other = tenant_of(emulator, "stranger").variables
    wrong = OTHER_TENANT if name == "ARM_TENANT_ID" else other[name]
    stranger = replace(emulator, variables=emulator.variables | {name: wrong})

    with (
        stranger.credential() as credential,
        pytest.raises(ClientAuthenticationError, match=code),
    ):
        credential.get_token(f"{stranger.url}/.default")


def test_the_providers_settings_win_over_its_variables(cloud: TestCloud) -> None:
    directory = cloud.state.directory
    account, other = load(directory), tenant(directory, "other")
    variables = {
        "ARM_TENANT_ID": account.default.tenant_id,
        "ARM_CLIENT_ID": account.default.client_id,
        "ARM_CLIENT_SECRET": account.default.client_secret,
    }
    config: JsonObject = {
        "subscriptionId": other.subscription_id,
        "tenantId": other.tenant_id,
        "clientId": other.client_id,
        "clientSecret": other.client_secret,
    }

    managers = {"first": cloud.manager}

    assert sign_in(account, managers, variables, {}) == ("first", account.default.caller)
    assert sign_in(account, managers, variables, config) == ("first", other.caller)
    with pytest.raises(AzureError, match="AADSTS700016"):
        sign_in(account, managers, variables, {"tenantId": other.tenant_id})
    with pytest.raises(EmulatorError, match="'elsewhere:1' is none of the emulated clouds"):
        sign_in(account, managers, variables, {"metadataHost": "elsewhere:1"})


@pytest.mark.parametrize(
    ("variable", "config", "expected"),
    [
        ("", {}, "first"),
        ("public", {}, "first"),
        ("usgovernment", {}, "second"),
        ("usgovernment", {"environment": "public"}, "first"),
        ("usgovernment", {"environment": ""}, "first"),
        ("public", {"environment": "usgovernment"}, "second"),
    ],
)
def test_a_cloud_is_named_by_the_stack_else_by_a_variable(
    cloud: TestCloud, variable: str, config: JsonObject, expected: str
) -> None:
    account = load(cloud.state.directory)
    managers = {"first": cloud.manager, "second": cloud.manager}

    for name in ("ARM_ENVIRONMENT", "AZURE_ENVIRONMENT"):
        assert sign_in(account, managers, {name: variable}, config)[0] == expected


def test_with_a_metadata_host_the_environment_is_not_looked_at(cloud: TestCloud) -> None:
    account = load(cloud.state.directory)
    managers = {"first": cloud.manager}
    host = cloud.manager.cloud.front_url.removeprefix("https://")
    variables = {"ARM_METADATA_HOSTNAME": host, "ARM_ENVIRONMENT": "usgovernment"}

    assert sign_in(account, managers, variables, {})[0] == "first"
    with pytest.raises(EmulatorError, match="'china' is no emulated cloud: public, usgovernment"):
        sign_in(account, managers, {"ARM_ENVIRONMENT": "china"}, {})


def test_a_second_cloud_tells_its_own_endpoints(emulator: Emulator) -> None:
    far = tenant_of(emulator, "far", "second")

    with far.stranger() as client:
        document = client.get("/metadata/endpoints").json()

    assert far.url != emulator.url
    assert document["resourceManager"] == far.url
    assert document["authentication"]["loginEndpoint"] == far.url
    assert document["authentication"]["audiences"][0] == far.url


def test_a_clouds_tokens_are_refused_by_the_other_cloud(emulator: Emulator) -> None:
    far = tenant_of(emulator, "far", "second")
    path = f"{emulator.url}/subscriptions/{far.subscription}/resourceGroups"

    with far.client() as client:
        there = client.get(f"/subscriptions/{far.subscription}/resourceGroups")
        here = client.get(path)

    assert there.status_code == 200
    assert here.status_code == 401
    assert here.json()["error"]["code"] == "InvalidAuthenticationTokenAudience"


def test_a_tenant_signs_in_to_its_own_cloud_alone(emulator: Emulator) -> None:
    far = tenant_of(emulator, "far", "second")
    ids = {name: value for name, value in far.variables.items() if name.startswith("ARM_")}
    lost = replace(emulator, variables=emulator.variables | ids)

    with (
        lost.credential() as credential,
        pytest.raises(ClientAuthenticationError, match="signing into the correct cloud"),
    ):
        credential.get_token(f"{lost.url}/.default")


def test_a_tenant_does_not_move_to_another_cloud(emulator: Emulator) -> None:
    command("tenant", "settled", state=emulator.directory)

    refused = command("tenant", "settled", "--cloud", "second", state=emulator.directory)

    assert refused.returncode == 1
    assert "Tenant 'settled' lives in the first cloud" in refused.stderr


def test_a_vault_of_the_second_cloud_is_at_its_own_address(emulator: Emulator) -> None:
    far = tenant_of(emulator, "far", "second")
    group = f"/subscriptions/{far.subscription}/resourceGroups/rg-far"
    vault = f"{group}/providers/Microsoft.KeyVault/vaults/kvf{os.getpid()}"
    with far.client() as client:
        client.put(group, json={"location": "westeurope"}).raise_for_status()
        body = with_properties(VAULT_BODY, tenantId=far.variables["ARM_TENANT_ID"])
        made = client.put(vault, json=body).raise_for_status().json()

    assert made["properties"]["vaultUri"].startswith(f"{far.url}/vault/")
