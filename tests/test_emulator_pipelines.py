"""Pipelines as the azure-native provider makes them in 2025-06-01-preview, by their own types."""

import asyncio

import pytest
from emulator_cloud import (
    CALLER,
    GROUP,
    IDENTITY,
    REGISTRY,
    REGISTRY_BODY,
    TestCloud,
    cloud,
    refusal,
)
from emulator_session import Made, RefusalError, Session

from emulator.errors import AzureError
from emulator.providers.wire import UNKNOWN
from emulator.values import child, text

__all__ = ["cloud"]

MODULE = "azure-native:containerregistry/v20250601preview"
EXPORT, IMPORT = f"{MODULE}:ExportPipeline", f"{MODULE}:ImportPipeline"
URI = "https://127.0.0.1:1/account1/transfer"
SECRET = "https://127.0.0.1:1/vault/vault1/secrets/acrexportsas"
USER_ASSIGNED = {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}}
CONTAINER = {"type": "AzureStorageBlobContainer", "uri": URI}
Inputs = dict[str, object]


def exporting(**changes: object) -> Inputs:
    """Give the inputs of a good export pipeline without a vault, with some changed."""
    return {
        "exportPipelineName": "pipeline1",
        "registryName": "registry1",
        "resourceGroupName": "rg",
        "location": "westeurope",
        "identity": {"type": "SystemAssigned"},
        "target": CONTAINER | {"storageAccessMode": "ManagedIdentity"},
        "options": ["OverwriteBlobs"],
        **changes,
    }


def importing(**changes: object) -> Inputs:
    """Give the inputs of a good import pipeline without a vault, with some changed."""
    return {
        "importPipelineName": "pipeline1",
        "registryName": "registry1",
        "resourceGroupName": "rg",
        "location": "westeurope",
        "identity": USER_ASSIGNED,
        "source": CONTAINER | {"storageAccessMode": "ManagedIdentity"},
        "trigger": {"sourceTrigger": {"status": "Disabled"}},
        **changes,
    }


BOTH = pytest.mark.parametrize(
    ("token", "wanted"),
    [(EXPORT, exporting()), (EXPORT, exporting(identity=USER_ASSIGNED)), (IMPORT, importing())],
)


@pytest.fixture
def session(cloud: TestCloud) -> Session:
    """Give a session with a cloud in which a registry and an identity are."""
    cloud.put(REGISTRY, REGISTRY_BODY)
    cloud.put(IDENTITY, {"location": "westeurope"})
    return Session(cloud)


def test_a_pipeline_is_made_in_the_version_of_its_type(cloud: TestCloud, session: Session) -> None:
    made = session.create(EXPORT, exporting())

    pipeline = cloud.state.require(f"{REGISTRY}/exportPipelines/pipeline1")
    principal = text(pipeline.body, "identity", "principalId")
    assert made.id == pipeline.id
    assert pipeline.private == {"apiVersion": "2025-06-01-preview"}
    assert made.outputs == {
        "azureApiVersion": "2025-06-01-preview",
        "name": "pipeline1",
        "type": "Microsoft.ContainerRegistry/registries/exportPipelines",
        "location": "westeurope",
        "identity": {
            "type": "systemAssigned",
            "principalId": principal,
            "tenantId": child(pipeline.body, "identity")["tenantId"],
        },
        "target": exporting()["target"],
        "options": ["OverwriteBlobs"],
        "provisioningState": "Succeeded",
        "systemData": pipeline.body["systemData"],
    }
    assert principal


@BOTH
def test_neither_a_second_up_nor_a_refresh_changes_anything(
    session: Session, token: str, wanted: Inputs
) -> None:
    made = session.create(token, wanted)

    assert session.diff(token, made, wanted) == {}
    assert session.read(token, made) == made


@BOTH
def test_a_pipeline_is_imported_with_inputs_that_pass(
    session: Session, token: str, wanted: Inputs
) -> None:
    made = session.create(token, wanted)

    imported = session.read(token, Made(made.id, {}, {}))

    assert imported is not None
    assert session.check(token, imported.inputs) == {}
    container = "target" if token == EXPORT else "source"
    assert imported.inputs[container] == wanted[container]


def test_a_preview_knows_the_container_and_no_principal(session: Session) -> None:
    outputs = session.preview(EXPORT, exporting())

    assert outputs["target"] == child(exporting(), "target") | {"keyVaultUri": UNKNOWN}
    assert child(outputs, "identity")["principalId"] is UNKNOWN


def test_a_preview_of_an_update_knows_inputs_name_and_location_alone(session: Session) -> None:
    made = session.create(EXPORT, exporting())

    outputs = session.preview_of_update(EXPORT, made, exporting(options=["ContinueOnErrors"]))

    assert outputs == {
        "azureApiVersion": "2025-06-01-preview",
        "name": "pipeline1",
        "type": UNKNOWN,
        "location": "westeurope",
        "identity": {
            "type": "SystemAssigned",
            "principalId": UNKNOWN,
            "tenantId": UNKNOWN,
            "userAssignedIdentities": UNKNOWN,
        },
        "target": child(exporting(), "target") | {"keyVaultUri": UNKNOWN},
        "options": ["ContinueOnErrors"],
        "provisioningState": UNKNOWN,
        "systemData": UNKNOWN,
    }


