"""What emulated storage accounts refuse and answer, in Azure's codes and words."""

import pytest
from emulator_cloud import (
    ACCOUNT,
    ACCOUNT_BODY,
    CONTAINER,
    GROUP,
    TestCloud,
    cloud,
    refusal,
    with_properties,
)

from emulator.errors import AzureError
from emulator.values import find, text, texts

OTHER_GROUP = GROUP.replace("/rg", "/other")
SAS = {
    "signedPermission": "rl",
    "signedStart": "2026-01-01T00:00:00Z",
    "signedExpiry": "2026-01-31T00:00:00Z",
    "signedProtocol": "https",
}
SERVICE_SAS = SAS | {"canonicalizedResource": "/blob/account1/transfer", "signedResource": "c"}


__all__ = ["cloud"]


@pytest.mark.parametrize("name", ["ab", "a" * 25, "Account1", "account-1"])
def test_a_storage_account_name_outside_the_rule_is_refused(cloud: TestCloud, name: str) -> None:
    with pytest.raises(AzureError, match="must be between 3 and 24 characters") as error:
        cloud.put(ACCOUNT.replace("account1", name), ACCOUNT_BODY)

    assert refusal(error) == (400, "AccountNameInvalid")


@pytest.mark.parametrize("name", ["abc", "a" * 24])
def test_a_storage_account_name_at_the_limit_is_accepted(cloud: TestCloud, name: str) -> None:
    assert text(cloud.put(ACCOUNT.replace("account1", name), ACCOUNT_BODY), "name") == name


def test_a_storage_account_name_is_unique_in_the_world(cloud: TestCloud) -> None:
    cloud.put(ACCOUNT, ACCOUNT_BODY)
    cloud.put(OTHER_GROUP, {"location": "westeurope"})

    with pytest.raises(AzureError) as error:
        cloud.put(ACCOUNT.replace("/rg/", "/other/"), ACCOUNT_BODY)

    assert refusal(error) == (409, "StorageAccountAlreadyTaken")
    assert error.value.message == "The storage account named account1 is already taken."


def test_infrastructure_encryption_cannot_be_changed(cloud: TestCloud) -> None:
    encryption = {"requireInfrastructureEncryption": True}
    cloud.put(ACCOUNT, with_properties(ACCOUNT_BODY, encryption=encryption))

    with pytest.raises(AzureError) as error:
        cloud.put(
            ACCOUNT,
            with_properties(ACCOUNT_BODY, encryption={"requireInfrastructureEncryption": False}),
        )

    assert refusal(error) == (400, "AccountPropertyCannotBeUpdated")


def test_an_account_answers_with_its_own_endpoint(cloud: TestCloud) -> None:
    body = cloud.put(ACCOUNT, ACCOUNT_BODY)

    assert find(body, "properties", "primaryEndpoints") == {"blob": "https://127.0.0.1:1/account1/"}


@pytest.mark.parametrize("address", ["203.0.113.7", "198.51.100.0/24", "198.51.100.0/30"])
def test_an_address_rule_is_kept(cloud: TestCloud, address: str) -> None:
    rules = {"defaultAction": "Deny", "ipRules": [{"value": address}]}

    body = cloud.put(ACCOUNT, with_properties(ACCOUNT_BODY, networkAcls=rules))

    assert find(body, "properties", "networkAcls", "ipRules") == rules["ipRules"]


@pytest.mark.parametrize("address", ["here", "203.0.113.256", "203.0.113.7/32", "203.0.113.6/31"])
def test_an_address_rule_that_storage_does_not_take_is_refused(
    cloud: TestCloud, address: str
) -> None:
    rules = {"ipRules": [{"value": address}]}

    with pytest.raises(AzureError, match=r"networkAcls\.ipRule") as error:
        cloud.put(ACCOUNT, with_properties(ACCOUNT_BODY, networkAcls=rules))

    assert refusal(error) == (400, "InvalidValuesForRequestParameters")


def test_no_answer_shows_an_account_key(cloud: TestCloud) -> None:
    body = cloud.put(ACCOUNT, ACCOUNT_BODY)

    keys = texts(cloud.state.require(ACCOUNT).private, "keys")
    assert len(keys) == 2
    assert not any(key in str(body) for key in keys)


def test_a_new_key_reaches_the_blob_service(cloud: TestCloud) -> None:
    cloud.put(ACCOUNT, ACCOUNT_BODY)
    before = cloud.blobs.accounts["account1"]

    cloud.action(ACCOUNT, "regenerateKey", {"keyName": "key2"})

    after = cloud.blobs.accounts["account1"]
    assert (after[0] == before[0], after[1] == before[1]) == (True, False)


