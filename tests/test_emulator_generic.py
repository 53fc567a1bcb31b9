"""The generic resource of azure-native, as far as the emulator has it: pipelines."""

import pytest
from emulator_cloud import GROUP, IDENTITY, REGISTRY, REGISTRY_BODY, TestCloud, cloud
from emulator_session import Made, RefusalError, Session

from emulator.providers.wire import UNKNOWN
from emulator.values import child, text

__all__ = ["cloud"]

TOKEN = "azure-native:resources:Resource"
NEW, OLD = "2025-06-01-preview", "2023-01-01-preview"
URI = "https://127.0.0.1:1/account1/transfer"
SECRET = "https://127.0.0.1:1/vault/vault1/secrets/acrexportsas"
USER_ASSIGNED = {"type": "UserAssigned", "userAssignedIdentities": [IDENTITY]}
Inputs = dict[str, object]


def inputs(**changes: object) -> Inputs:
    """Give the inputs of a good export pipeline without a vault, with some changed."""
    target = {"type": "AzureStorageBlobContainer", "uri": URI}
    return {
        "apiVersion": NEW,
        "resourceGroupName": "rg",
        "resourceProviderNamespace": "Microsoft.ContainerRegistry",
        "parentResourcePath": "registries/registry1",
        "resourceType": "exportPipelines",
        "resourceName": "pipeline1",
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "target": target | {"storageAccessMode": "ManagedIdentity"},
            "options": ["OverwriteBlobs"],
        },
        **changes,
    }


def importing() -> Inputs:
    properties = {
        "source": {"uri": URI, "storageAccessMode": "ManagedIdentity"},
        "trigger": {"sourceTrigger": {"status": "Disabled"}},
    }
    return inputs(resourceType="importPipelines", properties=properties)


@pytest.fixture
def session(cloud: TestCloud) -> Session:
    """Give a session with a cloud in which a registry and an identity are."""
    cloud.put(REGISTRY, REGISTRY_BODY)
    cloud.put(IDENTITY, {"location": "westeurope"})
    return Session(cloud)


def test_a_pipeline_is_made_in_the_version_asked_for(cloud: TestCloud, session: Session) -> None:
    made = session.create(TOKEN, inputs())

    pipeline = cloud.state.require(f"{REGISTRY}/exportPipelines/pipeline1")
    principal = text(pipeline.body, "identity", "principalId")
    assert made.id == pipeline.id
    assert pipeline.private == {"apiVersion": NEW}
    assert made.outputs == {
        "azureApiVersion": "2024-03-01",
        "name": "pipeline1",
        "type": "Microsoft.ContainerRegistry/registries/exportPipelines",
        "location": "westeurope",
        "identity": {
            "type": "systemAssigned",
            "principalId": principal,
            "tenantId": child(pipeline.body, "identity")["tenantId"],
        },
        "properties": {
            "target": child(inputs(), "properties")["target"],
            "options": ["OverwriteBlobs"],
            "provisioningState": "Succeeded",
        },
    }
    assert principal


def test_the_identities_of_a_generic_pipeline_come_back_in_azures_spelling(
    session: Session,
) -> None:
    made = session.create(TOKEN, inputs(identity=USER_ASSIGNED))

    identity = child(made.outputs, "identity")
    assert text(identity, "type") == "userAssigned"
    assert list(child(identity, "userAssignedIdentities")) == [
        IDENTITY.replace("/resourceGroups/", "/resourcegroups/")
    ]


def test_the_old_version_and_its_sas_stay_usable(session: Session) -> None:
    properties = {"target": {"uri": URI, "keyVaultUri": SECRET}}

    made = session.create(TOKEN, inputs(apiVersion=OLD, properties=properties))

    assert text(made.outputs, "properties", "target", "keyVaultUri") == SECRET


@pytest.mark.parametrize("wanted", [inputs(), importing(), inputs(identity=USER_ASSIGNED)])
def test_neither_a_second_up_nor_a_refresh_changes_anything(
    session: Session, wanted: Inputs
) -> None:
    made = session.create(TOKEN, wanted)

    assert session.diff(TOKEN, made, wanted) == {}
    assert session.read(TOKEN, made) == made


def test_a_preview_knows_the_name_and_the_properties(session: Session) -> None:
    outputs = session.preview(TOKEN, inputs())

    assert (outputs["name"], outputs["properties"]) == ("pipeline1", inputs()["properties"])
    assert child(outputs, "identity")["principalId"] is UNKNOWN


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"parentResourcePath": "registries/registry2"}, "parentResourcePath"),
        ({"resourceGroupName": "other"}, "resourceGroupName"),
        ({"resourceName": "pipeline2"}, "resourceName"),
        ({"resourceType": "importPipelines"}, "resourceType"),
    ],
)
def test_another_path_replaces_a_pipeline(session: Session, change: Inputs, expected: str) -> None:
    made = session.create(TOKEN, inputs())

    assert session.diff(TOKEN, made, inputs(**change)) == {expected: "UPDATE_REPLACE"}


