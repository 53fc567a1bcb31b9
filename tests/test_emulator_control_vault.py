"""What emulated key vaults refuse and answer, in Azure's codes and words."""

import asyncio
from unittest.mock import AsyncMock, Mock

import pytest
from aiohttp import web
from emulator_cloud import (
    CALLER,
    GROUP,
    TENANT,
    VAULT,
    VAULT_BODY,
    TestCloud,
    cloud,
    refusal,
    with_properties,
)

from emulator.errors import AzureError
from emulator.front.login import Tokens
from emulator.front.vault_rest import VaultRest
from emulator.values import JsonObject, child, find, number, objects, text

OTHER_GROUP = GROUP.replace("/rg", "/other")
GUID = "44444444-0000-0000-0000-000000000000"


__all__ = ["cloud"]


@pytest.mark.parametrize("name", ["ab", "a" * 25, "1vault", "va--ult", "vault-"])
def test_a_vault_name_outside_the_rule_is_refused(cloud: TestCloud, name: str) -> None:
    with pytest.raises(AzureError) as error:
        cloud.put(VAULT.replace("vault1", name), VAULT_BODY)

    assert refusal(error) == (400, "VaultNameNotValid")


def test_a_vault_name_is_unique_in_the_world(cloud: TestCloud) -> None:
    cloud.put(VAULT, VAULT_BODY)
    cloud.put(OTHER_GROUP, {"location": "westeurope"})

    with pytest.raises(AzureError) as error:
        cloud.put(VAULT.replace("/rg/", "/other/"), VAULT_BODY)

    assert refusal(error) == (409, "VaultAlreadyExists")


def test_a_deleted_vault_keeps_its_name(cloud: TestCloud) -> None:
    cloud.put(VAULT, VAULT_BODY)
    cloud.delete(VAULT)

    with pytest.raises(AzureError, match="already exists in deleted state") as error:
        cloud.put(VAULT, VAULT_BODY)

    assert refusal(error) == (409, "ConflictError")


def test_deleted_vaults_are_listed_under_their_subscription(cloud: TestCloud) -> None:
    cloud.put(VAULT, VAULT_BODY)
    cloud.delete(VAULT)

    subscription = f"/subscriptions/{CALLER.subscription_id}"
    listed = cloud.children(subscription, "Microsoft.KeyVault/deletedVaults")

    assert [text(body, "name") for body in listed] == ["vault1"]


def test_triggers_that_were_shut_out_are_told_of_a_secret_however_it_is_set(
    cloud: TestCloud,
) -> None:
    policy: JsonObject = {"tenantId": TENANT, "objectId": CALLER.object_id}
    policy["permissions"] = {"secrets": ["set"]}
    cloud.put(VAULT, with_properties(VAULT_BODY, accessPolicies=[policy]))
    tokens = Mock(Tokens, url="https://127.0.0.1:1", read=lambda _: CALLER)
    rest = VaultRest(cloud.manager, tokens)
    request = Mock(
        web.BaseRequest,
        method="PUT",
        host="127.0.0.1:1",
        path="/vault/vault1/secrets/s2",
        headers={},
        json=AsyncMock(return_value={"value": "2"}),
    )
    before = cloud.worker.changes_of_access

    cloud.put(f"{VAULT}/secrets/s1", {"properties": {"value": "1"}})
    by_resource_manager = cloud.worker.changes_of_access
    answer = asyncio.run(rest.handle(request))

    assert answer.status == 200
    assert (by_resource_manager, cloud.worker.changes_of_access) == (before + 1, before + 2)


def test_a_deleted_vault_comes_back_with_its_secrets(cloud: TestCloud) -> None:
    cloud.put(VAULT, VAULT_BODY)
    cloud.put(f"{VAULT}/secrets/s1", {"properties": {"value": "x"}})
    cloud.delete(VAULT)

    cloud.put(VAULT, with_properties(VAULT_BODY, createMode="recover"))

    assert text(cloud.get(f"{VAULT}/secrets/s1"), "name") == "s1"


def test_a_protected_vault_cannot_be_purged(cloud: TestCloud) -> None:
    cloud.put(VAULT, with_properties(VAULT_BODY, enablePurgeProtection=True))
    cloud.delete(VAULT)
    deleted = f"/subscriptions/{CALLER.subscription_id}/providers/Microsoft.KeyVault"
    deleted += "/locations/westeurope/deletedVaults/vault1"

    with pytest.raises(AzureError) as error:
        cloud.action(deleted, "purge")

    assert error.value.message == "Operation 'DeletedVaultPurge' is not allowed."