def test_a_preview_of_a_create_does_not_know_the_name(session: Session) -> None:
    setting = "azure-native:monitor:DiagnosticSetting"

    assert session.preview(EXPORT, exporting())["name"] is UNKNOWN
    outputs = session.preview(setting, {"resourceUri": REGISTRY, "name": "logs"})
    assert outputs["name"] == "logs", "it has an input of that name"


def test_a_sas_is_still_a_way_in(session: Session) -> None:
    made = session.create(EXPORT, exporting(target=CONTAINER | {"keyVaultUri": SECRET}))

    assert text(made.outputs, "target", "keyVaultUri") == SECRET


def test_a_pipeline_changes_in_place(session: Session) -> None:
    made = session.create(EXPORT, exporting())
    wanted = exporting(target=CONTAINER | {"keyVaultUri": SECRET}, identity=USER_ASSIGNED)

    changes = session.diff(EXPORT, made, wanted)
    changed = session.update(EXPORT, made, wanted)

    assert changes == {
        "identity.type": "UPDATE",
        "identity.userAssignedIdentities": "ADD",
        "target.keyVaultUri": "ADD",
        "target.storageAccessMode": "DELETE",
    }
    assert text(changed.outputs, "target", "keyVaultUri") == SECRET
    assert session.read(EXPORT, changed) == changed


def test_an_identity_is_exchanged_in_place(cloud: TestCloud, session: Session) -> None:
    other = IDENTITY.replace("identity1", "identity2")
    cloud.put(other, {"location": "westeurope"})
    made = session.create(EXPORT, exporting(identity=USER_ASSIGNED))
    wanted = {"type": "UserAssigned", "userAssignedIdentities": {other: {}}}

    changed = session.update(EXPORT, made, exporting(identity=wanted))

    assert [key.rpartition("/")[2] for key in _assigned(changed)] == ["identity2"]


def _assigned(made: Made) -> Inputs:
    return child(made.outputs, "identity", "userAssignedIdentities")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"registryName": "registry2"}, "registryName"),
        ({"resourceGroupName": "other"}, "resourceGroupName"),
        ({"exportPipelineName": "pipeline2"}, "exportPipelineName"),
    ],
)
def test_another_path_replaces_a_pipeline(session: Session, change: Inputs, expected: str) -> None:
    made = session.create(EXPORT, exporting())

    assert session.diff(EXPORT, made, exporting(**change)) == {expected: "UPDATE_REPLACE"}


def test_a_change_behind_our_back_is_found_by_a_refresh(cloud: TestCloud, session: Session) -> None:
    made = session.create(EXPORT, exporting())
    cloud.state.require(made.id).properties["options"] = ["ContinueOnErrors"]

    refreshed = session.read(EXPORT, made)

    assert refreshed is not None
    assert session.diff(EXPORT, refreshed, exporting()) == {"options[0]": "UPDATE"}


def test_a_deleted_pipeline_reads_as_gone(session: Session) -> None:
    made = session.create(EXPORT, exporting())

    session.delete(EXPORT, made)

    assert session.read(EXPORT, made) is None
    session.delete(EXPORT, made)


def test_a_pipeline_that_exists_is_not_made_again(session: Session) -> None:
    session.create(EXPORT, exporting())

    with pytest.raises(RefusalError, match="cannot create already existing resource"):
        session.create(EXPORT, exporting())


def test_a_pipeline_needs_its_registry(session: Session) -> None:
    with pytest.raises(RefusalError, match="ParentResourceNotFound"):
        session.create(EXPORT, exporting(registryName="registry2"))


def test_a_default_location_is_the_groups(cloud: TestCloud, session: Session) -> None:
    assert text(cloud.get(GROUP), "location") == "westeurope"
    wanted = {key: value for key, value in exporting().items() if key != "location"}

    assert session.create(EXPORT, wanted).inputs["location"] == "westeurope"


@pytest.mark.parametrize(
    ("target", "path", "reason"),
    [
        ({"storageAccesMode": "SasToken"}, "storageAccesMode", "nearest is 'storageAccessMode'"),
        ({"storageAccessMode": "Identity"}, "storageAccessMode", "nearest is 'ManagedIdentity'"),
        ({"type": "AzureStorageBlob"}, "type", "nearest is 'AzureStorageBlobContainer'"),
    ],
)
def test_what_a_container_does_not_have_is_refused(
    session: Session, target: Inputs, path: str, reason: str
) -> None:
    wrong = session.check(EXPORT, exporting(target={"uri": URI, **target}))

    assert list(wrong) == [f"target.{path}"]
    assert reason in wrong[f"target.{path}"]


def test_the_sdks_own_type_knows_no_access_by_identity(session: Session) -> None:
    token = "azure-native:containerregistry:ExportPipeline"

    assert set(session.check(token, exporting())) == {
        "target.keyVaultUri",
        "target.storageAccessMode",
    }


def test_pipelines_have_no_patch(cloud: TestCloud, session: Session) -> None:
    made = session.create(EXPORT, exporting())

    with pytest.raises(AzureError) as error:
        asyncio.run(cloud.manager.patch(made.id, {"tags": {}}, CALLER, "2025-06-01-preview"))

    assert refusal(error) == (405, "MethodNotAllowed")
