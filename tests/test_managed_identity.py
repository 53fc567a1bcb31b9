"""Storage access by managed identity: no SAS, no vault, one role on one container."""

from typing import Any

import pytest
from existing_ids import ACCOUNT, CONTAINER, IDENTITY, PRINCIPALS
from mock_engine import SUBSCRIPTION, Recording
from sides import SOURCE, source, target

from components.model.role_ids import STORAGE_BLOB_DATA_CONTRIBUTOR, STORAGE_BLOB_DATA_READER

EXPORT = "containerregistry/v20250601preview:ExportPipeline"
IMPORT = "containerregistry/v20250601preview:ImportPipeline"
DELETES = ["OverwriteTags", "DeleteSourceBlobOnSuccess"]


def side(name: str, **args: Any) -> Recording:
    make = source if name == "source" else target
    return make(storage_access="managed-identity", **args)


@pytest.mark.parametrize("name", ["source", "target"])
def test_there_is_no_vault_no_secret_and_no_sas(name: str) -> None:
    recording = side(name)

    assert [item.type for item in recording.registrations if "keyvault" in item.type] == []
    assert [token for token, _ in recording.calls if "SAS" in token] == []
    assert recording.result["sas_expires"] is None


@pytest.mark.parametrize("name", ["source", "target"])
def test_the_account_forbids_its_keys(name: str) -> None:
    recording = side(name)

    account = recording.only("storage:StorageAccount").inputs
    assert account["allowSharedKeyAccess"] is False
    assert "sasPolicy" not in account
    assert recording.result["container"]["allows_shared_keys"] is False


def test_an_export_pipeline_reaches_its_container_as_its_identity() -> None:
    pipeline = side("source", options=["OverwriteBlobs"]).only(EXPORT)

    assert pipeline.inputs == {
        "exportPipelineName": "acrtexportabcd2345",
        "registryName": "contososource",
        "resourceGroupName": "rg-contoso",
        "location": "westeurope",
        "identity": {
            "type": "UserAssigned",
            "userAssignedIdentities": {
                f"{SUBSCRIPTION}/resourceGroups/rg-acrt-source-abcd2345/providers"
                "/Microsoft.ManagedIdentity/userAssignedIdentities/id-acrt-source-abcd2345": {}
            },
        },
        "target": {
            "type": "AzureStorageBlobContainer",
            "uri": "https://acrtsrcabcd2345.blob.core.windows.net/transfer",
            "storageAccessMode": "ManagedIdentity",
        },
        "options": ["OverwriteBlobs"],
    }


@pytest.mark.parametrize(("import_by", "status"), [("trigger", "Enabled"), ("runs", "Disabled")])
def test_an_import_pipeline_has_its_trigger(import_by: str, status: str) -> None:
    pipeline = side("target", import_by=import_by).only(IMPORT)

    assert pipeline.inputs["source"] == {
        "type": "AzureStorageBlobContainer",
        "uri": "https://acrttgtabcd2345.blob.core.windows.net/transfer",
        "storageAccessMode": "ManagedIdentity",
    }
    assert pipeline.inputs["trigger"] == {"sourceTrigger": {"status": status}}


@pytest.mark.parametrize(
    ("name", "args", "role"),
    [
        ("source", {}, STORAGE_BLOB_DATA_CONTRIBUTOR),
        ("target", {}, STORAGE_BLOB_DATA_READER),
        ("target", {"options": DELETES}, STORAGE_BLOB_DATA_CONTRIBUTOR),
    ],
)
def test_the_role_is_the_least_and_on_the_container_alone(
    name: str, args: dict[str, Any], role: str
) -> None:
    recording = side(name, **args)

    grant = recording.only("authorization:RoleAssignment").inputs
    account = recording.only("storage:StorageAccount").inputs["accountName"]
    assert grant["roleDefinitionId"] == (
        f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    )
    assert grant["scope"].endswith(f"/{account}/blobServices/default/containers/transfer")
    assert grant["principalType"] == "ServicePrincipal"


@pytest.mark.parametrize("name", ["source", "target"])
@pytest.mark.parametrize("identity", ["user-assigned", "system-assigned", IDENTITY])
def test_the_principal_gets_its_role_before_anything_is_run(name: str, identity: str) -> None:
    recording = side(name, identity=identity)

    grant = recording.only("authorization:RoleAssignment")
    pipeline = recording.only(EXPORT if name == "source" else IMPORT)
    assert grant.inputs["principalId"] == PRINCIPALS[identity]
    if identity == "system-assigned":
        assert pipeline.name in grant.depends_on
    elif name == "target":
        assert grant.name in pipeline.depends_on
    for run in recording.all("containerregistry:PipelineRun"):
        assert {grant.name, pipeline.name} <= set(run.depends_on)


@pytest.mark.parametrize("storage", [ACCOUNT, CONTAINER])
def test_an_existing_account_may_forbid_its_keys(storage: str) -> None:
    recording = side(
        "source",
        storage=storage,
        answers={"storage:getStorageAccount": {"allowSharedKeyAccess": False}},
    )

    assert recording.result["container"]["allows_shared_keys"] is False
    scope = recording.only("authorization:RoleAssignment").inputs["scope"]
    assert scope.startswith(f"{ACCOUNT}/blobServices/default/containers/")


def test_a_shared_container_gets_a_role_for_the_importing_identity() -> None:
    recording = side("target", blobs="shared")

    container = SOURCE["container"]
    assert isinstance(container, dict)
    assert recording.only("authorization:RoleAssignment").inputs["scope"] == (
        f"{container['account_id']}/blobServices/default/containers/outbox"
    )
