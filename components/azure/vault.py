"""The key vault of one side: it holds the SAS and lets one principal read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pulumi
import pulumi_azure_native.keyvault as keyvault

from ..model.names import Side
from ..model.options import SideOptions
from ..model.place_changes import VAULT_KEY, chosen_place
from ..model.role_ids import KEY_VAULT_SECRETS_USER
from .child_options import child_of
from .explained import draw_another_name, explain_errors
from .fresh_names import draw_suffix
from .logs import send_logs
from .placement import Placement
from .roles import assign_role
from .sas import PipelineSas

_SOFT_DELETE_DAYS = 90
_LOGS = ("AuditEvent",)
# The names that ACR's documents give the secrets.
_SECRET_NAMES: dict[Side, str] = {"source": "acrexportsas", "target": "acrimportsas"}


@dataclass(frozen=True)
class _Vault:
    """A vault, made or existing, and how it grants rights."""

    name: pulumi.Input[str]
    resource_group_name: pulumi.Input[str]
    uri: pulumi.Input[str]
    uses_roles: bool
    provider: pulumi.ProviderResource | None
    made: keyvault.Vault | None = None


class SasVault(pulumi.ComponentResource):
    """A key vault with the SAS as a secret, and a right to read that for each pipeline identity.

    Makes the vault, unless an existing one is given, which is never changed but for the secret and
    the grant. Sets no inline access policies: an update of the vault would replace those that
    stand beside it. The firewall of a vault that is made here admits trusted services, which
    Container Registry is, and the addresses that are given; the secret is written through Azure
    Resource Manager.
    """

    secret_uri: pulumi.Output[str]
    """Address of the secret without a version: the pipeline reads the latest one."""
    expiry: pulumi.Output[datetime | None]
    """End of the SAS, UTC; None where the SAS does not tell it."""
    needed: tuple[pulumi.Resource, ...]
    """What must exist before a pipeline reaches its container, beside the grant."""

    def __init__(
        self,
        name: str,
        here: Placement,
        *,
        options: SideOptions,
        sas: PipelineSas,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("acrtransfer:index:SasVault", name, None, opts)
        self._name = name
        self._here = here
        # Of its own, so that a vault can be another one without another name for all the rest.
        self._suffix = draw_suffix(
            f"{name}-suffix",
            {"names": here.suffix.result, VAULT_KEY: chosen_place(options)[VAULT_KEY]},
            self,
            protect=here.is_protected,
        ).result
        self._vault = self._choose(options)
        is_shared = self._vault.made is None
        if is_shared and not self._vault.uses_roles:
            pulumi.log.warn(
                f"Vault {options.vault} grants by access policies, which cannot be narrowed to "
                "one secret: the pipeline's identity can read all its secrets. Name a vault with "
                "roles in `vault`, or leave the vault to this program.",
                self,
            )
        secret_name = _SECRET_NAMES[here.names.side]
        # Another transfer may keep its SAS in the same vault.
        shared_name = self._suffix.apply(lambda suffix: f"{secret_name}-{suffix}")
        own_name = shared_name if is_shared else secret_name
        secret = keyvault.Secret(
            f"{name}-secret",
            vault_name=self._vault.name,
            resource_group_name=self._vault.resource_group_name,
            secret_name=own_name,
            properties={
                "value": sas.token,
                "content_type": "application/x-azure-sas",
                "attributes": {
                    "enabled": True,
                    "not_before": sas.start.apply(lambda start: int(start.timestamp())),
                    "expires": sas.expiry.apply(
                        lambda expiry: int(expiry.timestamp()) if expiry else None
                    ),
                },
            },
            tags=here.tags,
            # It goes with its vault: a deletion of its own would knock at the vault's firewall.
            opts=child_of(self, provider=self._vault.provider, deleted_with=self._vault.made),
        )
        # The create answer has no trailing slash, later reads have one.
        vault_uri = pulumi.Output.from_input(self._vault.uri).apply(lambda uri: uri.rstrip("/"))
        self.secret_uri = pulumi.Output.concat(vault_uri, "/secrets/", own_name)
        self.expiry = sas.expiry
        self.needed = (secret,)
        self._secret_id = secret.id
        self.register_outputs({"secret_uri": self.secret_uri})

    def grant(self, principal_id: pulumi.Output[str]) -> pulumi.Resource:
        """Grant a principal the reading of the secret, in the vault's own way.

        A role is for that secret alone. An access policy cannot be: it is for all of the vault.
        """
        provider = self._vault.provider
        if self._vault.uses_roles:
            return assign_role(
                f"{self._name}-role",
                role=KEY_VAULT_SECRETS_USER,
                scope=self._secret_id,
                principal_id=principal_id,
                here=self._here,
                opts=child_of(self, provider=provider),
            )
        return keyvault.AccessPolicy(
            f"{self._name}-policy",
            vault_name=self._vault.name,
            resource_group_name=self._vault.resource_group_name,
            policy={
                "tenant_id": self._here.tenant_id,
                "object_id": principal_id,
                "permissions": {"secrets": [keyvault.SecretPermissions.GET]},
            },
            opts=child_of(self, provider=provider, deleted_with=self._vault.made),
        )

    def _choose(self, options: SideOptions) -> _Vault:
        """Make the vault, or take the existing one, of whichever kind it is."""
        found = self._here.existing_vault
        if found is None:
            return self._make(options.vault_addresses, uses_roles=options.vault == "roles")
        return _Vault(
            name=found.facts.name,
            resource_group_name=found.resource_group_name,
            uri=found.facts.properties.vault_uri or "",
            uses_roles=bool(found.facts.properties.enable_rbac_authorization),
            provider=found.provider,
        )

    def _make(self, addresses: Sequence[str], *, uses_roles: bool) -> _Vault:
        here = self._here
        hooks = explain_errors(
            here.hook_name(f"{self._name}-vault"), draw_another_name(f"{self._name}-suffix")
        )
        vault = keyvault.Vault(
            f"{self._name}-vault",
            vault_name=self._suffix.apply(here.names.vault),
            resource_group_name=here.resource_group_name,
            location=here.location,
            properties={
                "tenant_id": here.tenant_id,
                "sku": {"family": keyvault.SkuFamily.A, "name": keyvault.SkuName.STANDARD},
                "enable_soft_delete": True,
                "soft_delete_retention_in_days": _SOFT_DELETE_DAYS,
                "enable_purge_protection": True,
                "enable_rbac_authorization": uses_roles,
                "enabled_for_deployment": False,
                "enabled_for_disk_encryption": False,
                "enabled_for_template_deployment": False,
                "network_acls": {
                    "default_action": keyvault.NetworkRuleAction.DENY,
                    "bypass": keyvault.NetworkRuleBypassOptions.AZURE_SERVICES,
                    # An empty list would show as a change at each refresh.
                    "ip_rules": [{"value": address} for address in addresses] or None,
                },
            },
            tags=here.tags,
            opts=here.lasting_options(self, here.group_provider, hooks),
        )
        send_logs(f"{self._name}-logs", here.workspace_id, vault.id, _LOGS, self)
        return _Vault(
            name=vault.name,
            resource_group_name=here.resource_group_name,
            uri=vault.properties.apply(lambda properties: properties.vault_uri or ""),
            uses_roles=uses_roles,
            provider=here.group_provider,
            made=vault,
        )
