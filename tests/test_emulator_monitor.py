"""What emulated diagnostic settings refuse and answer, in Azure's codes and words."""

import pytest
from emulator_cloud import (
    ACCOUNT,
    ACCOUNT_BODY,
    GROUP,
    IDENTITY,
    REGISTRY,
    REGISTRY_BODY,
    VAULT,
    VAULT_BODY,
    TestCloud,
    cloud,
    refusal,
)
from emulator_session import Session

from emulator.errors import AzureError
from emulator.values import child, objects, text

__all__ = ["cloud"]

TOKEN = "azure-native:monitor:DiagnosticSetting"
WORKSPACE = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/workspace1"
BLOBS = f"{ACCOUNT}/blobServices/default"
Properties = dict[str, object]


def setting_of(resource_id: str) -> str:
    return f"{resource_id}/providers/Microsoft.Insights/diagnosticSettings/setting1"


def put(cloud: TestCloud, resource_id: str, **properties: object) -> dict[str, object]:
    body: Properties = {"properties": {"workspaceId": WORKSPACE, **properties}}
    return cloud.put(setting_of(resource_id), body)


def logs(*categories: str) -> list[Properties]:
    return [{"category": category, "enabled": True} for category in categories]


@pytest.fixture
def full(cloud: TestCloud) -> TestCloud:
    """Give a cloud with one resource of each type that has logs, and a workspace."""
    cloud.put(WORKSPACE, {"location": "westeurope"})
    cloud.put(ACCOUNT, ACCOUNT_BODY)
    cloud.put(VAULT, VAULT_BODY)
    cloud.put(REGISTRY, REGISTRY_BODY)
    return cloud


@pytest.mark.parametrize(
    ("resource_id", "categories"),
    [
        (BLOBS, ("StorageRead", "StorageWrite", "StorageDelete")),
        (VAULT, ("AuditEvent", "AzurePolicyEvaluationDetails")),
        (REGISTRY, ("ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents")),
    ],
)
def test_every_category_of_a_type_is_accepted(
    full: TestCloud, resource_id: str, categories: tuple[str, ...]
) -> None:
    body = put(full, resource_id, logs=logs(*categories))

    found = objects(body, "properties", "logs")
    assert [text(log, "category") for log in found] == list(categories)
    assert child(found[0], "retentionPolicy") == {"days": 0, "enabled": False}