def test_purge_protection_cannot_be_false(cloud: TestCloud) -> None:
    with pytest.raises(AzureError) as error:
        cloud.put(VAULT, with_properties(VAULT_BODY, enablePurgeProtection=False))

    assert refusal(error) == (400, "BadRequest")
    assert error.value.message == (
        'The property "enablePurgeProtection" cannot be set to false. Enabling the purge '
        "protection for a vault is an irreversible action."
    )


def test_the_vaults_uri_gets_its_slash_after_creation(cloud: TestCloud) -> None:
    created = cloud.put(VAULT, VAULT_BODY)

    assert text(created, "properties", "vaultUri") == "https://127.0.0.1:1/vault/vault1"
    assert text(cloud.get(VAULT), "properties", "vaultUri") == "https://127.0.0.1:1/vault/vault1/"


def policy(object_id: str, *secrets: str) -> dict[str, object]:
    return {"tenantId": TENANT, "objectId": object_id, "permissions": {"secrets": list(secrets)}}


def add_policy(cloud: TestCloud, object_id: str) -> None:
    body = {"properties": {"accessPolicies": [policy(object_id, "get")]}}
    cloud.put(f"{VAULT}/accessPolicies/add", dict(body))


def test_a_vault_put_with_inline_policies_wipes_the_separate_ones(cloud: TestCloud) -> None:
    cloud.put(VAULT, VAULT_BODY)
    add_policy(cloud, GUID)

    cloud.put(VAULT, with_properties(VAULT_BODY, accessPolicies=[]))

    assert objects(cloud.get(VAULT), "properties", "accessPolicies") == []


def test_a_vault_put_without_policies_keeps_them(cloud: TestCloud) -> None:
    cloud.put(VAULT, VAULT_BODY)
    add_policy(cloud, GUID)

    cloud.put(VAULT, VAULT_BODY | {"tags": {"a": "b"}})

    assert objects(cloud.get(VAULT), "properties", "accessPolicies") == [policy(GUID, "get")]


def test_removing_one_policy_leaves_the_others(cloud: TestCloud) -> None:
    cloud.put(VAULT, VAULT_BODY)
    other = GUID.replace("4444", "5555")
    add_policy(cloud, GUID)
    add_policy(cloud, other)

    gone = {"properties": {"accessPolicies": [policy(GUID)]}}
    cloud.put(f"{VAULT}/accessPolicies/remove", dict(gone))

    assert objects(cloud.get(VAULT), "properties", "accessPolicies") == [policy(other, "get")]


def granted(cloud: TestCloud) -> dict[str, float]:
    times = child(cloud.state.require(VAULT).private, "granted")
    return {subject: number(times, subject) for subject in times}


def test_a_policy_is_as_old_as_its_last_change(cloud: TestCloud) -> None:
    other = GUID.replace("4444", "5555")
    cloud.put(VAULT, with_properties(VAULT_BODY, accessPolicies=[policy(GUID, "get")]))
    cloud.state.require(VAULT).private["granted"] = {GUID: 1.0}

    add_policy(cloud, other)
    add_policy(cloud, GUID)
    cloud.put(VAULT, VAULT_BODY | {"tags": {"a": "b"}})
    assert granted(cloud)[GUID] == 1.0
    assert granted(cloud)[other] > 1.0

    changed = [policy(GUID, "get", "list"), policy(other, "get")]
    cloud.put(VAULT, with_properties(VAULT_BODY, accessPolicies=changed))
    assert granted(cloud)[GUID] > 1.0


def test_users_do_not_wait_for_their_policies(cloud: TestCloud) -> None:
    cloud.state.settings.grant_seconds = 3600
    deleter = [policy(CALLER.object_id, "delete")]
    cloud.put(VAULT, with_properties(VAULT_BODY, accessPolicies=deleter))
    cloud.put(f"{VAULT}/secrets/s1", {"properties": {"value": "1"}})

    assert cloud.delete(f"{VAULT}/secrets/s1")


