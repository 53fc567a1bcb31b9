"""What the emulated Resource Manager does for every type of resource."""

import pytest
from emulator_cloud import (
    ACCOUNT,
    ACCOUNT_BODY,
    CONTAINER,
    GROUP,
    VAULT,
    VAULT_BODY,
    TestCloud,
    cloud,
    refusal,
)

from emulator.errors import AzureError
from emulator.resource_types import ACCOUNT_TYPE
from emulator.settings import Fault, Settings
from emulator.state import State

__all__ = ["cloud"]


def test_a_resource_needs_its_group(cloud: TestCloud) -> None:
    with pytest.raises(AzureError) as error:
        cloud.put(ACCOUNT.replace("/rg/", "/nowhere/"), ACCOUNT_BODY)

    assert refusal(error) == (404, "ResourceGroupNotFound")
    assert error.value.message == "Resource group 'nowhere' could not be found."


def test_a_child_needs_its_parent(cloud: TestCloud) -> None:
    with pytest.raises(AzureError) as error:
        cloud.put(CONTAINER, {})

    assert refusal(error) == (404, "ParentResourceNotFound")


def test_a_missing_resource_is_named_by_its_path(cloud: TestCloud) -> None:
    with pytest.raises(AzureError) as error:
        cloud.get(VAULT)

    assert refusal(error) == (404, "ResourceNotFound")
    assert error.value.message.startswith(
        "The Resource 'Microsoft.KeyVault/vaults/vault1' under resource group 'rg' was not found."
    )


def test_an_unknown_type_fails_loudly(cloud: TestCloud) -> None:
    with pytest.raises(AzureError, match="The emulator does not have the resource type") as error:
        cloud.put(f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net", {})

    assert refusal(error) == (404, "InvalidResourceType")


def test_a_resource_cannot_move(cloud: TestCloud) -> None:
    cloud.put(ACCOUNT, ACCOUNT_BODY)

    with pytest.raises(AzureError) as error:
        cloud.put(ACCOUNT, ACCOUNT_BODY | {"location": "North Europe"})

    assert refusal(error) == (409, "InvalidResourceLocation")


def test_a_group_takes_everything_with_it(cloud: TestCloud) -> None:
    cloud.put(ACCOUNT, ACCOUNT_BODY)
    cloud.put(CONTAINER, {})
    cloud.put(VAULT, VAULT_BODY)

    assert cloud.delete(GROUP)

    assert cloud.state.under(GROUP) == []
    assert cloud.blobs.accounts == {}


def test_a_fault_is_given_as_often_as_it_was_asked_for(cloud: TestCloud) -> None:
    cloud.state.settings.faults = [
        Fault("Microsoft.KeyVault/*", verb="PUT", count=1, status=429, code="TooManyRequests")
    ]

    with pytest.raises(AzureError) as error:
        cloud.put(VAULT, VAULT_BODY)

    assert refusal(error) == (429, "TooManyRequests")
    cloud.put(VAULT, VAULT_BODY)


def test_calls_are_counted_by_verb_and_type(cloud: TestCloud) -> None:
    cloud.manager.calls.clear()

    cloud.put(ACCOUNT, ACCOUNT_BODY)
    cloud.get(ACCOUNT)
    cloud.action(ACCOUNT, "listKeys")

    account = "Microsoft.Storage/storageAccounts"
    assert cloud.manager.calls == {
        f"PUT {account}": 1,
        f"GET {account}": 1,
        f"listKeys {account}": 1,
    }


def test_a_latency_by_type_is_one_of_puts_alone() -> None:
    settings = Settings(latencies={ACCOUNT_TYPE: 2.5, f"DELETE {ACCOUNT_TYPE}": 1})

    verbs = ("PUT", "DELETE", "GET", "listAccountSas")
    assert [settings.latency(verb, ACCOUNT_TYPE) for verb in verbs] == [2.5, 1, 0, 0]


def test_the_state_survives_a_restart(cloud: TestCloud) -> None:
    cloud.put(ACCOUNT, ACCOUNT_BODY)
    port = cloud.state.port("front")

    again = State(cloud.state.directory)

    assert again.require(ACCOUNT.upper()) == cloud.state.require(ACCOUNT)
    assert again.port("front") == port
    assert (again.directory / "state.json").stat().st_mode & 0o077 == 0, "keys lie in it"
