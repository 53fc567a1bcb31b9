"""Arrangements of identity and vault: each moves an image, and a second `up` changes nothing."""

import json
import shlex
from collections.abc import Iterator

import pytest
from conftest_emulator import Emulator
from engine_arrangement import LOCATION, configure, forget_at_target, move, transfer
from engine_stage import EngineStage

pytestmark = pytest.mark.engine


def test_pipelines_may_use_their_own_identities(stage: EngineStage) -> None:
    own = {"identity": "system-assigned"}

    configure(stage, own, {**own, "import_by": "runs"})
    done = stage.transfer("run")

    assert done.code == 0, done.text
    assert "1 artifacts: 1 arrived" in done.out
    assert stage.changes("target") == []
    assert "UserAssignedIdentity" not in str(stage.state("source"))
    assert [run["artifacts"] for run in stage.contract("target")["runs"]] == [["shop/web:1.4"]]
    # A trigger imports what was there before its pipeline got its right.
    forget_at_target(stage)
    vault = make_vault(stage, uses_roles=True)
    stage.configure("target", **own, vault=vault, blobs="shared")
    move(stage)
    assert stage.contract("target")["container"] == stage.contract("source")["container"]


def test_a_side_may_bring_sas_and_container_and_keep_and_spell_its_registry_as_it_likes(
    stage: EngineStage,
) -> None:
    name = "b" + stage.group.removeprefix("rg-test").replace("x", "y")
    account = f"{providers_of(stage)}/Microsoft.Storage/storageAccounts/{name}"
    container = f"{account}/blobServices/default/containers/outbox"
    stage.put(account, {**LOCATION, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}})
    # Not by Resource Manager, which the program asks whether it is there.
    stage.make_container(account, "outbox")
    sas = stage.sign(account, "outbox", "rawl")
    configure(stage, {"storage": container}, {"import_by": "trigger"})
    registry = f"{stage.group}/{stage.names['source']}"
    for key, value in (("sas", f"?{sas}"), ("registry", registry)):
        stage.succeed("config", "set", "--secret", f"acr-transfer:{key}", value, "-s", "source")

    result = stage.transfer("run")
    for key, value in (("storage", container), ("registry", registry)):
        stage.succeed("config", "set", f"acr-transfer:{key}", value.upper(), "-s", "source")

    assert result.code == 0, result.text
    assert "1 artifacts: 1 arrived" in result.out
    assert stage.changes("source") == []
    assert sas not in str(stage.state("source"))
    assert "sig=" not in result.text


@pytest.fixture
def slow_directory(emulator: Emulator) -> Iterator[None]:
    """A directory that knows a new identity only after some seconds."""
    with emulator.settings(identity_replication_seconds=6):
        yield


@pytest.mark.usefixtures("slow_directory")
def test_a_role_waits_for_an_identity_that_is_not_known_everywhere(stage: EngineStage) -> None:
    configure(stage, {"vault": "roles"}, {"vault": "roles"})

    sides = [stage.up(side) for side in ("source", "target")]

    for side in sides:
        assert side.code == 0, side.text
        assert "retrying create due to on-error hook request" in side.text
    assert "AccessPolicy" not in str(stage.state("source"))


def test_both_sides_may_share_an_existing_vault_with_existing_identities(
    stage: EngineStage,
) -> None:
    vault = make_vault(stage, uses_roles=False)
    settings = {}
    for side in ("source", "target"):
        identity = f"{providers_of(stage)}/Microsoft.ManagedIdentity/userAssignedIdentities/{side}"
        stage.put(identity, LOCATION)
        settings[side] = {"vault": vault, "identity": identity}

    transfer(stage, settings["source"], settings["target"])

    made = str(stage.state("source")) + str(stage.state("target"))
    assert "azure-native:keyvault:Vault::" not in made
    assert "UserAssignedIdentity::" not in made
    leave_secret_behind(stage)


def providers_of(stage: EngineStage) -> str:
    """Give the part that the IDs of all have in common that is there before the program."""
    return f"/subscriptions/{stage.emulator.subscription}/resourceGroups/{stage.group}/providers"


def make_vault(stage: EngineStage, *, uses_roles: bool) -> str:
    """Make a vault that is there before the program, as in companies; give its ID."""
    name = stage.group.removeprefix("rg-")
    vault = f"{providers_of(stage)}/Microsoft.KeyVault/vaults/kv-{name}"
    properties = {
        "tenantId": stage.emulator.variables["ARM_TENANT_ID"],
        "sku": {"family": "A", "name": "standard"},
        "enableRbacAuthorization": uses_roles,
        "accessPolicies": [],
        # Whoever runs pulumi is turned away.
        "networkAcls": {"defaultAction": "Deny", "bypass": "AzureServices"},
    }
    stage.put(vault, {**LOCATION, "properties": properties})
    return vault


def leave_secret_behind(stage: EngineStage) -> None:
    """Destroy a side whose vault is closed, by the way out that a check names beforehand."""
    report = json.loads(stage.transfer("check", "--json").out)
    told = [item for item in report["findings"] if "exists without the stack" in item["what"]]
    way_out = shlex.split(told[0]["fix"].splitlines()[-1])

    refused = stage.pulumi("destroy", "-s", "source", "--yes")
    left = stage.run(way_out)
    destroyed = stage.pulumi("destroy", "-s", "source", "--yes")

    assert [(item["side"], item["level"]) for item in told] == [
        ("source", "warns"),
        ("target", "warns"),
    ]
    assert "Client address is not authorized" in refused.text
    assert (left.code, destroyed.code) == (0, 0), left.text + destroyed.text
