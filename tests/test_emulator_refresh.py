"""What a refresh of azure-native writes into the inputs of a program."""

import pytest
from emulator_cloud import (
    CALLER,
    TENANT,
    VAULT,
    VAULT_BODY,
    TestCloud,
    cloud,
    with_properties,
)
from emulator_session import Session

from emulator.providers.differ import refreshed_inputs
from emulator.providers.wire import Properties, Secret
from emulator.values import child, find

__all__ = ["cloud"]

REGISTRY = "azure-native:containerregistry:Registry"
VAULT_TYPE = "azure-native:keyvault:Vault"
Inputs = dict[str, object]


def registry(**changes: object) -> Inputs:
    return {
        "resourceGroupName": "rg",
        "registryName": "registry1",
        "sku": {"name": "Premium"},
        **changes,
    }


@pytest.fixture
def session(cloud: TestCloud) -> Session:
    return Session(cloud)


def test_a_refresh_carries_over_only_what_changed_in_the_cloud() -> None:
    inputs: Properties = {"tags": {"a": "1"}, "secret": Secret("s"), "tier": "Hot", "own": [1]}
    before: Properties = {"tags": {"a": "1"}, "tier": "Hot", "other": "x"}
    after: Properties = {"tags": {"a": "2"}, "tier": "Hot", "other": "x"}

    refreshed = refreshed_inputs(inputs, before, after)

    assert refreshed == {"tags": {"a": "2"}, "secret": Secret("s"), "tier": "Hot", "own": [1]}


def test_a_change_of_what_was_never_said_is_carried_over_whole() -> None:
    inputs: Properties = {"sku": "Premium"}
    before: Properties = {"policies": {"a": 1, "b": 2}, "sku": "Premium"}
    after: Properties = {"policies": {"a": 1, "b": 3}, "sku": "Premium", "new": True}

    refreshed = refreshed_inputs(inputs, before, after)

    assert refreshed == {"sku": "Premium", "policies": {"a": 1, "b": 3}, "new": True}


def test_keys_that_are_new_in_an_object_are_carried_over_and_gone_ones_leave() -> None:
    inputs: Properties = {"policies": {"a": 1, "gone": 2}}
    before: Properties = {"policies": {"a": 1, "gone": 2, "b": 2}}
    after: Properties = {"policies": {"a": 1, "b": 2, "c": 3}}

    refreshed = refreshed_inputs(inputs, before, after)

    assert refreshed == {"policies": {"a": 1, "c": 3}}


def test_lists_are_carried_over_item_by_item() -> None:
    inputs: Properties = {"rules": [{"name": "a"}, {"name": "b"}]}
    before: Properties = {"rules": [{"name": "a", "set": 1}, {"name": "b", "set": 1}]}
    after: Properties = {"rules": [{"name": "a", "set": 2}, {"name": "b", "set": 1}, {"name": "c"}]}

    refreshed = refreshed_inputs(inputs, before, after)

    assert refreshed == {"rules": [{"name": "a", "set": 2}, {"name": "b"}, {"name": "c"}]}


def test_a_policy_that_somebody_turned_on_is_removed_by_the_next_up(
    cloud: TestCloud, session: Session
) -> None:
    wanted = registry(policies={"exportPolicy": {"status": "enabled"}})
    made = session.create(REGISTRY, wanted)
    properties = cloud.state.require(made.id).properties
    child(properties, "policies", "softDeletePolicy")["status"] = "enabled"

    refreshed = session.read(REGISTRY, made)

    assert refreshed is not None
    assert find(refreshed.inputs, "policies") == {
        "exportPolicy": {"status": "enabled"},
        "softDeletePolicy": {"status": "enabled", "retentionDays": 7},
    }
    assert session.diff(REGISTRY, refreshed, wanted) == {"policies.softDeletePolicy": "DELETE"}


def test_policies_of_a_vault_that_are_resources_of_their_own_stay_out_of_its_inputs(
    cloud: TestCloud, session: Session
) -> None:
    names: Inputs = {"resourceGroupName": "rg", "vaultName": "vault1"}
    made = session.create(VAULT_TYPE, {**names, **VAULT_BODY})
    entry = {"tenantId": TENANT, "objectId": CALLER.object_id, "permissions": {}}
    cloud.put(VAULT, with_properties(VAULT_BODY, accessPolicies=[entry]))

    refreshed = session.read(VAULT_TYPE, made)

    assert refreshed is not None
    assert refreshed.inputs == made.inputs
    assert session.diff(VAULT_TYPE, refreshed, {**names, **VAULT_BODY}) == {}


def test_the_state_after_a_create_is_what_a_later_read_answers(session: Session) -> None:
    names: Inputs = {"resourceGroupName": "rg", "vaultName": "vault1"}

    made = session.create(VAULT_TYPE, {**names, **VAULT_BODY})

    assert str(child(made.outputs, "properties")["vaultUri"]).endswith("/")
    assert session.read(VAULT_TYPE, made) == made