def test_resource_manager_never_gives_a_secrets_value(cloud: TestCloud) -> None:
    cloud.put(VAULT, VAULT_BODY)

    cloud.put(f"{VAULT}/secrets/s1", {"properties": {"value": "not to be seen"}})

    assert "not to be seen" not in str(cloud.get(f"{VAULT}/secrets/s1"))


def test_each_put_of_a_secret_is_a_version_of_one_uri(cloud: TestCloud) -> None:
    cloud.put(VAULT, VAULT_BODY)

    first = cloud.put(f"{VAULT}/secrets/s1", {"properties": {"value": "1"}})
    second = cloud.put(f"{VAULT}/secrets/s1", {"properties": {"value": "2"}})

    uri = "https://127.0.0.1:1/vault/vault1/secrets/s1"
    assert text(first, "properties", "secretUri") == uri
    assert text(second, "properties", "secretUri") == uri
    versions = {text(body, "properties", "secretUriWithVersion") for body in (first, second)}
    assert len(versions) == 2


@pytest.mark.parametrize(
    ("acls", "message"),
    [
        ({"defaultAction": "Deny", "bypass": "AzureServices"}, "Client address is not authorized"),
        ({"defaultAction": "Allow"}, "does not have secrets delete permission"),
    ],
)
def test_a_secret_is_deleted_past_the_firewall_and_the_policies_alone(
    cloud: TestCloud, acls: JsonObject, message: str
) -> None:
    cloud.put(VAULT, with_properties(VAULT_BODY, networkAcls=acls))
    cloud.put(f"{VAULT}/secrets/s1", {"properties": {"value": "1"}})

    with pytest.raises(AzureError, match=message) as error:
        cloud.delete(f"{VAULT}/secrets/s1")

    assert refusal(error) == (403, "Forbidden")


def firewall(*addresses: str) -> JsonObject:
    rules = [{"value": address} for address in addresses]
    return {"defaultAction": "Deny", "bypass": "AzureServices", "ipRules": rules}


@pytest.mark.parametrize(
    ("addresses", "is_let_in"),
    [
        (["127.0.0.1"], True),
        (["127.0.0.1/32"], True),
        (["203.0.113.7", "127.0.0.0/8"], True),
        (["127.0.0.2"], False),
        (["203.0.113.0/24"], False),
        ([], False),
    ],
)
def test_the_firewall_lets_in_whom_an_address_rule_covers(
    cloud: TestCloud, addresses: list[str], is_let_in: bool
) -> None:
    deleter = [policy(CALLER.object_id, "delete")]
    acls = firewall(*addresses)
    cloud.put(VAULT, with_properties(VAULT_BODY, accessPolicies=deleter, networkAcls=acls))
    cloud.put(f"{VAULT}/secrets/s1", {"properties": {"value": "1"}})

    if is_let_in:
        assert cloud.delete(f"{VAULT}/secrets/s1")
    else:
        with pytest.raises(AzureError, match="Client address is not authorized"):
            cloud.delete(f"{VAULT}/secrets/s1")


def test_an_address_comes_back_as_a_range(cloud: TestCloud) -> None:
    acls = firewall("203.0.113.7", "198.51.100.0/24")

    body = cloud.put(VAULT, with_properties(VAULT_BODY, networkAcls=acls))

    assert find(body, "properties", "networkAcls") == firewall("203.0.113.7/32", "198.51.100.0/24")


@pytest.mark.parametrize(
    "address", ["", "here", "203.0.113", "203.0.113.256", "10.0.0.0/33", "::1"]
)
def test_an_address_rule_that_is_none_is_refused(cloud: TestCloud, address: str) -> None:
    with pytest.raises(AzureError, match=r"networkAcls\.ipRules") as error:
        cloud.put(VAULT, with_properties(VAULT_BODY, networkAcls=firewall(address)))

    assert refusal(error) == (400, "BadRequest")


def test_a_deleted_secret_keeps_its_name(cloud: TestCloud) -> None:
    deleter = [policy(CALLER.object_id, "delete")]
    cloud.put(VAULT, with_properties(VAULT_BODY, accessPolicies=deleter))
    cloud.put(f"{VAULT}/secrets/s1", {"properties": {"value": "1"}})
    cloud.delete(f"{VAULT}/secrets/s1")

    with pytest.raises(AzureError, match="deleted but recoverable state") as error:
        cloud.put(f"{VAULT}/secrets/s1", {"properties": {"value": "1"}})

    assert refusal(error) == (409, "Conflict")
