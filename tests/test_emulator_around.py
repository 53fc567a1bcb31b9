"""What clients ask of Azure around a transfer: subscriptions, free names, roles, object IDs."""

from collections.abc import Iterator

import httpx
import pytest
from conftest_emulator import Emulator, tenant_of
from emulator_cloud import (
    ACCOUNT,
    ACCOUNT_BODY,
    CALLER,
    CONTAINER,
    GROUP,
    REGISTRY,
    REGISTRY_BODY,
    VAULT,
    VAULT_BODY,
    TestCloud,
    cloud,
    refusal,
)

from emulator.account import load
from emulator.arm.base import stable_guid
from emulator.arm.subscriptions import Subscriptions
from emulator.errors import AzureError
from emulator.values import text

__all__ = ["cloud"]

pytestmark = pytest.mark.xdist_group("emulator")

VERSION = {"api-version": "2022-12-01"}
ROLES = "Microsoft.Authorization/roleDefinitions"
ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"


@pytest.fixture
def client(emulator: Emulator) -> Iterator[httpx.Client]:
    """Give a signed-in client."""
    with emulator.client() as client:
        yield client


def values(client: httpx.Client, path: str, **query: str) -> list[dict[str, object]]:
    answer = client.get(path, params=VERSION | query)
    answer.raise_for_status()
    found = answer.json()["value"]
    assert isinstance(found, list)
    return found


def test_an_application_sees_its_tenant_and_its_subscription(
    emulator: Emulator, client: httpx.Client
) -> None:
    tenant = emulator.variables["ARM_TENANT_ID"]

    assert [text(one, "tenantId") for one in values(client, "/tenants")] == [tenant]
    assert [text(one, "subscriptionId") for one in values(client, "/subscriptions")] == [
        emulator.subscription
    ]


def test_another_tenant_sees_a_subscription_of_its_own(emulator: Emulator) -> None:
    other = tenant_of(emulator, "around")

    with other.client() as client:
        seen = [text(one, "subscriptionId") for one in values(client, "/subscriptions")]
        refused = client.get(f"/subscriptions/{emulator.subscription}", params=VERSION)

    assert seen == [other.subscription]
    assert refused.json()["error"]["code"] == "InvalidAuthenticationTokenTenant"


def test_a_subscription_is_read_by_its_id(emulator: Emulator, client: httpx.Client) -> None:
    found = client.get(f"/subscriptions/{emulator.subscription}", params=VERSION).json()
    unknown = client.get(f"/subscriptions/{stable_guid('none')}", params=VERSION)

    assert (found["state"], found["tenantId"]) == ("Enabled", emulator.variables["ARM_TENANT_ID"])
    assert unknown.json()["error"]["code"] == "SubscriptionNotFound"


def test_a_subscription_has_locations(emulator: Emulator, client: httpx.Client) -> None:
    names = [
        one["name"] for one in values(client, f"/subscriptions/{emulator.subscription}/locations")
    ]

    assert "westeurope" in names


def test_nobody_sees_subscriptions_without_a_token(emulator: Emulator) -> None:
    with emulator.stranger() as client:
        answers = [client.get(path, params=VERSION) for path in ("/subscriptions", "/tenants")]

    assert [answer.status_code for answer in answers] == [401, 401]


def test_resources_are_listed_by_filter_without_what_lies_in_others(cloud: TestCloud) -> None:
    subscriptions = Subscriptions(cloud.state, load(cloud.state.directory))
    cloud.put(ACCOUNT, ACCOUNT_BODY)
    cloud.put(CONTAINER, {})
    cloud.put(VAULT, VAULT_BODY)

    def names(filter_: str, scope: str = GROUP) -> list[str]:
        return [text(entry, "name") for entry in subscriptions.resources(scope, filter_)]

    assert sorted(names("")) == ["account1", "vault1"]
    assert names("resourceType eq 'microsoft.keyvault/vaults'") == ["vault1"]
    assert names("resourceGroup eq 'rg' and name eq 'account1'") == ["account1"]
    assert names("resourceGroup eq 'other'") == []
    with pytest.raises(AzureError) as error:
        names("color eq 'red'")
    assert refusal(error) == (400, "InvalidFilterInQueryString")


def test_a_subscription_lists_its_resources_over_rest(
    emulator: Emulator, client: httpx.Client
) -> None:
    path = f"/subscriptions/{emulator.subscription}"

    found = values(client, f"{path}/resources", **{"$filter": "name eq 'nothing'"})

    assert found == []


