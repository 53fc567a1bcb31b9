"""Sessions of explicit providers: each works in the subscription of its own settings."""

import pytest
from emulator_cloud import (
    ACCOUNT,
    ACCOUNT_BODY,
    CONTAINER,
    GROUP,
    IDENTITY,
    REGISTRY,
    REGISTRY_BODY,
    VAULT,
    VAULT_BODY,
    TestCloud,
    cloud,
)
from emulator_session import RefusalError, Session

from emulator.values import find, text

__all__ = ["cloud"]

HERE = GROUP.split("/")[2]
THERE = "99999999-0000-0000-0000-000000000000"
WORKSPACE = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/workspace1"
GROUP_TOKEN = "azure-native:resources:ResourceGroup"
LOOKUPS: dict[str, tuple[str, dict[str, str]]] = {
    "resources:getResourceGroup": (GROUP, {}),
    "storage:getStorageAccount": (ACCOUNT, {"accountName": "account1"}),
    "storage:getBlobContainer": (
        CONTAINER,
        {"accountName": "account1", "containerName": "transfer"},
    ),
    "managedidentity:getUserAssignedIdentity": (IDENTITY, {"resourceName": "identity1"}),
    "keyvault:getVault": (VAULT, {"vaultName": "vault1"}),
    "containerregistry:getRegistry": (REGISTRY, {"registryName": "registry1"}),
    "operationalinsights:getWorkspace": (WORKSPACE, {"workspaceName": "workspace1"}),
}


def there(resource_id: str) -> str:
    return resource_id.replace(HERE, THERE)


@pytest.fixture
def two(cloud: TestCloud) -> TestCloud:
    """Give a cloud whose resources lie in another subscription than the caller's."""
    place = {"location": "northeurope"}
    cloud.put(there(GROUP), dict(place))
    cloud.put(there(ACCOUNT), ACCOUNT_BODY)
    cloud.put(there(CONTAINER), {})
    cloud.put(there(IDENTITY), dict(place))
    cloud.put(there(VAULT), VAULT_BODY)
    cloud.put(there(REGISTRY), REGISTRY_BODY)
    cloud.put(there(WORKSPACE), dict(place))
    return cloud


@pytest.mark.parametrize("function", LOOKUPS)
def test_a_lookup_goes_to_the_subscription_of_its_provider(two: TestCloud, function: str) -> None:
    default, other = Session(two), Session(two)
    default.configure()
    other.configure(subscriptionId=THERE)
    resource_id, args = LOOKUPS[function]

    found = other.invoke(f"azure-native:{function}", resourceGroupName="rg", **args)

    assert found["id"] == there(resource_id)
    assert text(found, "name") == resource_id.rpartition("/")[2]
    if function != "resources:getResourceGroup":
        with pytest.raises(RefusalError, match="NotFound"):
            default.invoke(f"azure-native:{function}", resourceGroupName="rg", **args)


def test_a_lookup_gives_what_the_program_reads(two: TestCloud) -> None:
    session = Session(two)
    session.configure(subscriptionId=THERE)

    def look(function: str) -> dict[str, object]:
        args = LOOKUPS[function][1]
        return session.invoke(f"azure-native:{function}", resourceGroupName="rg", **args)

    assert look("storage:getBlobContainer")["publicAccess"] == "None"
    assert find(look("storage:getStorageAccount"), "primaryEndpoints", "blob")
    assert look("managedidentity:getUserAssignedIdentity")["principalId"]
    assert find(look("keyvault:getVault"), "properties", "vaultUri")
    assert look("operationalinsights:getWorkspace")["customerId"]
    assert look("resources:getResourceGroup")["location"] == "northeurope"


def test_a_session_that_is_configured_again_forgets_its_last_settings(two: TestCloud) -> None:
    session = Session(two)
    ids = []
    for settings in ({"subscriptionId": THERE}, {"location": "uksouth"}, {"subscriptionId": THERE}):
        session.configure(**settings)
        found = session.invoke("azure-native:resources:getResourceGroup", resourceGroupName="rg")
        ids.append(found["id"])

    assert ids == [there(GROUP), GROUP, there(GROUP)]


def test_a_session_makes_things_in_its_own_subscription(two: TestCloud) -> None:
    session = Session(two)
    session.configure(subscriptionId=THERE)

    made = session.create(GROUP_TOKEN, {"resourceGroupName": "new", "location": "westeurope"})

    assert made.id == f"/subscriptions/{THERE}/resourceGroups/new"
    config = session.invoke("azure-native:authorization:getClientConfig")
    assert config["subscriptionId"] == THERE


@pytest.mark.parametrize("function", LOOKUPS)
def test_a_lookup_of_what_is_not_there_is_refused(cloud: TestCloud, function: str) -> None:
    session = Session(cloud)
    session.configure(subscriptionId=THERE)
    args = LOOKUPS[function][1]

    with pytest.raises(RefusalError, match='Code="ResourceGroupNotFound"'):
        session.invoke(f"azure-native:{function}", resourceGroupName="rg", **args)
