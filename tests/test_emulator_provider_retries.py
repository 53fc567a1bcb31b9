"""What azure-native tries again: what passes by itself, and secrets of a deleted one's name."""

import pytest
from emulator_cloud import CALLER, TENANT, VAULT, VAULT_BODY, TestCloud, cloud, with_properties
from emulator_session import Made, RefusalError, Session

from emulator.providers.wire import Secret
from emulator.settings import Fault
from emulator.values import JsonObject, objects, text

__all__ = ["cloud"]

GROUP_TYPE = "azure-native:resources:ResourceGroup"
SECRET = "azure-native:keyvault:Secret"
OTHER_GROUP: JsonObject = {"resourceGroupName": "other", "location": "westeurope"}
INPUTS: JsonObject = {
    "resourceGroupName": "rg",
    "vaultName": "vault1",
    "secretName": "secret1",
    "properties": {"value": Secret("hidden")},
}


@pytest.fixture
def session(cloud: TestCloud) -> Session:
    cloud.state.settings.pause_factor = 1
    return Session(cloud)


def group_fault(cloud: TestCloud, count: int, status: int, code: str) -> None:
    fault = Fault("Microsoft.Resources/*", verb="PUT", count=count, status=status, code=code)
    cloud.state.settings.faults = [fault]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_passes_by_itself_is_tried_again(
    cloud: TestCloud, session: Session, status: int
) -> None:
    group_fault(cloud, 2, status, "Busy")

    session.create(GROUP_TYPE, OTHER_GROUP)

    assert session.pauses == [20, 60]


def test_three_tries_more_and_the_refusal_is_the_answer(cloud: TestCloud, session: Session) -> None:
    group_fault(cloud, 4, 503, "ServiceUnavailable")

    with pytest.raises(RefusalError, match=r'^Status=503 Code="ServiceUnavailable"'):
        session.create(GROUP_TYPE, OTHER_GROUP)

    assert session.pauses == [20, 60, 120]


def test_a_conflict_is_tried_again_when_another_operation_is_in_progress(
    cloud: TestCloud, session: Session
) -> None:
    group_fault(cloud, 1, 409, "AnotherOperationInProgress")
    session.create(GROUP_TYPE, OTHER_GROUP)
    assert session.pauses == [20]

    group_fault(cloud, 1, 409, "Conflict")
    with pytest.raises(RefusalError, match=r'^Status=409 Code="Conflict"'):
        session.create(GROUP_TYPE, {**OTHER_GROUP, "resourceGroupName": "another"})
    assert session.pauses == [20]


def test_pauses_are_none_unless_they_are_asked_for(cloud: TestCloud, session: Session) -> None:
    cloud.state.settings.pause_factor = 0
    group_fault(cloud, 1, 429, "TooManyRequests")

    session.create(GROUP_TYPE, OTHER_GROUP)

    assert session.pauses == [0]


def vault_with(cloud: TestCloud, *rights: str, default_action: str = "Allow") -> None:
    policy = {
        "tenantId": TENANT,
        "objectId": CALLER.object_id,
        "permissions": {"secrets": list(rights)},
    }
    acls = {"defaultAction": default_action, "bypass": "AzureServices"}
    cloud.put(VAULT, with_properties(VAULT_BODY, accessPolicies=[policy], networkAcls=acls))


def made_and_deleted(cloud: TestCloud, session: Session) -> Made:
    vault_with(cloud, "delete")
    made = session.create(SECRET, INPUTS)
    session.delete(SECRET, made)
    return made


def test_a_deleted_secret_of_the_name_is_recovered(cloud: TestCloud, session: Session) -> None:
    made_and_deleted(cloud, session)
    vault_with(cloud, "get", "recover")

    made = session.create(SECRET, INPUTS)

    secret = cloud.state.require(made.id)
    versions = [text(version, "id") for version in objects(secret.private, "versions")]
    assert len(versions) == 2, "the recovered one, and the one that was put"
    assert text(made.outputs, "properties", "secretUriWithVersion").endswith(versions[1])
    assert session.pauses == [5]
    assert cloud.state.get(f"{VAULT}/deletedSecrets/secret1") is None


def test_a_deleted_secret_that_cannot_be_seen_is_a_conflict_after_six_tries(
    cloud: TestCloud, session: Session
) -> None:
    made_and_deleted(cloud, session)

    for rights, default_action in ((["recover"], "Allow"), (["get", "recover"], "Deny")):
        vault_with(cloud, *rights, default_action=default_action)
        session.pauses.clear()
        with pytest.raises(RefusalError, match="deleted but recoverable state"):
            session.create(SECRET, INPUTS)
        assert session.pauses == [5] * 5


def test_a_deleted_secret_that_is_seen_and_not_recovered_is_the_vaults_refusal(
    cloud: TestCloud, session: Session
) -> None:
    made_and_deleted(cloud, session)
    vault_with(cloud, "get")

    with pytest.raises(
        RefusalError, match=r"^failed to recover soft-deleted secret secret1: .*403"
    ):
        session.create(SECRET, INPUTS)

    assert session.pauses == []


def test_another_conflict_is_the_answer_after_six_tries(cloud: TestCloud, session: Session) -> None:
    vault_with(cloud, "get", "recover")
    fault = Fault("*/secrets", verb="PUT", count=99, status=409, code="Conflict", message="No.")
    cloud.state.settings.faults = [fault]

    with pytest.raises(RefusalError, match=r'Message="No\."'):
        session.create(SECRET, INPUTS)

    assert session.pauses == [5] * 5


def test_a_secret_is_not_tried_for_more_than_three_minutes(
    cloud: TestCloud, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault_with(cloud, "get", "recover")
    fault = Fault("*/secrets", verb="PUT", count=99, status=409, code="Conflict", message="No.")
    cloud.state.settings.faults = [fault]
    monkeypatch.setattr("emulator.providers.vault_secret.recover", lambda *_: True)

    with pytest.raises(RefusalError, match=r"^timed out creating KeyVault secret secret1$"):
        session.create(SECRET, INPUTS)

    assert sum(session.pauses) == 180