@pytest.mark.parametrize(
    ("resource_id", "body"),
    [(ACCOUNT, ACCOUNT_BODY), (VAULT, VAULT_BODY), (REGISTRY, REGISTRY_BODY)],
)
def test_a_name_is_free_until_a_resource_has_it(
    cloud: TestCloud, resource_id: str, body: dict[str, object]
) -> None:
    name, type_ = resource_id.rsplit("/", maxsplit=1)[-1], "/".join(resource_id.split("/")[6:8])
    free = cloud.manager.availability(type_, name)
    cloud.put(resource_id, body)

    taken = cloud.manager.availability(type_, name.upper())
    invalid = cloud.manager.availability(type_, "-")

    assert free == {"nameAvailable": True}
    assert (taken["nameAvailable"], invalid["nameAvailable"]) == (False, False)
    assert invalid["reason"] == "AccountNameInvalid"


def test_a_deleted_vault_keeps_its_name(cloud: TestCloud) -> None:
    cloud.put(VAULT, VAULT_BODY)
    cloud.delete(VAULT)

    found = cloud.manager.availability("Microsoft.KeyVault/vaults", "vault1")

    assert (found["nameAvailable"], found["reason"]) == (False, "AlreadyExists")


def test_a_free_name_is_asked_for_over_rest(emulator: Emulator, client: httpx.Client) -> None:
    provider = f"/subscriptions/{emulator.subscription}/providers/Microsoft.Storage"
    wanted = {"name": "freename", "type": "Microsoft.Storage/storageAccounts"}

    answer = client.post(f"{provider}/checkNameAvailability", params=VERSION, json=wanted)

    assert answer.json() == {"nameAvailable": True}


def test_a_role_is_found_by_its_name_and_by_its_id(cloud: TestCloud) -> None:
    by_name = cloud.children(GROUP, ROLES, "roleName eq 'Storage Blob Data Contributor'")
    by_id = cloud.get(f"{GROUP}/providers/{ROLES}/{CONTRIBUTOR}")

    assert by_name == [by_id]
    subscription = "/".join(GROUP.split("/")[:3])
    assert by_id["id"] == f"{subscription}/providers/{ROLES}/{CONTRIBUTOR}"
    assert len(cloud.children(GROUP, ROLES)) > 10


def test_roles_are_azures_own(cloud: TestCloud) -> None:
    with pytest.raises(AzureError) as error:
        cloud.put(f"{GROUP}/providers/{ROLES}/{CONTRIBUTOR}", {})
    with pytest.raises(AzureError) as unknown:
        cloud.get(f"{GROUP}/providers/{ROLES}/{stable_guid('none')}")

    assert refusal(error) == (405, "MethodNotAllowed")
    assert unknown.value.status == 404


def test_assignments_are_listed_at_a_scope_alone_or_of_a_principal(cloud: TestCloud) -> None:
    cloud.put(ACCOUNT, ACCOUNT_BODY)
    properties = {
        "principalId": CALLER.object_id,
        "roleDefinitionId": f"/subscriptions/x/providers/{ROLES}/{CONTRIBUTOR}",
    }
    for scope in (GROUP, ACCOUNT):
        name = stable_guid(scope)
        cloud.put(f"{scope}/providers/{ASSIGNMENTS}/{name}", {"properties": properties})

    def scopes(filter_: str) -> list[str]:
        found = cloud.children(GROUP, ASSIGNMENTS, filter_)
        return [text(one, "properties", "scope") for one in found]

    assert scopes("atScope()") == [GROUP]
    assert scopes(f"atScope() and assignedTo('{CALLER.object_id}')") == [GROUP]
    assert scopes("atScope() and assignedTo('somebody')") == []
    assert scopes(f"principalId eq '{CALLER.object_id}'") == [GROUP, ACCOUNT]
    assert scopes("principalId eq 'somebody'") == []


def test_an_application_finds_its_object_id(emulator: Emulator, client: httpx.Client) -> None:
    variables = emulator.variables
    tenant_id, client_id = variables["ARM_TENANT_ID"], variables["ARM_CLIENT_ID"]
    filter_ = f"servicePrincipalNames/any(c:c eq '{client_id}')"

    found = values(client, "/v1.0/servicePrincipals", **{"$filter": filter_})
    ids = {"ids": [stable_guid("object", tenant_id, client_id), "unknown"]}
    again = client.post("/v1.0/directoryObjects/getByIds", json=ids).json()["value"]

    assert [text(one, "id") for one in found] == ids["ids"][:1]
    assert again == found


def test_an_application_is_no_user(client: httpx.Client) -> None:
    me = client.get("/v1.0/me")

    assert me.status_code == 400
    assert "delegated authentication flow" in me.json()["error"]["message"]
    assert values(client, "/v1.0/users") == []


def test_graph_has_no_more(client: httpx.Client) -> None:
    assert client.get("/v1.0/groups").status_code == 404
