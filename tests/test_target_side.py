"""The target side, on the recording engine."""

import pulumi
import pytest
from mock_engine import SIGNATURE
from sides import SOURCE, target


def test_it_makes_its_own_storage_and_vault_and_no_runs_by_default() -> None:
    recording = target()

    assert {(item.type, item.name, item.parent) for item in recording.registrations} == {
        ("acrtransfer:index:TargetSide", "target", "acr-transfer-dev"),
        ("random:index/randomString:RandomString", "target-suffix", "target"),
        ("pulumi:index:Stash", "target-first-place", "target"),
        ("pulumi:index:Stash", "target-place", "target"),
        ("resources:ResourceGroup", "target-group", "target"),
        ("acrtransfer:index:TransferStorage", "target-storage", "target"),
        ("storage:StorageAccount", "target-storage-account", "target-storage"),
        ("storage:BlobServiceProperties", "target-storage-blob-service", "target-storage"),
        ("storage:BlobContainer", "target-storage-container", "target-storage"),
        ("storage:ManagementPolicy", "target-storage-lifecycle", "target-storage"),
        ("managedidentity:UserAssignedIdentity", "target-identity", "target"),
        ("acrtransfer:index:SasVault", "target-sas", "target"),
        ("random:index/randomString:RandomString", "target-sas-suffix", "target-sas"),
        ("keyvault:Vault", "target-sas-vault", "target-sas"),
        ("keyvault:AccessPolicy", "target-sas-policy", "target-sas"),
        ("keyvault:Secret", "target-sas-secret", "target-sas"),
        ("containerregistry:ImportPipeline", "target-pipeline", "target"),
    }


def test_the_trigger_is_on_by_default_and_waits_for_what_it_reads() -> None:
    pipeline = target().only("containerregistry:ImportPipeline")

    assert pipeline.inputs["trigger"] == {"sourceTrigger": {"status": "Enabled"}}
    assert {"target-sas-secret", "target-sas-policy"} <= set(pipeline.depends_on)


def test_import_runs_are_for_exactly_the_blobs_of_the_source_and_turn_the_trigger_off() -> None:
    recording = target(import_by="runs")

    pipeline = recording.only("containerregistry:ImportPipeline")
    sources = [
        item.inputs["request"]["source"] for item in recording.all("containerregistry:PipelineRun")
    ]
    assert pipeline.inputs["trigger"] == {"sourceTrigger": {"status": "Disabled"}}
    assert sorted(source["name"] for source in sources) == [
        "acr-transfer-1111",
        "acr-transfer-2222",
    ]
    assert {source["type"] for source in sources} == {"AzureStorageBlob"}


def test_shared_blobs_are_read_from_the_container_of_the_source() -> None:
    recording = target(blobs="shared")

    assert not recording.all("storage:StorageAccount")
    assert recording.only("containerregistry:ImportPipeline").inputs["source"] == {
        "type": "AzureStorageBlobContainer",
        "uri": "https://theirs.blob.core.windows.net/outbox",
        "keyVaultUri": "https://acrt-tgt-abcd2345.vault.azure.net/secrets/acrimportsas",
    }


def test_with_shared_blobs_the_account_of_the_source_signs() -> None:
    (call,) = target(blobs="shared").called("storage:listStorageAccountServiceSAS")

    assert (call["accountName"], call["resourceGroupName"]) == ("theirs", "rg-theirs")
    assert call["canonicalizedResource"] == "/blob/theirs/outbox"


def test_both_ways_of_importing_can_be_asked_for() -> None:
    recording = target(import_by="both", options=["OverwriteTags"])

    pipeline = recording.only("containerregistry:ImportPipeline")
    assert pipeline.inputs["trigger"] == {"sourceTrigger": {"status": "Enabled"}}
    assert len(recording.all("containerregistry:PipelineRun")) == 2


def test_a_shared_container_of_a_closed_account_is_refused() -> None:
    closed = {"networkRuleSet": {"defaultAction": "Deny"}}

    with pytest.raises(pulumi.RunError, match=r"storage account 'theirs'.*acr/issues/857"):
        target(blobs="shared", answers={"storage:getStorageAccount": closed})


@pytest.mark.parametrize(
    ("options", "letters"), [([], "rl"), (["OverwriteTags", "DeleteSourceBlobOnSuccess"], "rdl")]
)
def test_the_import_sas_can_delete_only_when_blobs_are_to_be_deleted(
    options: list[str], letters: str
) -> None:
    (call,) = target(options=options).called("storage:listStorageAccountServiceSAS")

    assert call["permissions"] == letters


def test_the_contract_tells_what_imports() -> None:
    recording = target(import_by="runs", blobs="shared")

    assert recording.result["side"] == "target"
    assert recording.result["import_by"] == "runs"
    assert recording.result["blobs"] == "shared"
    assert recording.result["container"] == SOURCE["container"]
    assert recording.result["source_stack"] == "organization/acr-transfer/source"
    assert [run["blob"] for run in recording.result["runs"]] == [
        "acr-transfer-1111",
        "acr-transfer-2222",
    ]


def test_the_sas_is_secret_and_in_the_vault_alone() -> None:
    recording = target()

    holders = [item for item in recording.registrations if SIGNATURE in str(item.inputs)]
    assert [(item.type, item.secret_inputs) for item in holders] == [
        ("keyvault:Secret", frozenset({"properties"}))
    ]
    assert not recording.result_is_secret
    assert SIGNATURE not in str(recording.result)


def test_a_target_registry_may_have_its_exports_disabled() -> None:
    answer = {"policies": {"exportPolicy": {"status": "disabled"}}}

    recording = target(answers={"containerregistry:getRegistry": answer})

    assert recording.result["side"] == "target"


def test_a_source_of_another_version_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match="has version 2"):
        target(source={**SOURCE, "version": 2})
