"""The resources of a source side, one after the other, with their values written out."""

from datetime import UTC, datetime, timedelta

import pulumi
import pulumi_azure_native.authorization as authorization
import pulumi_azure_native.containerregistry as containerregistry
import pulumi_azure_native.keyvault as keyvault
import pulumi_azure_native.managedidentity as managedidentity
import pulumi_azure_native.resources as resources
import pulumi_azure_native.storage as storage
import pulumi_random as random

REGISTRY = "contososource"
GROUP = "rg-contoso"
LOCATION = "westeurope"
CONTAINER = "transfer"
ARTIFACTS = ["bench/small:1"]
# The hash of the artifacts by which the components name a run and its blob.
BATCH = "16cb827cfad19c5c"
TAGS = {"acr-transfer-side": "source"}

now = datetime.now(UTC)
index, elapsed = divmod(now - datetime(1970, 1, 5, tzinfo=UTC), timedelta(days=30))
sas_start = now - elapsed - timedelta(minutes=15)
sas_expiry = sas_start + timedelta(days=37)
registry = containerregistry.get_registry_output(registry_name=REGISTRY, resource_group_name=GROUP)
tenant_id = authorization.get_client_config_output().tenant_id
place = {
    "registry": registry.id.apply(str.lower),
    "location": LOCATION,
    "resource_group": "new",
    "prefix": "acrt",
    "storage": "new",
    "container": CONTAINER,
    "storage_access": "sas",
}
began = pulumi.Stash(
    "source-first-place", input=place, opts=pulumi.ResourceOptions(ignore_changes=["input"])
)
keepers = pulumi.Output.all(began.output, place).apply(
    lambda both: None if both[0] == both[1] else both[1]
)
drawn = random.RandomString("source-suffix", length=8, upper=False, special=False, keepers=keepers)
suffix = drawn.result
vault_suffix = random.RandomString(
    "source-sas-suffix",
    length=8,
    upper=False,
    special=False,
    keepers={"names": suffix, "vault": "new"},
).result
pulumi.Stash("source-place", input={**place, "vault": "new", "suffix": suffix})

