"""What azure-native says when something is wrong, and which deletes forgive what is gone."""

import asyncio

import pytest
from emulator_cloud import (
    ACCOUNT,
    ACCOUNT_BODY,
    CALLER,
    GROUP,
    REGISTRY,
    TENANT,
    VAULT,
    VAULT_BODY,
    TestCloud,
    cloud,
    with_properties,
)
from emulator_session import Made, RefusalError, Session

from emulator.providers.grpc_errors import ProviderError
from emulator.providers.resources import Resources
from emulator.settings import Fault

__all__ = ["cloud"]

GROUP_TYPE = "azure-native:resources:ResourceGroup"
POLICY = "azure-native:keyvault:AccessPolicy"
RUN_TYPE = "azure-native:containerregistry:PipelineRun"
SECRET = "azure-native:keyvault:Secret"
SERVICE = "azure-native:storage:BlobServiceProperties"
OBJECT_ID = "44444444-0000-0000-0000-000000000000"
Inputs = dict[str, object]


@pytest.fixture
def session(cloud: TestCloud) -> Session:
    return Session(cloud)


def policy(**changes: object) -> Inputs:
    entry = {"tenantId": TENANT, "objectId": OBJECT_ID, "permissions": {"secrets": ["get"]}}
    return {"resourceGroupName": "rg", "vaultName": "vault1", "policy": {**entry, **changes}}


def run_inputs(pipeline: str) -> Inputs:
    request = {
        "pipelineResourceId": pipeline,
        "artifacts": ["app:v1"],
        "target": {"type": "AzureStorageBlob", "name": "blob1"},
    }
    names = {"resourceGroupName": "rg", "registryName": "registry1", "pipelineRunName": "run01"}
    return {**names, "request": request}


def secret_inputs() -> Inputs:
    names = {"resourceGroupName": "rg", "vaultName": "vault1", "secretName": "secret1"}
    return {**names, "properties": {"value": "hidden"}}


def with_rights(*rights: str) -> Inputs:
    permissions = {"secrets": list(rights)}
    entry = {"tenantId": TENANT, "objectId": CALLER.object_id, "permissions": permissions}
    return with_properties(VAULT_BODY, accessPolicies=[entry])


def test_what_is_there_is_refused_without_a_status(session: Session) -> None:
    inputs = {"resourceGroupName": "rg", "location": "westeurope"}

    with pytest.raises(RefusalError) as error:
        session.create(GROUP_TYPE, inputs)

    assert str(error.value) == f"cannot create already existing resource '{GROUP}'"


def test_a_check_that_azure_refuses_ends_the_create(cloud: TestCloud, session: Session) -> None:
    fault = Fault("*/secrets", verb="GET", status=403, code="Forbidden", message="No.")
    cloud.put(VAULT, VAULT_BODY)
    cloud.state.settings.faults = [fault]

    with pytest.raises(RefusalError) as error:
        session.create(SECRET, secret_inputs())

    assert str(error.value) == (
        f"cannot check existence of resource '{VAULT}/secrets/secret1': status code 403, "
        '{"error":{"code":"Forbidden","message":"No."}}'
    )


def test_a_lookup_names_what_it_asked_for(session: Session) -> None:
    names = {"resourceGroupName": "rg", "vaultName": "vault1"}

    with pytest.raises(RefusalError) as error:
        session.invoke("azure-native:keyvault:getVault", **names)
    assert str(error.value).startswith(
        f'request failed {VAULT}: Status=404 Code="ResourceNotFound" Message="The Resource '
    )

    with pytest.raises(RefusalError, match=f"^request failed {ACCOUNT}/listKeys: Status=404 "):
        session.invoke(
            "azure-native:storage:listStorageAccountKeys",
            resourceGroupName="rg",
            accountName="account1",
        )


def test_a_run_that_is_gone_once_it_failed_is_not_kept(
    cloud: TestCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = cloud.put_registry_with_pipeline()
    resources = Resources(cloud.manager, CALLER)

    async def wait(run_id: str) -> None:
        cloud.state.remove(run_id)
        await asyncio.sleep(60)

    monkeypatch.setattr(cloud.worker, "wait", wait)

    with pytest.raises(ProviderError, match="operation timed out"):
        asyncio.run(resources.create(RUN_TYPE, run_inputs(pipeline), 0.01))
    assert cloud.state.get(f"{REGISTRY}/pipelineRuns/run01") is None


def test_a_policy_that_is_gone_cannot_be_changed(cloud: TestCloud, session: Session) -> None:
    cloud.put(VAULT, VAULT_BODY)
    made = session.create(POLICY, policy())
    session.delete(POLICY, made)

    with pytest.raises(RefusalError, match=f"^access policy for {OBJECT_ID} does not exist$"):
        session.update(POLICY, made, policy(permissions={"secrets": ["list"]}))


def test_a_policys_id_ends_with_whom_it_is_for(cloud: TestCloud, session: Session) -> None:
    cloud.put(VAULT, VAULT_BODY)

    made = session.create(POLICY, policy())

    assert made.id == f"{VAULT}/accessPolicy/{OBJECT_ID}"
    imported = session.read(POLICY, Made(made.id, {}, {}))
    assert imported is not None
    assert imported.inputs == policy()


def test_a_policy_of_a_group_that_is_gone_reads_as_gone(cloud: TestCloud, session: Session) -> None:
    cloud.put(VAULT, VAULT_BODY)
    made = session.create(POLICY, policy())
    cloud.delete(GROUP)

    assert session.read(POLICY, made) is None


def test_the_delete_of_a_policy_does_not_forgive_a_vault_that_is_gone(
    cloud: TestCloud, session: Session
) -> None:
    cloud.put(VAULT, VAULT_BODY)
    made = session.create(POLICY, policy())
    cloud.delete(VAULT)

    with pytest.raises(RefusalError, match="Status=404"):
        session.delete(POLICY, made)


def test_the_reset_of_a_blob_service_does_not_forgive_an_account_that_is_gone(
    cloud: TestCloud, session: Session
) -> None:
    cloud.put(ACCOUNT, ACCOUNT_BODY)
    names: Inputs = {"resourceGroupName": "rg", "accountName": "account1"}
    made = session.create(SERVICE, {**names, "blobServicesName": "default"})
    cloud.delete(ACCOUNT)

    with pytest.raises(RefusalError, match="Status=404"):
        session.delete(SERVICE, made)


def test_the_delete_of_a_secret_needs_its_vault_and_forgives_the_rest(
    cloud: TestCloud, session: Session
) -> None:
    cloud.put(VAULT, with_rights("delete"))
    made = session.create(SECRET, secret_inputs())

    session.delete(SECRET, made)
    session.delete(SECRET, made)
    cloud.delete(VAULT)

    with pytest.raises(RefusalError, match="no such host"):
        session.delete(SECRET, made)


def test_a_container_of_an_account_that_is_gone_is_deleted_well(
    cloud: TestCloud, session: Session
) -> None:
    cloud.put(ACCOUNT, ACCOUNT_BODY)
    container = "azure-native:storage:BlobContainer"
    names: Inputs = {"resourceGroupName": "rg", "accountName": "account1"}
    made = session.create(container, {**names, "containerName": "transfer"})
    cloud.delete(GROUP)

    session.delete(container, made)
