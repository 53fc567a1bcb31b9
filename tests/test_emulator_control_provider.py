"""What the azure-native provider adds to Resource Manager."""

import asyncio
import json

import pytest
from emulator_cloud import (
    ACCOUNT_BODY,
    CALLER,
    GROUP,
    REGISTRY,
    TENANT,
    VAULT,
    VAULT_BODY,
    TestCloud,
    cloud,
)

from emulator.errors import EmulatorError
from emulator.providers.grpc_errors import InitError, ProviderError
from emulator.providers.invokes import invoke
from emulator.providers.resources import Resources
from emulator.state import Resource
from emulator.values import child, text

__all__ = ["cloud"]

POLICY_TYPE = "azure-native:keyvault:AccessPolicy"
GROUP_TYPE = "azure-native:resources:ResourceGroup"
RUN_TYPE = "azure-native:containerregistry:PipelineRun"
OBJECT_ID = "44444444-0000-0000-0000-000000000000"


def policy_inputs() -> dict[str, object]:
    policy = {"tenantId": TENANT, "objectId": OBJECT_ID, "permissions": {"secrets": ["get"]}}
    return {"resourceGroupName": "rg", "vaultName": "vault1", "policy": policy}


def run_inputs(pipeline: str) -> dict[str, object]:
    request = {
        "pipelineResourceId": pipeline,
        "artifacts": ["app:v1"],
        "target": {"type": "AzureStorageBlob", "name": "blob1"},
    }
    names = {"resourceGroupName": "rg", "registryName": "registry1", "pipelineRunName": "run01"}
    return names | {"request": request}


def test_a_second_policy_for_one_principal_is_refused(cloud: TestCloud) -> None:
    cloud.put(VAULT, VAULT_BODY)
    resources = Resources(cloud.manager, CALLER)
    asyncio.run(resources.create(POLICY_TYPE, policy_inputs(), 0))

    with pytest.raises(ProviderError) as error:
        asyncio.run(resources.create(POLICY_TYPE, policy_inputs(), 0))

    policy_id = f"{VAULT}/accessPolicy/{OBJECT_ID}"
    assert str(error.value) == f'cannot create already existing resource "{policy_id}"'


def test_a_resource_deleted_behind_our_back_reads_as_gone(cloud: TestCloud) -> None:
    resources = Resources(cloud.manager, CALLER)
    cloud.delete(GROUP)

    assert asyncio.run(resources.read(GROUP_TYPE, GROUP, {})) is None
    asyncio.run(resources.delete(GROUP_TYPE, GROUP, {}))


def test_a_failed_run_is_kept_with_the_services_text(
    cloud: TestCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = cloud.put_registry_with_pipeline()

    async def fail(run: Resource) -> None:
        run.properties["provisioningState"] = "Failed"
        child(run.properties, "response").update(
            status="Failed", pipelineRunErrorMessage="The artifact 'app:v1' was not found."
        )
        cloud.state.put(run)

    monkeypatch.setattr(cloud.worker, "start_run", fail)

    with pytest.raises(InitError) as error:
        asyncio.run(Resources(cloud.manager, CALLER).create(RUN_TYPE, run_inputs(pipeline), 0))

    assert error.value.resource_id == f"{REGISTRY}/pipelineRuns/run01"
    # The last body of the poller, whole.
    assert error.value.reason.startswith('Status=200 Message="')
    document = json.loads(error.value.reason.removeprefix('Status=200 Message="')[:-1])
    message = text(document, "properties", "response", "pipelineRunErrorMessage")
    assert message == "The artifact 'app:v1' was not found."


def test_a_run_that_takes_too_long_is_given_up(
    cloud: TestCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = cloud.put_registry_with_pipeline()

    async def wait_forever(run_id: str) -> None:
        await asyncio.sleep(60 if run_id else 0)

    monkeypatch.setattr(cloud.worker, "wait", wait_forever)

    with pytest.raises(InitError) as error:
        asyncio.run(Resources(cloud.manager, CALLER).create(RUN_TYPE, run_inputs(pipeline), 0.01))

    assert error.value.reason == "operation timed out"


def test_the_blob_service_is_set_and_reset_but_never_there_twice(cloud: TestCloud) -> None:
    account = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/account1"
    cloud.put(account, ACCOUNT_BODY)
    resources = Resources(cloud.manager, CALLER)
    token = "azure-native:storage:BlobServiceProperties"
    inputs: dict[str, object] = {
        "resourceGroupName": "rg",
        "accountName": "account1",
        "blobServicesName": "default",
        "deleteRetentionPolicy": {"enabled": True, "days": 7},
    }

    service, _ = asyncio.run(resources.create(token, inputs, 0))
    asyncio.run(resources.delete(token, service, inputs))

    properties = child(cloud.get(service), "properties")
    assert properties["deleteRetentionPolicy"] == {"enabled": False}


def test_a_function_that_is_not_there_fails_loudly(cloud: TestCloud) -> None:
    with pytest.raises(EmulatorError, match="The emulator does not have the function"):
        asyncio.run(
            invoke(
                Resources(cloud.manager, CALLER).arm, "azure-native:storage:listLocalUserKeys", {}
            )
        )


def test_the_client_config_is_the_sessions(cloud: TestCloud) -> None:
    token = "azure-native:authorization:getClientConfig"

    config = asyncio.run(invoke(Resources(cloud.manager, CALLER).arm, token, {}))

    assert config == {
        "clientId": CALLER.client_id,
        "objectId": CALLER.object_id,
        "subscriptionId": CALLER.subscription_id,
        "tenantId": TENANT,
    }


def test_a_group_is_read_with_its_id(cloud: TestCloud) -> None:
    token = "azure-native:resources:getResourceGroup"

    found = asyncio.run(
        invoke(Resources(cloud.manager, CALLER).arm, token, {"resourceGroupName": "rg"})
    )

    assert (found["id"], text(found, "location")) == (GROUP, "westeurope")
