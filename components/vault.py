"""The key vault of one side: it holds the SAS and lets one identity read it."""

import pulumi
import pulumi_azure_native.keyvault as keyvault

from components.placement import Placement
from components.sas import SasWindow

_SOFT_DELETE_DAYS = 90


class SasVault(pulumi.ComponentResource):
    """A key vault with the SAS as its only secret and one access policy.

    Makes the vault, the secret and the policy. Sets no inline access policies: an update of the
    vault would replace those that stand beside it. The firewall admits trusted services alone,
    which Container Registry is; the secret is written through Azure Resource Manager.
    """

    secret_uri: pulumi.Output[str]
    """Address of the secret without a version: the pipeline reads the latest one."""
    ready: tuple[pulumi.Resource, ...]
    """What must exist before a pipeline can read the secret."""

    def __init__(
        self,
        name: str,
        here: Placement,
        *,
        reader_principal_id: pulumi.Input[str],
        secret_name: str,
        sas: pulumi.Output[str],
        sas_window: SasWindow,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("acrtransfer:index:SasVault", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        vault = keyvault.Vault(
            f"{name}-vault",
            vault_name=here.name(here.names.vault),
            resource_group_name=here.resource_group_name,
            location=here.location,
            properties={
                "tenant_id": here.tenant_id,
                "sku": {"family": keyvault.SkuFamily.A, "name": keyvault.SkuName.STANDARD},
                "enable_soft_delete": True,
                "soft_delete_retention_in_days": _SOFT_DELETE_DAYS,
                "enable_purge_protection": True,
                "enable_rbac_authorization": False,
                "enabled_for_deployment": False,
                "enabled_for_disk_encryption": False,
                "enabled_for_template_deployment": False,
                "network_acls": {
                    "default_action": keyvault.NetworkRuleAction.DENY,
                    "bypass": keyvault.NetworkRuleBypassOptions.AZURE_SERVICES,
                },
            },
            tags=here.tags,
            opts=child,
        )
        policy = keyvault.AccessPolicy(
            f"{name}-policy",
            vault_name=vault.name,
            resource_group_name=here.resource_group_name,
            policy={
                "tenant_id": here.tenant_id,
                "object_id": reader_principal_id,
                "permissions": {"secrets": [keyvault.SecretPermissions.GET]},
            },
            opts=child,
        )
        secret = keyvault.Secret(
            f"{name}-secret",
            vault_name=vault.name,
            resource_group_name=here.resource_group_name,
            secret_name=secret_name,
            properties={
                "value": sas,
                "content_type": "application/x-azure-sas",
                "attributes": {
                    "enabled": True,
                    "not_before": int(sas_window.start.timestamp()),
                    "expires": int(sas_window.expiry.timestamp()),
                },
            },
            tags=here.tags,
            # It goes with its vault: a deletion of its own would knock at the vault's firewall.
            opts=pulumi.ResourceOptions(parent=self, deleted_with=vault),
        )

        # The create answer has no trailing slash, later reads have one.
        vault_uri = vault.properties.vault_uri.apply(lambda uri: (uri or "").rstrip("/"))
        self.secret_uri = pulumi.Output.concat(vault_uri, "/secrets/", secret_name)
        self.ready = (policy, secret)
        self.register_outputs({"secret_uri": self.secret_uri})
