"""Each setting of a side is changed on the real engine and changed back, also after a fault."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from conftest_emulator import Emulator
from engine_stage import EngineStage, Result

from emulator.arm.base import Caller

pytestmark = pytest.mark.engine

Values = dict[str, object]
PIPELINES = "Microsoft.ContainerRegistry/registries/*Pipelines"
RUNS = "Microsoft.ContainerRegistry/registries/pipelineRuns"
ACCOUNTS = "Microsoft.Storage/storageAccounts"
IDENTITIES = "Microsoft.ManagedIdentity/userAssignedIdentities"
SECRETS = "Microsoft.KeyVault/vaults/secrets"
VAULTS = "Microsoft.KeyVault/vaults"
WORKSPACES = "Microsoft.OperationalInsights/workspaces"
THEIR = "their"
_CHANGED = re.compile(r"^ +\S+ (\d+) (created|updated|replaced|deleted)$", re.MULTILINE)
EXPORT_PIPELINE = "azure-native:containerregistry/v20250601preview:ExportPipeline"


@dataclass
class Side:
    """One stack of a stage, and the settings that it is brought up with."""

    stage: EngineStage
    name: str
    values: Values

    def up(self, *arguments: str, **changed: object) -> Mapping[str, int]:
        """Bring the stack up with some settings changed; count what was created, updated, ..."""
        result = self._up(*arguments, **changed)
        assert result.code == 0, result.text
        return {kind: int(count) for count, kind in _CHANGED.findall(result.out)}

    def refused(self, *arguments: str, **changed: object) -> str:
        """Have the stack refused with some settings changed; give what is printed."""
        result = self._up(*arguments, **changed)
        assert result.code != 0, result.text
        return result.text

    def operations(self, **changed: object) -> list[str]:
        """Preview the stack with some settings changed; give the operations."""
        self._configure(changed)
        return [operation for operation, _ in self.stage.changes(self.name)]

    def preview(self, **changed: object) -> dict[str, Any]:
        """Preview the stack with some settings changed; give the plan."""
        self._configure(changed)
        printed = self.stage.succeed("preview", "-s", self.name, "--json").out
        plan: dict[str, Any] = json.loads(printed)
        return plan

    @property
    def account_id(self) -> str:
        """The ID of its storage account."""
        account: str = self.stage.contract(self.name)["container"]["account_id"]
        return account

    def _up(self, *arguments: str, **changed: object) -> Result:
        self._configure(changed)
        return self.stage.up(self.name, *arguments)

    def _configure(self, changed: Values) -> None:
        self.stage.configure(self.name, **{**self.values, **changed})


@contextmanager
def fault(emulator: Emulator, verb: str, target: str) -> Iterator[None]:
    """Have the cloud refuse one call."""
    refusal = {"target": target, "verb": verb, "status": 400, "code": "NotToday"}
    with emulator.settings(faults=[refusal]):
        yield


@pytest.fixture(scope="module")
def stage(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> EngineStage:
    made = EngineStage(emulator, tmp_path_factory.mktemp("settings"))
    group = f"/subscriptions/{emulator.subscription}/resourceGroups"
    place = {"location": "westeurope"}
    made.put(f"{group}/rg-other{made.group}", place)
    vault = {
        "tenantId": emulator.variables["ARM_TENANT_ID"],
        "sku": {"family": "A", "name": "standard"},
        "accessPolicies": [_all_rights_on_secrets(emulator)],
    }
    sku = {"kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    made.put(their(made, ACCOUNTS), {**place, **sku})
    made.put(their(made, VAULTS), {**place, "properties": vault})
    made.put(their(made, IDENTITIES), place)
    made.put(their(made, WORKSPACES), place)
    made.log_in(made.registries["target"])
    for name in ("shop/web:1.4", "shop/api:2.0"):
        made.push(name)
        made.crane("copy", *(f"{made.registries[side]}/{name}" for side in ("source", "target")))
    return made


def _all_rights_on_secrets(emulator: Emulator) -> Values:
    """Give a policy for the deployer: the provider deletes secrets at the vault's own address."""
    tenant = emulator.variables["ARM_TENANT_ID"]
    deployer = Caller(emulator.subscription, tenant, emulator.variables["ARM_CLIENT_ID"])
    rights = {"secrets": ["all"]}
    return {"tenantId": tenant, "objectId": deployer.object_id, "permissions": rights}


def their(stage: EngineStage, kind: str) -> str:
    """Give the ID of something of a kind that exists before the program."""
    group = f"/subscriptions/{stage.emulator.subscription}/resourceGroups/{stage.group}"
    return f"{group}/providers/{kind}/{THEIR}{stage.group.removeprefix('rg-test')}"


@pytest.fixture(scope="module")
def source(stage: EngineStage) -> Side:
    stage.init("source")
    side = Side(stage, "source", {"location": "westeurope", "images": ["shop/web:1.4"]})
    side.up()
    return side


@pytest.fixture(scope="module")
def target(source: Side) -> Iterator[Side]:
    source.stage.init("target")
    side = Side(source.stage, "target", {"options": ["OverwriteTags"]})
    side.up()
    yield side
    assert side.operations() == [], "all changes are changed back"