def test_no_sas_is_signed_when_shared_keys_are_off(cloud: TestCloud) -> None:
    cloud.put(ACCOUNT, with_properties(ACCOUNT_BODY, allowSharedKeyAccess=False))

    with pytest.raises(AzureError) as error:
        cloud.action(ACCOUNT, "listServiceSas", SERVICE_SAS)

    assert refusal(error) == (403, "KeyBasedAuthenticationNotPermitted")
    assert error.value.message == (
        "Key based authentication is not permitted on this storage account."
    )


@pytest.mark.parametrize(
    "window",
    [{"signedExpiry": "2026-02-01T00:00:01Z"}, {"signedStart": ""}],
    ids=["too long", "without start"],
)
def test_a_sas_outside_a_blocking_policy_is_refused(
    cloud: TestCloud, window: dict[str, str]
) -> None:
    policy = {"sasExpirationPeriod": "31.00:00:00", "expirationAction": "Block"}
    cloud.put(ACCOUNT, with_properties(ACCOUNT_BODY, sasPolicy=policy))

    with pytest.raises(AzureError) as error:
        cloud.action(ACCOUNT, "listServiceSas", SERVICE_SAS | window)

    assert refusal(error) == (403, "AuthorizationFailure")


def test_a_sas_at_the_policys_limit_is_signed(cloud: TestCloud) -> None:
    policy = {"sasExpirationPeriod": "30.00:00:00", "expirationAction": "Block"}
    cloud.put(ACCOUNT, with_properties(ACCOUNT_BODY, sasPolicy=policy))

    token = text(cloud.action(ACCOUNT, "listServiceSas", SERVICE_SAS), "serviceSasToken")

    assert "sp=rl" in token
    assert not token.startswith("?")


@pytest.mark.parametrize("period", ["01:00:00", "0.01:00:00"])
def test_a_policy_of_hours_limits_a_sas_with_or_without_its_days(
    cloud: TestCloud, period: str
) -> None:
    policy = {"sasExpirationPeriod": period, "expirationAction": "Block"}
    cloud.put(ACCOUNT, with_properties(ACCOUNT_BODY, sasPolicy=policy))
    within = SERVICE_SAS | {"signedExpiry": "2026-01-01T01:00:00Z"}
    beyond = SERVICE_SAS | {"signedExpiry": "2026-01-01T01:00:01Z"}

    assert cloud.action(ACCOUNT, "listServiceSas", within)
    with pytest.raises(AzureError, match=f"policy of {period} with") as error:
        cloud.action(ACCOUNT, "listServiceSas", beyond)

    assert refusal(error) == (403, "AuthorizationFailure")


@pytest.mark.parametrize(
    "period", ["", "7", "7 days", "7.0:00:00", "24:00:00", "1.00:60:00", "9999999999.00:00:00"]
)
def test_a_period_that_no_sas_can_be_held_to_is_refused(cloud: TestCloud, period: str) -> None:
    policy = {"sasExpirationPeriod": period, "expirationAction": "Block"}

    with pytest.raises(AzureError, match=f"The value '{period}' of property sas") as error:
        cloud.put(ACCOUNT, with_properties(ACCOUNT_BODY, sasPolicy=policy))

    assert refusal(error) == (400, "InvalidValuesForRequestProperty")


@pytest.mark.parametrize(
    "change",
    [
        {"signedPermission": "rz"},
        {"signedExpiry": "soon"},
        {"signedExpiry": "2025-12-31T00:00:00Z"},
        {"canonicalizedResource": "/blob/other/transfer"},
        {"signedProtocol": "http"},
    ],
)
def test_a_sas_that_makes_no_sense_is_refused(cloud: TestCloud, change: dict[str, str]) -> None:
    cloud.put(ACCOUNT, ACCOUNT_BODY)

    with pytest.raises(AzureError) as error:
        cloud.action(ACCOUNT, "listServiceSas", SERVICE_SAS | change)

    assert error.value.status == 400


@pytest.mark.parametrize(
    ("name", "code"),
    [("ab", "OutOfRangeInput"), ("a" * 64, "OutOfRangeInput"), ("a--b", "InvalidResourceName")],
)
def test_a_container_name_outside_the_rule_is_refused(
    cloud: TestCloud, name: str, code: str
) -> None:
    cloud.put(ACCOUNT, ACCOUNT_BODY)

    with pytest.raises(AzureError) as error:
        cloud.put(CONTAINER.replace("transfer", name), {})

    assert refusal(error) == (400, code)


def test_a_container_cannot_be_public_in_a_private_account(cloud: TestCloud) -> None:
    cloud.put(ACCOUNT, ACCOUNT_BODY)

    with pytest.raises(AzureError) as error:
        cloud.put(CONTAINER, {"properties": {"publicAccess": "Blob"}})

    assert refusal(error) == (409, "PublicAccessNotPermitted")