@pytest.mark.parametrize(
    ("resource_id", "properties", "message"),
    [
        (
            BLOBS,
            {"logs": logs("StorageReads")},
            "Category 'StorageReads' is not supported, supported categories are: "
            "'StorageRead, StorageWrite, StorageDelete'.",
        ),
        (
            VAULT,
            {"logs": logs("StorageRead")},
            "Category 'StorageRead' is not supported, supported categories are: "
            "'AuditEvent, AzurePolicyEvaluationDetails'.",
        ),
        (ACCOUNT, {"logs": logs("StorageRead")}, "Category 'StorageRead' is not supported."),
        (
            ACCOUNT,
            {"logs": [{"categoryGroup": "allLogs", "enabled": True}]},
            "Category 'allLogs' is not supported.",
        ),
        (
            VAULT,
            {"logs": [{"categoryGroup": "all", "enabled": True}]},
            "Category group 'all' is not supported, supported categories are: 'allLogs, audit'.",
        ),
        (
            REGISTRY,
            {"metrics": logs("Transaction")},
            "Metric category 'Transaction' is not supported, supported categories are: "
            "'AllMetrics'.",
        ),
        (
            VAULT,
            {"logs": logs("AuditEvent"), "workspaceId": ""},
            "At least one data sink needs to be specified.",
        ),
        (
            VAULT,
            {"logs": logs("AuditEvent"), "workspaceId": ACCOUNT},
            f"The workspace id '{ACCOUNT}' is not valid.",
        ),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(
    full: TestCloud, resource_id: str, properties: Properties, message: str
) -> None:
    with pytest.raises(AzureError) as error:
        put(full, resource_id, **properties)

    assert refusal(error) == (400, "BadRequest")
    assert error.value.message == message


def test_groups_of_categories_and_metrics_are_accepted(full: TestCloud) -> None:
    group = {"categoryGroup": "audit", "enabled": True}

    body = put(full, BLOBS, logs=[group], metrics=logs("Transaction"))

    assert [text(log, "categoryGroup") for log in objects(body, "properties", "logs")] == ["audit"]


@pytest.mark.parametrize("missing", [VAULT, BLOBS])
def test_a_setting_needs_its_resource(cloud: TestCloud, missing: str) -> None:
    cloud.put(WORKSPACE, {"location": "westeurope"})

    with pytest.raises(AzureError, match=f"{missing.rpartition('/')[2]}' under resource") as error:
        put(cloud, missing, logs=logs("AuditEvent"))

    assert refusal(error) == (404, "ResourceNotFound")


def test_a_type_without_settings_is_refused(full: TestCloud) -> None:
    full.put(IDENTITY, {"location": "westeurope"})

    with pytest.raises(AzureError, match="userassignedidentities' does not support") as error:
        put(full, IDENTITY, logs=logs("AuditEvent"))

    assert refusal(error) == (400, "ResourceTypeNotSupported")


def test_a_workspace_is_named_by_its_whole_id(full: TestCloud) -> None:
    with pytest.raises(AzureError, match="Property id 'workspace1' at path") as error:
        put(full, VAULT, logs=logs("AuditEvent"), workspaceId="workspace1")

    assert refusal(error) == (400, "LinkedInvalidPropertyId")


def test_a_workspace_must_be_there(full: TestCloud) -> None:
    with pytest.raises(AzureError, match="workspaces/workspace2' under resource") as error:
        put(full, VAULT, logs=logs("AuditEvent"), workspaceId=WORKSPACE.replace("1", "2"))

    assert error.value.status == 404


@pytest.mark.parametrize("name", ["abc", "a" * 64, "-abc", "a_bc"])
def test_a_workspace_name_outside_the_rule_is_refused(cloud: TestCloud, name: str) -> None:
    with pytest.raises(AzureError) as error:
        cloud.put(WORKSPACE.replace("workspace1", name), {"location": "westeurope"})

    assert refusal(error) == (400, "InvalidWorkspaceName")


def test_a_list_holds_the_settings_of_the_resource_alone(full: TestCloud) -> None:
    put(full, BLOBS, logs=logs("StorageRead"))
    put(full, ACCOUNT, metrics=logs("Transaction"))

    listed = full.children(ACCOUNT, "Microsoft.Insights/diagnosticSettings")

    assert [text(body, "id") for body in listed] == [setting_of(ACCOUNT)]


def inputs(*categories: str) -> Properties:
    return {
        "name": "setting1",
        "resourceUri": BLOBS,
        "workspaceId": WORKSPACE,
        "logs": logs(*categories),
    }


def test_a_setting_lives_by_the_provider(full: TestCloud) -> None:
    session = Session(full)

    made = session.create(TOKEN, inputs("StorageRead", "StorageWrite"))
    assert made.id == setting_of(BLOBS)
    assert session.diff(TOKEN, made, inputs("StorageRead", "StorageWrite")) == {}
    assert session.read(TOKEN, made) == made

    changed = session.update(TOKEN, made, inputs("StorageRead"))
    assert len(objects(changed.outputs, "logs")) == 1

    session.delete(TOKEN, changed)
    assert session.read(TOKEN, changed) is None


def test_another_resource_replaces_a_setting(full: TestCloud) -> None:
    session = Session(full)
    made = session.create(TOKEN, inputs("StorageRead"))

    changes = session.diff(TOKEN, made, inputs("StorageRead") | {"resourceUri": VAULT})

    assert changes == {"resourceUri": "UPDATE_REPLACE"}


def test_a_misspelt_property_in_a_list_is_named(cloud: TestCloud) -> None:
    wrong = {"categry": "StorageRead", "enabled": True}

    found = Session(cloud).check(TOKEN, inputs() | {"logs": [wrong]})

    assert found == {
        "logs[0].categry": f"'logs[0].categry' is not a property of {TOKEN}. "
        "The nearest is 'category'."
    }
