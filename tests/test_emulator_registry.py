"""A registry made, changed and deleted by the azure-native provider."""

import pytest
from emulator_cloud import REGISTRY, TestCloud, cloud, export_pipeline
from emulator_session import Made, RefusalError, Session

from emulator.values import child, find, text

__all__ = ["cloud"]

TOKEN = "azure-native:containerregistry:Registry"
Inputs = dict[str, object]


def inputs(**changes: object) -> Inputs:
    return {
        "resourceGroupName": "rg",
        "registryName": "registry1",
        "sku": {"name": "Premium"},
        "adminUserEnabled": False,
        "anonymousPullEnabled": False,
        "publicNetworkAccess": "Enabled",
        "networkRuleBypassOptions": "AzureServices",
        "policies": {
            "exportPolicy": {"status": "enabled"},
            "retentionPolicy": {"status": "enabled", "days": 30},
            "azureADAuthenticationAsArmPolicy": {"status": "disabled"},
        },
        **changes,
    }


@pytest.fixture
def session(cloud: TestCloud) -> Session:
    return Session(cloud)


def test_a_new_registry_has_what_was_asked_for_and_azures_defaults(session: Session) -> None:
    made = session.create(TOKEN, inputs())

    assert made.id == REGISTRY
    assert made.outputs["sku"] == {"name": "Premium", "tier": "Premium"}
    assert made.outputs["loginServer"] == "127.0.0.1:1#registry1"
    policies = child(made.outputs, "policies")
    for name in ("retentionPolicy", "softDeletePolicy"):
        assert child(policies, name).pop("lastUpdatedTime")
    assert policies["retentionPolicy"] == {"status": "enabled", "days": 30}
    assert policies["azureADAuthenticationAsArmPolicy"] == {"status": "disabled"}
    assert policies["softDeletePolicy"] == {"status": "disabled", "retentionDays": 7}


def test_neither_a_second_up_nor_a_refresh_changes_anything(session: Session) -> None:
    made = session.create(TOKEN, inputs())

    assert session.diff(TOKEN, made, inputs()) == {}
    assert session.read(TOKEN, made) == made


def test_a_registry_changes_in_place(session: Session) -> None:
    made = session.create(TOKEN, inputs())
    closed = {"exportPolicy": {"status": "disabled"}}
    wanted = inputs(policies=closed, publicNetworkAccess="Disabled", adminUserEnabled=True)

    changes = session.diff(TOKEN, made, wanted)
    changed = session.update(TOKEN, made, wanted)

    assert not any(kind.endswith("_REPLACE") for kind in changes.values())
    assert find(changed.outputs, "policies", "exportPolicy", "status") == "disabled"
    assert changed.outputs["publicNetworkAccess"] == "Disabled"
    assert changed.outputs["loginServer"] == made.outputs["loginServer"]
    assert changed.outputs["creationDate"] == made.outputs["creationDate"]
    assert session.read(TOKEN, changed) == changed


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"registryName": "registry2"}, "registryName"),
        ({"resourceGroupName": "other"}, "resourceGroupName"),
        ({"location": "northeurope"}, "location"),
    ],
)
def test_another_place_replaces_a_registry(session: Session, change: Inputs, path: str) -> None:
    made = session.create(TOKEN, inputs())

    assert session.diff(TOKEN, made, inputs(**change)) == {path: "UPDATE_REPLACE"}


def test_exports_stay_enabled_while_a_pipeline_needs_them(
    cloud: TestCloud, session: Session
) -> None:
    made = session.create(TOKEN, inputs())
    pipeline = export_pipeline() | {"identity": {"type": "SystemAssigned"}}
    cloud.put(f"{REGISTRY}/exportPipelines/pipeline1", pipeline)
    closed = {"exportPolicy": {"status": "disabled"}}

    with pytest.raises(RefusalError, match="has export pipelines"):
        session.update(TOKEN, made, inputs(policies=closed, publicNetworkAccess="Disabled"))


def test_a_deleted_registry_is_gone_with_its_pipelines(cloud: TestCloud, session: Session) -> None:
    made = session.create(TOKEN, inputs())
    pipeline = export_pipeline() | {"identity": {"type": "SystemAssigned"}}
    cloud.put(f"{REGISTRY}/exportPipelines/pipeline1", pipeline)

    session.delete(TOKEN, made)

    assert session.read(TOKEN, made) is None
    assert cloud.state.under(REGISTRY) == []


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"publicNetworkAccess": "Closed"}, "publicNetworkAccess"),
        ({"networkRuleBypassOptions": "Azure"}, "networkRuleBypassOptions"),
        ({"adminUserEnabled": "no"}, "adminUserEnabled"),
        ({"policies": {"exportPolicies": {}}}, "policies.exportPolicies"),
        ({"sku": {"name": "Gold"}}, "sku.name"),
    ],
)
def test_what_a_registry_does_not_have_is_refused(
    session: Session, change: Inputs, path: str
) -> None:
    assert list(session.check(TOKEN, inputs(**change))) == [path]


def test_a_registry_can_be_imported(session: Session) -> None:
    made = session.create(TOKEN, inputs())

    imported = session.read(TOKEN, Made(made.id, {}, {}))

    assert imported is not None
    assert session.check(TOKEN, imported.inputs) == {}
    assert text(imported.inputs, "registryName") == "registry1"
