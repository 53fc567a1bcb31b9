"""The generic resource of azure-native, which cannot make what lies below a registry.

It asks whether there is one in the version of its own type, 2024-03-01, which is none of Microsoft.
ContainerRegistry: https://github.com/pulumi/pulumi-azure-native/issues/4109.
"""

import re

import pytest
from emulator_cloud import IDENTITY, REGISTRY, REGISTRY_BODY, TestCloud, cloud
from emulator_session import Made, RefusalError, Session

from emulator.providers.wire import UNKNOWN
from emulator.values import JsonObject, child, text

__all__ = ["cloud"]

TOKEN = "azure-native:resources:Resource"
NEW, OLD = "2025-06-01-preview", "2023-01-01-preview"
PIPELINE = f"{REGISTRY}/exportPipelines/pipeline1"
URI = "https://127.0.0.1:1/account1/transfer"
SECRET = "https://127.0.0.1:1/vault/vault1/secrets/acrexportsas"
OTHER_IDENTITY = IDENTITY.replace("identity1", "identity2")
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
        "location": "westeurope",
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "target": target | {"storageAccessMode": "ManagedIdentity"},
            "options": ["OverwriteBlobs"],
        },
        **changes,
    }


def user_assigned(*identity_ids: str) -> Inputs:
    return {"type": "UserAssigned", "userAssignedIdentities": list(identity_ids)}


@pytest.fixture
def session(cloud: TestCloud) -> Session:
    """Give a session with a cloud in which a registry and two identities are."""
    cloud.put(REGISTRY, REGISTRY_BODY)
    cloud.put(IDENTITY, {"location": "westeurope"})
    cloud.put(OTHER_IDENTITY, {"location": "westeurope"})
    return Session(cloud)


def made(cloud: TestCloud, session: Session, wanted: Inputs) -> Made:
    """Give a pipeline as a state has it that another provider made."""
    identity = dict(child(wanted, "identity"))
    if "userAssignedIdentities" in identity:
        assigned = identity["userAssignedIdentities"]
        assert isinstance(assigned, list)
        identity["userAssignedIdentities"] = {key: {} for key in assigned}
    body: JsonObject = {**wanted, "identity": identity}
    cloud.put(PIPELINE, body, text(wanted, "apiVersion"))
    found = session.read(TOKEN, Made(PIPELINE, wanted, {}))
    assert found is not None
    return Made(PIPELINE, wanted, found.outputs)


@pytest.mark.parametrize("version", [NEW, OLD])
def test_nothing_below_a_registry_can_be_made(session: Session, version: str) -> None:
    with pytest.raises(RefusalError) as error:
        session.create(TOKEN, inputs(apiVersion=version))

    expected = (
        f"cannot check existence of resource '{PIPELINE}': status code 400, "
        '{"error":{"code":"NoRegisteredProviderFound","message":"No registered resource provider '
        "found for location 'westeurope' and API version '2024-03-01' for type "
        "'registries/exportPipelines'. The supported api-versions are '"
    )
    assert str(error.value).startswith(expected)


def test_a_pipeline_that_is_there_is_not_even_seen(cloud: TestCloud, session: Session) -> None:
    made(cloud, session, inputs())

    with pytest.raises(RefusalError, match="cannot check existence"):
        session.create(TOKEN, inputs())


def test_without_a_registry_the_check_passes_and_the_put_is_refused(session: Session) -> None:
    with pytest.raises(RefusalError, match="ParentResourceNotFound"):
        session.create(TOKEN, inputs(parentResourcePath="registries/registry2"))


def test_an_import_is_refused(cloud: TestCloud, session: Session) -> None:
    made(cloud, session, inputs())

    with pytest.raises(RefusalError, match="API version '2024-03-01' for type 'registries/export"):
        session.read(TOKEN, Made(PIPELINE, {}, {}))


def test_a_state_is_refreshed_in_the_version_of_its_inputs(
    cloud: TestCloud, session: Session
) -> None:
    there = made(cloud, session, inputs())

    assert session.read(TOKEN, there) == there
    assert session.diff(TOKEN, there, inputs()) == {}


def test_a_change_behind_our_back_is_found_by_a_refresh(cloud: TestCloud, session: Session) -> None:
    there = made(cloud, session, inputs())
    cloud.state.require(PIPELINE).properties["options"] = ["ContinueOnErrors"]

    refreshed = session.read(TOKEN, there)

    assert refreshed is not None
    assert session.diff(TOKEN, refreshed, inputs()) == {"properties.options[0]": "UPDATE"}


def test_a_preview_promises_what_the_create_cannot_keep(session: Session) -> None:
    outputs = session.preview(TOKEN, inputs())

    assert outputs["properties"] == inputs()["properties"]
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
def test_another_path_replaces_a_pipeline(
    cloud: TestCloud, session: Session, change: Inputs, expected: str
) -> None:
    there = made(cloud, session, inputs())

    assert session.diff(TOKEN, there, inputs(**change)) == {expected: "UPDATE_REPLACE"}


def test_all_else_changes_in_place(cloud: TestCloud, session: Session) -> None:
    there = made(cloud, session, inputs())
    properties = {"target": {"uri": URI, "keyVaultUri": SECRET}}
    wanted = inputs(apiVersion=OLD, properties=properties, identity=user_assigned(IDENTITY))

    changes = session.diff(TOKEN, there, wanted)
    changed = session.update(TOKEN, there, wanted)

    assert set(changes.values()) == {"ADD", "UPDATE", "DELETE"}
    assert {path.split(".")[0] for path in changes} == {"apiVersion", "properties", "identity"}
    assert text(changed.outputs, "properties", "target", "keyVaultUri") == SECRET
    assert session.read(TOKEN, changed) == changed


def test_an_identity_more_is_a_put(cloud: TestCloud, session: Session) -> None:
    there = made(cloud, session, inputs(identity=user_assigned(IDENTITY)))

    changed = session.update(TOKEN, there, inputs(identity=user_assigned(IDENTITY, OTHER_IDENTITY)))

    assert len(child(changed.outputs, "identity", "userAssignedIdentities")) == 2


@pytest.mark.parametrize("kept", [[], [OTHER_IDENTITY]])
def test_an_identity_less_is_a_patch_which_pipelines_refuse(
    cloud: TestCloud, session: Session, kept: list[str]
) -> None:
    there = made(cloud, session, inputs(identity=user_assigned(IDENTITY)))

    with pytest.raises(RefusalError, match=re.escape('Status=405 Code="MethodNotAllowed"')):
        session.update(TOKEN, there, inputs(identity=user_assigned(*kept)))


def test_a_deleted_pipeline_reads_as_gone(cloud: TestCloud, session: Session) -> None:
    there = made(cloud, session, inputs())

    session.delete(TOKEN, there)

    assert session.read(TOKEN, there) is None
    session.delete(TOKEN, there)


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
def test_a_version_without_pipelines_is_refused(
    cloud: TestCloud, session: Session, version: str
) -> None:
    there = made(cloud, session, inputs())

    with pytest.raises(RefusalError, match=f"API version '{version}' for type 'registries/export"):
        session.update(TOKEN, there, inputs(apiVersion=version))