def kinds_of_resources(stage: EngineStage) -> Counter[str]:
    """Count what is in the cloud; what is soft-deleted, and runs, are left out."""
    kinds = [resource_id.split("/")[-2] for resource_id in stage.resources()]
    left_out = ("deletedVaults", "deletedSecrets", "pipelineRuns")
    return Counter(kind for kind in kinds if kind not in left_out)


def change_and_change_back(side: Side, change: "Change", beside: Values | None = None) -> None:
    """Change settings with a fault in the middle, go on from there, and change them back.

    Args:
        beside: Settings with which it is changed back.
    """
    old = beside or {}
    new = {**old, **change.values(side.stage)}
    before = kinds_of_resources(side.stage)

    with fault(side.stage.emulator, change.verb, change.refused):
        assert "NotToday" in side.refused(**new)
    if change.goes_back:
        side.up(**old)
        assert kinds_of_resources(side.stage) == before
    side.up(**new)
    assert side.up(**old) != {}, "it was changed"

    assert kinds_of_resources(side.stage) == before
    if beside:
        side.up()


def other_registry(stage: EngineStage) -> Values:
    return {"registry": f"{stage.group}/{stage.names['target']}"}


def a_vault(stage: EngineStage) -> Values:
    return {"vault": their(stage, VAULTS)}


def an_account(stage: EngineStage) -> Values:
    return {"storage": their(stage, ACCOUNTS)}


def a_group(stage: EngineStage) -> Values:
    return {"resource_group": f"rg-other{stage.group}"}


def what_is_updated(stage: EngineStage) -> Values:
    """Give a value for each setting that changes nothing but what is there."""
    return {
        "images": ["shop/web:1.4", "shop/api:2.0"],
        "options": ["OverwriteBlobs", "ContinueOnErrors"],
        "identity": their(stage, IDENTITIES),
        "log_analytics_workspace": their(stage, WORKSPACES),
        "vault": "roles",
        "vault_addresses": ["203.0.113.0/24"],
        "role_wait_seconds": 1,
        "storage_redundancy": "Standard_GZRS",
        "sas_kind": "account",
        "sas_policy": "block",
        "sas_days": 5,
        "sas_grace_days": 2,
        "blob_retention_days": 30,
        "rerun": 1,
        "tags": {"owner": "platform"},
        "protect": True,
    }


@dataclass(frozen=True)
class Change:
    """Settings, and the call that Azure refuses while they are changed."""

    values: Callable[[EngineStage], Values]
    verb: str
    """Mostly one by which the new is made, sometimes one by which the old is deleted."""
    refused: str
    goes_back: bool = False
    """Whether the settings are changed back after the refusal as well."""


SOURCE_CHANGES = {
    "registry and resource_group": Change(
        lambda stage: {**other_registry(stage), **a_group(stage)}, "PUT", PIPELINES
    ),
    "location": Change(lambda _: {"location": "northeurope"}, "DELETE", ACCOUNTS, goes_back=True),
    "prefix and container": Change(
        lambda _: {
            "prefix": "beta",
            "container": "outbox",
            "storage_redundancy": "Standard_LRS",
        },
        "DELETE",
        VAULTS,
    ),
    "storage": Change(an_account, "PUT", RUNS, goes_back=True),
    "storage_access": Change(lambda _: {"storage_access": "managed-identity"}, "PUT", RUNS),
    "vault": Change(a_vault, "PUT", SECRETS),
    "identity": Change(lambda _: {"identity": "system-assigned"}, "DELETE", IDENTITIES),
    "all that is updated": Change(what_is_updated, "PUT", PIPELINES),
}
TARGET_CHANGES = {
    "blobs": Change(lambda _: {"blobs": "shared"}, "PUT", PIPELINES),
    "blobs and import_by": Change(lambda _: {"blobs": "shared", "import_by": "runs"}, "PUT", RUNS),
    "place": Change(
        lambda stage: {
            "location": "northeurope",
            "prefix": "beta",
            "container": "inbox",
            "storage_access": "managed-identity",
            "identity": "system-assigned",
            **a_group(stage),
        },
        "DELETE",
        ACCOUNTS,
    ),
}


@pytest.mark.xdist_group("settings")
@pytest.mark.parametrize("change", SOURCE_CHANGES)
def test_a_setting_of_the_source_can_be_changed_and_changed_back(source: Side, change: str) -> None:
    # An image that comes back is written to the blob that it was in before.
    beside: Values | None = {"options": ["OverwriteBlobs"]} if "updated" in change else None

    change_and_change_back(source, SOURCE_CHANGES[change], beside)


@pytest.mark.xdist_group("settings")
@pytest.mark.parametrize("change", TARGET_CHANGES)
def test_a_setting_of_the_target_can_be_changed_and_changed_back(target: Side, change: str) -> None:
    change_and_change_back(target, TARGET_CHANGES[change])