def test_all_else_changes_in_place(session: Session) -> None:
    made = session.create(TOKEN, inputs())
    properties = {"target": {"uri": URI, "keyVaultUri": SECRET}}
    wanted = inputs(apiVersion=OLD, properties=properties, identity=USER_ASSIGNED)

    changes = session.diff(TOKEN, made, wanted)
    changed = session.update(TOKEN, made, wanted)

    assert set(changes.values()) == {"ADD", "UPDATE", "DELETE"}
    assert {path.split(".")[0] for path in changes} == {"apiVersion", "properties", "identity"}
    assert text(changed.outputs, "properties", "target", "keyVaultUri") == SECRET
    assert session.read(TOKEN, changed) == changed


def test_a_change_behind_our_back_is_found_by_a_refresh(cloud: TestCloud, session: Session) -> None:
    made = session.create(TOKEN, inputs())
    pipeline = cloud.state.require(made.id)
    pipeline.properties["options"] = ["ContinueOnErrors"]

    refreshed = session.read(TOKEN, made)

    assert refreshed is not None
    assert session.diff(TOKEN, refreshed, inputs()) == {"properties.options[0]": "UPDATE"}


def test_a_deleted_pipeline_reads_as_gone(session: Session) -> None:
    made = session.create(TOKEN, inputs())

    session.delete(TOKEN, made)

    assert session.read(TOKEN, made) is None
    session.delete(TOKEN, made)


@pytest.mark.parametrize("wanted", [inputs(location="westeurope"), importing()])
def test_an_imported_pipeline_has_the_inputs_that_made_it(session: Session, wanted: Inputs) -> None:
    made = session.create(TOKEN, wanted)

    imported = session.read(TOKEN, Made(made.id, {}, {}))

    assert imported is not None
    properties = child(imported.inputs, "properties")
    assert text(imported.inputs, "apiVersion") == NEW
    assert text(imported.inputs, "parentResourcePath") == "registries/registry1"
    assert "provisioningState" not in properties
    assert session.check(TOKEN, imported.inputs) == {}
    container = "target" if "target" in properties else "source"
    assert set(session.diff(TOKEN, imported, wanted)) <= {f"properties.{container}.type"}


@pytest.mark.parametrize(
    "change",
    [
        {"resourceProviderNamespace": "Microsoft.Storage"},
        {"resourceType": "pipelineRuns"},
        {"parentResourcePath": "registries"},
        {"parentResourcePath": "registries/registry1/tasks/task1"},
        {"parentResourcePath": "", "resourceType": "registries/registry1/exportPipelines"},
    ],
)
def test_what_is_no_pipeline_fails_loudly(session: Session, change: Inputs) -> None:
    known = "It has Microsoft.ContainerRegistry/registries/NAME/exportPipelines and "

    with pytest.raises(RefusalError, match=known):
        session.check(TOKEN, inputs(**change))


def test_a_parent_that_a_preview_does_not_know_passes(session: Session) -> None:
    assert session.check(TOKEN, inputs(parentResourcePath=UNKNOWN)) == {}


def test_inputs_that_pipelines_do_not_have_are_refused(session: Session) -> None:
    wrong = session.check(TOKEN, inputs(sku={"name": "Premium"}, kind="a"))

    assert wrong == {name: f"'{name}' is not a property of a pipeline." for name in ("sku", "kind")}


@pytest.mark.parametrize("version", ["2024-03-01", "2025-06-01", "2099-01-01-preview"])
def test_a_version_without_pipelines_is_refused(session: Session, version: str) -> None:
    with pytest.raises(RefusalError, match=f"API version '{version}' for type 'registries/export"):
        session.create(TOKEN, inputs(apiVersion=version))


def test_a_pipeline_that_exists_is_not_made_again(session: Session) -> None:
    session.create(TOKEN, inputs())

    with pytest.raises(RefusalError, match="cannot create already existing resource"):
        session.create(TOKEN, inputs())


def test_a_generic_pipeline_needs_its_registry(session: Session) -> None:
    with pytest.raises(RefusalError, match="ParentResourceNotFound"):
        session.create(TOKEN, inputs(parentResourcePath="registries/registry2"))


def test_a_default_location_is_the_groups(cloud: TestCloud, session: Session) -> None:
    assert text(cloud.get(GROUP), "location") == "westeurope"

    assert session.create(TOKEN, inputs()).inputs["location"] == "westeurope"
