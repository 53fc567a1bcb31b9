"""What strict companies ask for, on the real engine."""

import pytest
from engine_arrangement import LOCATION, configure, transfer
from engine_policies import require_policies
from engine_stage import EngineStage

pytestmark = pytest.mark.engine


def providers_of(stage: EngineStage) -> str:
    return f"/subscriptions/{stage.emulator.subscription}/resourceGroups/{stage.group}/providers"


def test_each_demand_is_one_setting_and_all_of_them_together_keep_the_policies(
    stage: EngineStage,
) -> None:
    workspace = f"{providers_of(stage)}/Microsoft.OperationalInsights/workspaces/logs"
    stage.put(workspace, LOCATION)
    strict = {
        "sas_policy": "block",
        "vault_addresses": ["203.0.113.0/24", "198.51.100.7"],
        "protect": True,
        "log_analytics_workspace": workspace,
        "tags": {"owner": "platform"},
    }

    transfer(stage, strict, {**strict, "import_by": "both", "options": ["OverwriteTags"]})

    require_policies(stage, "source")
    refused = stage.pulumi("destroy", "-s", "source", "--yes")
    assert refused.code != 0
    assert "protected" in refused.text


def test_a_registry_that_is_made_outlives_its_stack(stage: EngineStage) -> None:
    name = f"new{stage.group.removeprefix('rg-')}"
    made = {"registry": f"{stage.group}/{name}", "create_registry": True, **LOCATION}
    registry = f"{providers_of(stage)}/Microsoft.ContainerRegistry/registries/{name}"

    configure(stage, {}, made)
    for side in ("source", "target"):
        assert stage.up(side).code == 0

    stage.configure("target", **{**made, "create_registry": False})
    assert stage.changes("target") == [("delete", "azure-native:containerregistry:Registry")]
    assert stage.up("target").code == 0
    assert registry in stage.resources()
    stage.succeed("destroy", "-s", "target", "--yes")
    assert registry in stage.resources()


def test_an_account_that_blocks_long_sas_takes_those_of_the_program(stage: EngineStage) -> None:
    name = "k" + stage.group.removeprefix("rg-test").replace("x", "y")
    account = f"{providers_of(stage)}/Microsoft.Storage/storageAccounts/{name}"
    policy = {"sasExpirationPeriod": "7.00:00:00", "expirationAction": "Block"}
    body = {**LOCATION, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    stage.put(account, {**body, "properties": {"sasPolicy": policy}})
    configure(stage, {"storage": account}, {})

    refused = stage.up("source")
    stage.configure("source", images=["shop/web:1.4"], storage=account, sas_policy="block")
    result = stage.up("source")

    assert "it blocks every SAS that is valid for more than 7.00:00:00" in refused.text
    assert result.code == 0, result.text
