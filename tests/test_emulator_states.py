"""States on the way, which the emulated cloud shows where its settings ask for them."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from conftest_emulator import Emulator
from emulator_cloud import (
    ACCOUNT,
    ACCOUNT_BODY,
    CALLER,
    GROUP,
    REGISTRY,
    REGISTRY_BODY,
    VAULT,
    VAULT_BODY,
    TestCloud,
    cloud,
)
from emulator_session import Session

from emulator.errors import AzureError
from emulator.values import JsonObject, text

__all__ = ["cloud"]

STATE = ("properties", "provisioningState")


def slow(cloud: TestCloud, seconds: float = 0.05) -> TestCloud:
    cloud.state.settings.states_seconds = seconds
    return cloud


@pytest.mark.parametrize(
    ("resource_id", "body", "first"),
    [(VAULT, VAULT_BODY, "RegisteringDns"), (REGISTRY, REGISTRY_BODY, "Creating")],
)
def test_what_is_new_is_on_its_way_for_a_while(
    cloud: TestCloud, resource_id: str, body: JsonObject, first: str
) -> None:
    manager = slow(cloud).manager

    async def follow() -> list[str]:
        return [
            text(await answer, *STATE)
            for answer in (
                manager.put(resource_id, body, CALLER, "2024-01-01"),
                manager.get(resource_id),
                manager.settled(resource_id),
                manager.put(resource_id, body, CALLER, "2024-01-01"),
            )
        ]

    assert asyncio.run(follow()) == [first, first, "Succeeded", "Succeeded"]


def test_without_the_setting_nothing_is_on_its_way(cloud: TestCloud) -> None:
    assert text(cloud.put(VAULT, VAULT_BODY), *STATE) == "Succeeded"
    cloud.delete(GROUP)

    assert cloud.state.get(GROUP) is None


def test_a_group_is_accepted_for_deletion_and_takes_nothing_new(cloud: TestCloud) -> None:
    manager = slow(cloud).manager

    async def follow() -> str:
        await manager.put(ACCOUNT, ACCOUNT_BODY, CALLER, "2024-01-01")
        assert await manager.delete(GROUP, CALLER)
        assert text(await manager.get(GROUP), *STATE) == "Deleting"
        with pytest.raises(AzureError) as refused:
            await manager.put(VAULT, VAULT_BODY, CALLER, "2024-01-01")
        assert await manager.delete(GROUP, CALLER)
        await manager.transitions.wait(GROUP)
        return refused.value.code

    assert asyncio.run(follow()) == "ResourceGroupBeingDeleted"
    assert cloud.state.get(GROUP) is None
    assert cloud.state.under(GROUP) == []


def test_what_an_emulator_has_left_on_its_way_ends_at_the_next_start(cloud: TestCloud) -> None:
    manager = slow(cloud, 60).manager

    async def leave() -> None:
        for resource_id, body in ((VAULT, VAULT_BODY), (REGISTRY, REGISTRY_BODY)):
            await manager.put(resource_id, body, CALLER, "2024-01-01")
        await manager.delete(REGISTRY, CALLER)
        await manager.transitions.stop()
        await manager.finish(CALLER)

    asyncio.run(leave())

    assert text(cloud.get(VAULT), *STATE) == "Succeeded"
    assert cloud.state.get(REGISTRY) is None


def test_the_provider_waits_for_the_end_of_both_ways(cloud: TestCloud) -> None:
    slow(cloud)
    token = "azure-native:containerregistry:Registry"
    inputs = {
        "resourceGroupName": "rg",
        "registryName": "registry1",
        "sku": {"name": "Premium"},
        "location": "westeurope",
    }

    made = Session(cloud).create(token, inputs)
    Session(cloud).delete(token, made)

    assert made.outputs["provisioningState"] == "Succeeded"
    assert cloud.state.get(REGISTRY) is None


@contextmanager
def slow_cloud(emulator: Emulator, seconds: float) -> Iterator[httpx.Client]:
    with emulator.settings(states_seconds=seconds), emulator.client() as client:
        yield client


@pytest.mark.xdist_group("emulator")
def test_a_deletion_is_accepted_over_rest_and_its_end_can_be_asked_for(
    emulator: Emulator,
) -> None:
    group = GROUP.replace(GROUP.split("/")[2], emulator.subscription) + "-states"
    vault = f"{group}/providers/Microsoft.KeyVault/vaults/states{int(time.time())}"
    tenant = emulator.variables["ARM_TENANT_ID"]
    properties = {"tenantId": tenant, "sku": {"family": "A", "name": "standard"}}
    with slow_cloud(emulator, 0.5) as client:
        client.put(group, json={"location": "westeurope"}).raise_for_status()
        body = {"location": "westeurope", "properties": properties}
        made = client.put(vault, json=body)
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(f"{text(made.json(), 'properties', 'vaultUri')}/secrets/none")
        accepted = client.delete(group)
        going = client.get(accepted.headers["Location"])
        ended = client.delete(group)
        while client.get(ended.headers["Location"]).status_code == 202:
            pass
        gone = client.get(group)

    assert [one.status_code for one in (made, accepted, going, gone)] == [201, 202, 202, 404]
    assert text(made.json(), *STATE) == "RegisteringDns"