@pytest.mark.xdist_group("settings")
def test_a_preview_says_what_another_place_costs(source: Side) -> None:
    plan = source.preview(location="northeurope")

    assert "delete-replaced" not in {step["op"] for step in plan["steps"]}
    printed = "".join(item["message"] for item in plan["diagnostics"])
    assert "location from 'westeurope' to 'northeurope'" in printed
    assert "All images are exported again." in printed
    assert "Azure keeps its name for 90 days" in printed


@pytest.mark.xdist_group("settings")
def test_what_exists_and_what_a_side_makes_are_not_mistaken_and_the_side_stays_as_it_is(
    source: Side,
) -> None:
    group = source.account_id.split("/")[4]

    exists = source.refused(create_registry=True)
    source.stage.succeed("config", "rm", "acr-transfer:create_registry", "-s", "source")
    assert source.stage.changes("source") == []
    is_made = source.refused(resource_group=group)

    assert "Write create_registry: false" in exists
    assert f"resource group '{group}' is not valid: a source side has made it" in is_made


@pytest.mark.xdist_group("settings")
def test_a_protected_side_is_not_moved_and_stays_as_it_is(source: Side) -> None:
    source.up(protect=True)

    for move in ({"location": "northeurope"}, an_account(source.stage)):
        # As the commands of acr-transfer do: all that does not depend on what is refused goes on.
        refusal = source.refused("--continue-on-error", **{"protect": True, **move})
        assert "source-suffix" in refusal
        assert "currently marked for protection" in refusal
    assert source.up() == {}, "to protect nothing any more changes nothing in Azure"


@pytest.mark.xdist_group("settings")
def test_a_vault_that_was_deleted_by_hand_is_made_anew_by_the_command_that_is_named(
    source: Side,
) -> None:
    group = source.account_id.partition("/providers/")[0]
    with source.stage.emulator.client() as arm:
        arm.params = {"api-version": "2023-07-01"}
        vaults = arm.get(f"{group}/providers/{VAULTS}").raise_for_status().json()["value"]
        arm.delete(vaults[0]["id"]).raise_for_status()

    refusal = source.refused("--refresh")

    assert "ConflictError" in refusal
    command = re.search(r"pulumi up -s source --replace '(.+?)'", refusal)
    assert command
    source.up("--replace", command[1])
    assert source.operations() == []


def as_generic_resource(side: Side) -> str:
    """Turn the pipeline of a stack into what earlier versions made; give its ID."""
    state = side.stage.state(side.name)
    pipeline = next(item for item in state["resources"] if "exportPipelines" in item.get("id", ""))
    old_id = str(pipeline["id"]).replace("/acrtexport", "/acrtexportmi")
    with side.stage.emulator.client() as arm:
        arm.params = {"api-version": "2025-06-01-preview"}
        body = arm.get(pipeline["id"]).raise_for_status().json()
        arm.put(old_id, json=body).raise_for_status()
        arm.delete(pipeline["id"]).raise_for_status()
    inputs = {
        "apiVersion": "2025-06-01-preview",
        "resourceProviderNamespace": "Microsoft.ContainerRegistry",
        "parentResourcePath": f"registries/{old_id.split('/')[8]}",
        "resourceType": "exportPipelines",
        "resourceName": old_id.rpartition("/")[2],
        "resourceGroupName": old_id.split("/")[4],
        "location": body["location"],
        "identity": {
            "type": "UserAssigned",
            "userAssignedIdentities": list(body["identity"]["userAssignedIdentities"]),
        },
        "properties": {"target": body["properties"]["target"]},
    }
    pipeline |= {"inputs": inputs, "outputs": body, "type": "azure-native:resources:Resource"}
    old_urn = str(pipeline["urn"])
    new_urn = old_urn.replace(EXPORT_PIPELINE, "azure-native:resources:Resource")
    new_id = old_id.replace("/acrtexportmi", "/acrtexport")
    exported = json.dumps({"version": 3, "deployment": state})
    written = exported.replace(old_urn, new_urn).replace(new_id, old_id)
    file = side.stage.folder / "state.json"
    file.write_text(written)
    side.stage.succeed("stack", "import", "-s", side.name, "--file", str(file))
    return old_id


@pytest.mark.xdist_group("settings")
def test_what_is_left_of_an_account_is_destroyed_and_a_generic_pipeline_is_replaced_by_a_typed_one(
    source: Side,
) -> None:
    with source.stage.emulator.client() as arm:
        arm.delete(source.account_id, params={"api-version": "2024-01-01"}).raise_for_status()

    source.stage.succeed("destroy", "-s", "source", "--yes", "--skip-preview")

    assert "resources" not in source.stage.state("source")
    by_identity = {"storage_access": "managed-identity", "options": ["OverwriteBlobs"]}
    source.up(**by_identity)
    old_id = as_generic_resource(source)

    changes = source.up(**by_identity)

    assert changes == {"created": 1, "deleted": 1, "updated": 1}
    pipeline = source.stage.contract("source")["pipeline_id"]
    assert pipeline == old_id.replace("/acrtexportmi", "/acrtexport")
    assert pipeline in source.stage.resources()
    assert old_id not in source.stage.resources()
    assert source.operations(**by_identity) == []
