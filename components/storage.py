"""The storage account of one side, with the container that blobs pass through."""

import pulumi
import pulumi_azure_native.storage as storage

from components.config import SideOptions
from components.placement import Placement
from components.sas import ContainerPlace, SasWindow

# Deleted blobs and containers can be brought back for this long.
_SOFT_DELETE_DAYS = 7
_KEY_EXPIRATION_DAYS = 90


class TransferStorage(pulumi.ComponentResource):
    """A storage account of its own for each side: a SAS of one never opens another's.

    Makes the account, its blob service settings, a private container and a lifecycle rule. The
    account's network is left open: the transfer service is not a trusted service of storage and
    fails behind a firewall (https://github.com/Azure/acr/issues/857).
    """

    place: ContainerPlace
    """The container that blobs pass through."""

    def __init__(
        self,
        name: str,
        here: Placement,
        *,
        options: SideOptions,
        sas_window: SasWindow,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("acrtransfer:index:TransferStorage", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        account = storage.StorageAccount(
            f"{name}-account",
            account_name=here.name(here.names.storage_account),
            resource_group_name=here.resource_group_name,
            location=here.location,
            kind=storage.Kind.STORAGE_V2,
            sku={"name": storage.SkuName.STANDARD_ZRS},
            minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
            enable_https_traffic_only=True,
            allow_blob_public_access=False,
            # A SAS is signed by an account key.
            allow_shared_key_access=True,
            allow_cross_tenant_replication=False,
            default_to_o_auth_authentication=True,
            is_local_user_enabled=False,
            is_sftp_enabled=False,
            network_rule_set={
                "default_action": storage.DefaultAction.ALLOW,
                "bypass": storage.Bypass.AZURE_SERVICES,
            },
            sas_policy={
                "sas_expiration_period": sas_window.period,
                "expiration_action": storage.ExpirationAction.LOG,
            },
            key_policy={"key_expiration_period_in_days": _KEY_EXPIRATION_DAYS},
            encryption={
                "key_source": storage.KeySource.MICROSOFT_STORAGE,
                "require_infrastructure_encryption": True,
                "services": {"blob": {"enabled": True, "key_type": storage.KeyType.ACCOUNT}},
            },
            tags=here.tags,
            opts=child,
        )
        storage.BlobServiceProperties(
            f"{name}-blob-service",
            account_name=account.name,
            resource_group_name=here.resource_group_name,
            blob_services_name="default",
            delete_retention_policy={"enabled": True, "days": _SOFT_DELETE_DAYS},
            container_delete_retention_policy={"enabled": True, "days": _SOFT_DELETE_DAYS},
            opts=child,
        )
        container = storage.BlobContainer(
            f"{name}-container",
            account_name=account.name,
            resource_group_name=here.resource_group_name,
            container_name=options.container,
            public_access=storage.PublicAccess.NONE,
            opts=child,
        )
        storage.ManagementPolicy(
            f"{name}-lifecycle",
            account_name=account.name,
            resource_group_name=here.resource_group_name,
            management_policy_name="default",
            policy=_remove_left_over_blobs(options.container, options.blob_retention_days),
            opts=child,
        )

        self.place = ContainerPlace(
            account_id=account.id,
            account_name=account.name,
            resource_group_name=here.resource_group_name,
            container_name=container.name,
            uri=pulumi.Output.concat(account.primary_endpoints.blob, container.name),
        )
        self.register_outputs({"container_uri": self.place.uri})


def _remove_left_over_blobs(container: str, days: int) -> storage.ManagementPolicySchemaArgsDict:
    return {
        "rules": [
            {
                "name": "remove-left-over-blobs",
                "type": storage.RuleType.LIFECYCLE,
                "enabled": True,
                "definition": {
                    "filters": {"blob_types": ["blockBlob"], "prefix_match": [f"{container}/"]},
                    "actions": {
                        "base_blob": {"delete": {"days_after_modification_greater_than": days}}
                    },
                },
            }
        ]
    }