group = resources.ResourceGroup(
    "source-group",
    resource_group_name=pulumi.Output.concat("rg-acrt-source-", suffix),
    location=LOCATION,
    tags=TAGS,
)
account = storage.StorageAccount(
    "source-storage-account",
    account_name=pulumi.Output.concat("acrtsrc", suffix),
    resource_group_name=group.name,
    location=LOCATION,
    kind="StorageV2",
    sku={"name": "Standard_ZRS"},
    minimum_tls_version="TLS1_2",
    enable_https_traffic_only=True,
    allow_blob_public_access=False,
    allow_shared_key_access=True,
    allow_cross_tenant_replication=False,
    default_to_o_auth_authentication=True,
    is_local_user_enabled=False,
    is_sftp_enabled=False,
    network_rule_set={"default_action": storage.DefaultAction.ALLOW, "bypass": "AzureServices"},
    sas_policy={
        "sas_expiration_period": "37.00:00:00",
        "expiration_action": storage.ExpirationAction.LOG,
    },
    key_policy={"key_expiration_period_in_days": 90},
    encryption={
        "key_source": "Microsoft.Storage",
        "require_infrastructure_encryption": True,
        "services": {"blob": {"enabled": True, "key_type": "Account"}},
    },
    tags=TAGS,
)
storage.BlobServiceProperties(
    "source-storage-blob-service",
    account_name=account.name,
    resource_group_name=group.name,
    blob_services_name="default",
    delete_retention_policy={"enabled": True, "days": 7},
    container_delete_retention_policy={"enabled": True, "days": 7},
    opts=pulumi.ResourceOptions(deleted_with=account),
)
container = storage.BlobContainer(
    "source-storage-container",
    account_name=account.name,
    resource_group_name=group.name,
    container_name=CONTAINER,
    public_access=storage.PublicAccess.NONE,
    opts=pulumi.ResourceOptions(deleted_with=account),
)
storage.ManagementPolicy(
    "source-storage-lifecycle",
    account_name=account.name,
    resource_group_name=group.name,
    management_policy_name="default",
    policy={
        "rules": [
            {
                "name": "remove-left-over-blobs",
                "type": "Lifecycle",
                "enabled": True,
                "definition": {
                    "filters": {"blob_types": ["blockBlob"], "prefix_match": [f"{CONTAINER}/"]},
                    "actions": {
                        "base_blob": {"delete": {"days_after_modification_greater_than": 60}}
                    },
                },
            }
        ]
    },
    opts=pulumi.ResourceOptions(deleted_with=account),
)
container_uri = pulumi.Output.concat(account.primary_endpoints.blob, container.name)
answer = storage.list_storage_account_service_sas_output(
    account_name=account.name,
    resource_group_name=group.name,
    canonicalized_resource=pulumi.Output.concat("/blob/", account.name, "/", container.name),
    resource="c",
    permissions="rawl",
    protocols=storage.HttpProtocol.HTTPS,
    shared_access_start_time=sas_start.strftime("%Y-%m-%dT%H:%M:%SZ"),
    shared_access_expiry_time=sas_expiry.strftime("%Y-%m-%dT%H:%M:%SZ"),
    key_to_sign="key1" if index % 2 == 0 else "key2",
)
sas: pulumi.Output[str] = pulumi.Output.secret(answer.service_sas_token.apply("?{}".format))
identity = managedidentity.UserAssignedIdentity(
    "source-identity",
    resource_name_=pulumi.Output.concat("id-acrt-source-", suffix),
    resource_group_name=group.name,
    location=LOCATION,
    tags=TAGS,
)
vault = keyvault.Vault(
    "source-sas-vault",
    vault_name=pulumi.Output.concat("acrt-src-", vault_suffix),
    resource_group_name=group.name,
    location=LOCATION,
    properties={
        "tenant_id": tenant_id,
        "sku": {"family": "A", "name": keyvault.SkuName.STANDARD},
        "enable_soft_delete": True,
        "soft_delete_retention_in_days": 90,
        "enable_purge_protection": True,
        "enable_rbac_authorization": False,
        "enabled_for_deployment": False,
        "enabled_for_disk_encryption": False,
        "enabled_for_template_deployment": False,
        "network_acls": {"default_action": "Deny", "bypass": "AzureServices"},
    },
    tags=TAGS,
    opts=pulumi.ResourceOptions(depends_on=[drawn]),
)
policy = keyvault.AccessPolicy(
    "source-sas-policy",
    vault_name=vault.name,
    resource_group_name=group.name,
    policy={
        "tenant_id": tenant_id,
        "object_id": identity.principal_id,
        "permissions": {"secrets": ["get"]},
    },
    opts=pulumi.ResourceOptions(deleted_with=vault),
)
secret = keyvault.Secret(
    "source-sas-secret",
    vault_name=vault.name,
    resource_group_name=group.name,
    secret_name="acrexportsas",
    properties={
        "value": sas,
        "content_type": "application/x-azure-sas",
        "attributes": {
            "enabled": True,
            "not_before": int(sas_start.timestamp()),
            "expires": int(sas_expiry.timestamp()),
        },
    },
    tags=TAGS,
    opts=pulumi.ResourceOptions(deleted_with=vault),
)
vault_uri = vault.properties.vault_uri.apply(lambda uri: (uri or "").rstrip("/"))
pipeline = containerregistry.ExportPipeline(
    "source-pipeline",
    export_pipeline_name=pulumi.Output.concat("acrtexport", suffix),
    registry_name=registry.name,
    resource_group_name=GROUP,
    location=LOCATION,
    identity={
        "type": containerregistry.ResourceIdentityType.USER_ASSIGNED,
        "user_assigned_identities": identity.id.apply(lambda resource_id: {resource_id: {}}),
    },
    target={
        "type": "AzureStorageBlobContainer",
        "uri": container_uri,
        "key_vault_uri": pulumi.Output.concat(vault_uri, "/secrets/acrexportsas"),
    },
    options=["OverwriteBlobs"],
)
run = containerregistry.PipelineRun(
    f"source-run-{BATCH}",
    pipeline_run_name=pulumi.Output.concat("export", suffix, BATCH),
    registry_name=registry.name,
    resource_group_name=GROUP,
    request={
        "pipeline_resource_id": pipeline.id,
        "artifacts": ARTIFACTS,
        "target": {"type": "AzureStorageBlob", "name": f"acr-transfer-{BATCH}"},
    },
    force_update_tag=f"{BATCH}-0",
    opts=pulumi.ResourceOptions(depends_on=[policy, secret]),
)

contract = {"pipeline_id": pipeline.id, "container_uri": container_uri, "run": run.name}
pulumi.export("contract", contract)
