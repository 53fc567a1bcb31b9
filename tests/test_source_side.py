"""The source side, on the recording engine."""

import pulumi
import pytest
from mock_engine import SIGNATURE, SUBSCRIPTION
from sides import source


def test_it_makes_each_resource_once_and_under_its_component() -> None:
    recording = source()

    assert {(item.type, item.name, item.parent) for item in recording.registrations} == {
        ("acrtransfer:index:SourceSide", "source", "acr-transfer-dev"),
        ("random:index/randomString:RandomString", "source-suffix", "source"),
        ("pulumi:index:Stash", "source-first-place", "source"),
        ("pulumi:index:Stash", "source-place", "source"),
        ("resources:ResourceGroup", "source-group", "source"),
        ("acrtransfer:index:TransferStorage", "source-storage", "source"),
        ("storage:StorageAccount", "source-storage-account", "source-storage"),
        ("storage:BlobServiceProperties", "source-storage-blob-service", "source-storage"),
        ("storage:BlobContainer", "source-storage-container", "source-storage"),
        ("storage:ManagementPolicy", "source-storage-lifecycle", "source-storage"),
        ("managedidentity:UserAssignedIdentity", "source-identity", "source"),
        ("acrtransfer:index:SasVault", "source-sas", "source"),
        ("random:index/randomString:RandomString", "source-sas-suffix", "source-sas"),
        ("keyvault:Vault", "source-sas-vault", "source-sas"),
        ("keyvault:AccessPolicy", "source-sas-policy", "source-sas"),
        ("keyvault:Secret", "source-sas-secret", "source-sas"),
        ("containerregistry:ExportPipeline", "source-pipeline", "source"),
        ("containerregistry:PipelineRun", "source-run-66b6e2385ed53a87", "source"),
    }


def test_the_contract_tells_the_target_where_the_blobs_are() -> None:
    recording = source()

    batch = recording.only("containerregistry:PipelineRun").name.removeprefix("source-run-")
    registry = (
        f"{SUBSCRIPTION}/resourceGroups/rg-contoso/providers"
        "/Microsoft.ContainerRegistry/registries/contososource"
    )
    assert recording.result == {
        "version": 1,
        "side": "source",
        "registry": {"id": registry, "login_server": "contososource.azurecr.io"},
        "pipeline_id": f"{registry}/exportPipelines/acrtexportabcd2345",
        "container": {
            "account_id": f"{SUBSCRIPTION}/resourceGroups/rg-acrt-source-abcd2345/providers"
            "/Microsoft.Storage/storageAccounts/acrtsrcabcd2345",
            "container": "transfer",
            "uri": "https://acrtsrcabcd2345.blob.core.windows.net/transfer",
            "allows_shared_keys": True,
        },
        "runs": [
            {
                "name": f"exportabcd2345{batch}",
                "blob": f"acr-transfer-{batch}",
                "artifacts": ["shop/web:1.4"],
                "digests": {},
                "after": [],
            }
        ],
        "sas_expires": "2026-12-13T23:45:00Z",
    }


def test_the_contract_is_not_secret_and_holds_no_sas() -> None:
    recording = source()

    assert not recording.result_is_secret
    assert SIGNATURE not in str(recording.result)


def test_the_sas_is_secret_and_in_the_vault_alone() -> None:
    recording = source()

    holders = [item for item in recording.registrations if SIGNATURE in str(item.inputs)]
    assert [(item.type, item.secret_inputs) for item in holders] == [
        ("keyvault:Secret", frozenset({"properties"}))
    ]


def test_the_secret_carries_the_sas_its_type_and_its_expiry() -> None:
    secret = source().only("keyvault:Secret")

    assert secret.inputs["secretName"] == "acrexportsas"
    assert secret.inputs["properties"] == {
        "value": "?sv=1&sp=rawl&spr=https&st=2026-11-06T23:45:00Z&se=2026-12-13T23:45:00Z"
        f"&sig={SIGNATURE}",
        "contentType": "application/x-azure-sas",
        "attributes": {"enabled": True, "notBefore": 1794008700, "expires": 1797205500},
    }


def test_the_secret_goes_with_its_vault_whose_firewall_it_could_not_pass() -> None:
    assert source().only("keyvault:Secret").deleted_with == "source-sas-vault"


def test_the_export_sas_opens_one_container_and_cannot_delete_blobs() -> None:
    assert source().called("storage:listStorageAccountServiceSAS") == [
        {
            "accountName": "acrtsrcabcd2345",
            "resourceGroupName": "rg-acrt-source-abcd2345",
            "canonicalizedResource": "/blob/acrtsrcabcd2345/transfer",
            "resource": "c",
            "permissions": "rawl",
            "protocols": "https",
            "sharedAccessStartTime": "2026-11-06T23:45:00Z",
            "sharedAccessExpiryTime": "2026-12-13T23:45:00Z",
            "keyToSign": "key1",
        }
    ]


def test_an_account_sas_can_be_asked_for() -> None:
    recording = source(sas_kind="account")

    assert not recording.called("storage:listStorageAccountServiceSAS")
    assert recording.called("storage:listStorageAccountSAS") == [
        {
            "accountName": "acrtsrcabcd2345",
            "resourceGroupName": "rg-acrt-source-abcd2345",
            "services": "b",
            "resourceTypes": "co",
            "permissions": "rwlac",
            "protocols": "https",
            "sharedAccessStartTime": "2026-11-06T23:45:00Z",
            "sharedAccessExpiryTime": "2026-12-13T23:45:00Z",
            "keyToSign": "key1",
        }
    ]


def test_the_identity_may_get_secrets_and_nothing_more() -> None:
    policy = source().only("keyvault:AccessPolicy")

    assert policy.inputs["policy"] == {
        "tenantId": "00000000-0000-0000-0000-00000000bbbb",
        "objectId": "00000000-0000-0000-0000-00000000aaaa",
        "permissions": {"secrets": ["get"]},
    }


def test_the_vault_has_no_inline_policies_and_admits_trusted_services_alone() -> None:
    properties = source().only("keyvault:Vault").inputs["properties"]

    assert "accessPolicies" not in properties
    assert properties["networkAcls"] == {"defaultAction": "Deny", "bypass": "AzureServices"}
    assert properties["enablePurgeProtection"] is True
    assert properties["enableSoftDelete"] is True


def test_the_storage_account_meets_the_baseline() -> None:
    inputs = source().only("storage:StorageAccount").inputs

    assert {key: inputs[key] for key in inputs if key not in ("tags", "resourceGroupName")} == {
        "accountName": "acrtsrcabcd2345",
        "location": "westeurope",
        "kind": "StorageV2",
        "sku": {"name": "Standard_ZRS"},
        "minimumTlsVersion": "TLS1_2",
        "enableHttpsTrafficOnly": True,
        "allowBlobPublicAccess": False,
        "allowSharedKeyAccess": True,
        "allowCrossTenantReplication": False,
        "defaultToOAuthAuthentication": True,
        "isLocalUserEnabled": False,
        "isSftpEnabled": False,
        "networkRuleSet": {"defaultAction": "Allow", "bypass": "AzureServices"},
        "sasPolicy": {"sasExpirationPeriod": "37.00:00:00", "expirationAction": "Log"},
        "keyPolicy": {"keyExpirationPeriodInDays": 90},
        "encryption": {
            "keySource": "Microsoft.Storage",
            "requireInfrastructureEncryption": True,
            "services": {"blob": {"enabled": True, "keyType": "Account"}},
        },
    }


def test_left_over_blobs_are_removed_after_the_given_days() -> None:
    policy = source(blob_retention_days=90).only("storage:ManagementPolicy").inputs["policy"]

    definition = policy["rules"][0]["definition"]
    assert definition["filters"] == {"blobTypes": ["blockBlob"], "prefixMatch": ["transfer/"]}
    assert definition["actions"]["baseBlob"] == {"delete": {"daysAfterModificationGreaterThan": 90}}


def test_the_pipeline_reads_the_secret_without_a_version() -> None:
    pipeline = source(options=["OverwriteBlobs"]).only("containerregistry:ExportPipeline")

    assert pipeline.inputs["target"] == {
        "type": "AzureStorageBlobContainer",
        "uri": "https://acrtsrcabcd2345.blob.core.windows.net/transfer",
        "keyVaultUri": "https://acrt-src-abcd2345.vault.azure.net/secrets/acrexportsas",
    }
    assert pipeline.inputs["options"] == ["OverwriteBlobs"]
    assert pipeline.inputs["identity"]["type"] == "UserAssigned"


def test_a_run_waits_for_the_secret_and_the_policy() -> None:
    run = source().only("containerregistry:PipelineRun")

    assert {"source-sas-secret", "source-sas-policy", "source-pipeline"} <= set(run.depends_on)


def test_storage_and_vault_do_not_wait_for_each_other() -> None:
    recording = source()

    account = recording.only("storage:StorageAccount")
    vault = recording.only("keyvault:Vault")
    assert set(account.depends_on) == {"source-group", "source-suffix"}
    suffixes = {"source-suffix", "source-sas-suffix"}
    assert set(vault.depends_on) == {"source-group", *suffixes}


def test_51_images_make_two_runs_and_two_blobs() -> None:
    recording = source(images=[f"shop/web:{number}" for number in range(51)])

    requests = [item.inputs["request"] for item in recording.all("containerregistry:PipelineRun")]
    assert sorted(len(request["artifacts"]) for request in requests) == [1, 50]
    assert len({request["target"]["name"] for request in requests}) == 2


def test_a_raised_rerun_changes_the_tag_of_a_run_and_not_its_name() -> None:
    first, second = (
        source(rerun=number).only("containerregistry:PipelineRun") for number in (0, 1)
    )

    assert first.name == second.name
    assert first.inputs["pipelineRunName"] == second.inputs["pipelineRunName"]
    assert first.inputs["forceUpdateTag"] != second.inputs["forceUpdateTag"]


def test_an_existing_resource_group_is_looked_up_and_not_created() -> None:
    recording = source(resource_group="rg-transfer")

    assert not recording.all("resources:ResourceGroup")
    assert recording.called("resources:getResourceGroup") == [{"resourceGroupName": "rg-transfer"}]
    assert recording.only("keyvault:Vault").inputs["resourceGroupName"] == "rg-transfer"


def test_a_given_location_goes_before_that_of_the_registry() -> None:
    recording = source(location="northeurope")

    assert recording.only("storage:StorageAccount").inputs["location"] == "northeurope"
    assert recording.only("containerregistry:ExportPipeline").inputs["location"] == "northeurope"


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        ({"sku": {"name": "Standard"}}, "ACR Transfer needs a Premium registry"),
        ({"policies": {"exportPolicy": {"status": "disabled"}}}, "its export policy is disabled"),
    ],
)
@pytest.mark.parametrize("preview", [True, False])
def test_a_registry_that_cannot_export_is_refused_in_preview_and_up(
    answer: dict[str, object], rule: str, preview: bool
) -> None:
    with pytest.raises(pulumi.RunError, match=rule):
        source(preview=preview, answers={"containerregistry:getRegistry": answer})


@pytest.mark.parametrize("status", ["Failed", "failed", "Canceled", "TimedOut"])
def test_a_failed_run_fails_the_program_with_the_text_of_the_service(status: str) -> None:
    response = {"status": status, "pipelineRunErrorMessage": "Failed to access storage."}

    with pytest.raises(
        pulumi.RunError,
        match=r"Failed to access storage\..*raise `rerun` to 1, and run pulumi up -s dev",
    ):
        source(
            answers={
                "containerregistry:PipelineRun": {
                    "provisioningState": "Succeeded",
                    "response": response,
                }
            }
        )


@pytest.mark.parametrize("response", [None, {}, {"status": "Running"}, {"status": ""}])
def test_a_run_that_still_goes_on_is_no_failure(response: dict[str, str] | None) -> None:
    recording = source(answers={"containerregistry:PipelineRun": {"response": response}})

    assert len(recording.result["runs"]) == 1


def test_the_tags_of_the_user_are_added_to_ours() -> None:
    recording = source(tags={"owner": "platform"})

    tagged = {
        item.name: item.inputs["tags"] for item in recording.registrations if "tags" in item.inputs
    }
    assert set(tagged) == {
        "source-group",
        "source-storage-account",
        "source-identity",
        "source-sas-vault",
        "source-sas-secret",
    }
    for tags in tagged.values():
        assert tags == {"acr-transfer-side": "source", "owner": "platform"}


def test_a_first_preview_shows_everything_and_mints_no_sas() -> None:
    preview, up = source(preview=True), source()

    assert {(item.type, item.name) for item in preview.registrations} == {
        (item.type, item.name) for item in up.registrations
    }
    assert not preview.called("storage:listStorageAccountServiceSAS")
