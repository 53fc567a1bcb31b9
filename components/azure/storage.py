"""The container that blobs pass through: in an account of its own, or where the user says."""

from dataclasses import dataclass

import pulumi
import pulumi_azure_native.storage as storage

from ..model.azure_limits import account_fault
from ..model.errors import Problem, SettingsError
from ..model.names import SIDE_METADATA
from ..model.options import SideOptions
from ..model.resource_ids import account_and_container
from ..model.sas_source import AccountRules, SasSource
from .child_options import child_of
from .explained import draw_another_name, explain_errors
from .logs import send_logs
from .placement import Placement

# Deleted blobs and containers can be brought back for this long.
_SOFT_DELETE_DAYS = 7
_KEY_EXPIRATION_DAYS = 90
_LOGS = ("StorageRead", "StorageWrite", "StorageDelete")


@dataclass(frozen=True)
class ContainerPlace:
    """A blob container, and the account that it lies in."""

    account_id: pulumi.Input[str]
    account_name: pulumi.Input[str]
    resource_group_name: pulumi.Input[str]
    name: pulumi.Input[str]
    uri: pulumi.Input[str]
    """https address of the container, without a SAS."""
    allows_shared_keys: bool
    provider: pulumi.ProviderResource | None
    """Of the account's subscription; None where that is the side's own."""
    rules: AccountRules | None = None
    """What the account asks of a SAS; None for one that is made for the SAS of its side."""

    @property
    def id(self) -> pulumi.Output[str]:
        """Resource ID of the container."""
        return pulumi.Output.concat(self.account_id, "/blobServices/default/containers/", self.name)

    @property
    def contract_part(self) -> dict[str, pulumi.Input[object]]:
        """The container as a contract tells it."""
        return {
            "account_id": self.account_id,
            "container": self.name,
            "uri": self.uri,
            "allows_shared_keys": self.allows_shared_keys,
        }


def choose_container(
    name: str, here: Placement, options: SideOptions, parent: pulumi.Resource
) -> ContainerPlace:
    """Give the container that `SideOptions.storage` names.

    An existing account is not changed: it gets no lifecycle rule either, as it can have only one.

    Raises:
        SettingsError: an existing account does not let the service in.
    """
    account = here.existing_account
    if account is None:
        opts = child_of(parent, provider=here.group_provider)
        return TransferStorage(name, here, options=options, opts=opts).place
    rules = _rules(account.facts)
    _require_open(account.facts, rules, here.sas)
    container: pulumi.Input[str] = account_and_container(options.storage)[1]
    if not container:
        container = storage.BlobContainer(
            f"{name}-container",
            account_name=account.facts.name,
            resource_group_name=account.resource_group_name,
            container_name=options.container,
            public_access=storage.PublicAccess.NONE,
            metadata={SIDE_METADATA: here.names.side},
            opts=here.lasting_options(parent, account.provider),
        ).name
    return ContainerPlace(
        account_id=account.id,
        account_name=account.facts.name,
        resource_group_name=account.resource_group_name,
        name=container,
        uri=pulumi.Output.concat(account.facts.primary_endpoints.blob, container),
        allows_shared_keys=rules.allows_shared_keys,
        provider=account.provider,
        rules=rules,
    )


def _rules(account: storage.GetStorageAccountResult) -> AccountRules:
    policy = account.sas_policy
    blocks = policy is not None and policy.expiration_action == storage.ExpirationAction.BLOCK
    return AccountRules(
        account.name,
        allows_shared_keys=account.allow_shared_key_access is not False,
        longest=policy.sas_expiration_period if policy is not None and blocks else "",
    )


def _require_open(
    account: storage.GetStorageAccountResult, rules: AccountRules, sas: SasSource | None
) -> None:
    """Refuse early what a run would fail at; a SAS that is brought is judged when it is known."""
    problems = rules.problems(sas) if sas is not None else []
    network = account.network_rule_set
    is_closed = account.public_network_access == "Disabled"
    if is_closed or (network is not None and network.default_action == storage.DefaultAction.DENY):
        rule = (
            "its firewall turns the transfer service away, which is no trusted service of storage "
            "(https://github.com/Azure/acr/issues/857)"
        )
        fix = (
            f"Type az storage account update --name {account.name} --default-action Allow "
            "--public-network-access Enabled."
        )
        problems.append(Problem("storage account", account.name, rule, fix))
    if rule := account_fault(account.kind or "", account.sku.name if account.sku else ""):
        fix = "Name one of the kind StorageV2, or write storage: new."
        problems.append(Problem("storage account", account.name, rule, fix))
    if problems:
        raise SettingsError(problems)


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
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("acrtransfer:index:TransferStorage", name, None, opts)
        # A SAS is signed by an account key.
        uses_sas = here.sas is not None
        hook_name = here.hook_name(name)
        hooks = explain_errors(hook_name, draw_another_name(here.suffix.pulumi_resource_name))
        note = _say_what_is_open(hook_name, uses_sas=uses_sas)
        hooks.before_create = hooks.before_update = [note]
        account = storage.StorageAccount(
            f"{name}-account",
            account_name=here.name(here.names.storage_account),
            resource_group_name=here.resource_group_name,
            location=here.location,
            kind=storage.Kind.STORAGE_V2,
            sku={"name": options.storage_redundancy},
            minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
            enable_https_traffic_only=True,
            allow_blob_public_access=False,
            allow_shared_key_access=uses_sas,
            allow_cross_tenant_replication=False,
            default_to_o_auth_authentication=True,
            is_local_user_enabled=False,
            is_sftp_enabled=False,
            network_rule_set={
                "default_action": storage.DefaultAction.ALLOW,
                "bypass": storage.Bypass.AZURE_SERVICES,
            },
            sas_policy=_sas_policy(options) if uses_sas else None,
            key_policy={"key_expiration_period_in_days": _KEY_EXPIRATION_DAYS},
            encryption={
                "key_source": storage.KeySource.MICROSOFT_STORAGE,
                "require_infrastructure_encryption": True,
                "services": {"blob": {"enabled": True, "key_type": storage.KeyType.ACCOUNT}},
            },
            tags=here.tags,
            opts=here.lasting_options(self, here.group_provider, hooks),
        )
        # A call that deletes one of these after the account has been deleted by hand is an error.
        child = child_of(self, deleted_with=account)
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
            opts=child_of(self, deleted_with=account, protect=here.is_protected),
        )
        storage.ManagementPolicy(
            f"{name}-lifecycle",
            account_name=account.name,
            resource_group_name=here.resource_group_name,
            management_policy_name="default",
            policy=_remove_left_over_blobs(options.container, options.blob_retention_days),
            opts=child,
        )

        blob_service = pulumi.Output.concat(account.id, "/blobServices/default")
        send_logs(f"{name}-logs", here.workspace_id, blob_service, _LOGS, self)

        self.place = ContainerPlace(
            account_id=account.id,
            # Not known in a preview that changes the account: until the change is made, Azure
            # would sign by the account's present rules, or refuse.
            account_name=account.primary_endpoints.apply(lambda _: account.name),
            resource_group_name=here.resource_group_name,
            name=container.name,
            uri=pulumi.Output.concat(account.primary_endpoints.blob, container.name),
            allows_shared_keys=uses_sas,
            provider=here.group_provider,
        )
        self.register_outputs({"container_uri": self.place.uri})


def _say_what_is_open(name: str, *, uses_sas: bool) -> pulumi.ResourceHook:
    """Say what stays open when the account is made or changed, and not at every other `up`."""

    def say(_: pulumi.ResourceHookArgs) -> None:
        keys = ", and allows shared keys, which sign the SAS" if uses_sas else ""
        pulumi.log.info(
            "The storage account is open to the public network, as the transfer service passes no "
            f"storage firewall{keys}: docs/security.md."
        )

    return pulumi.ResourceHook(f"{name}-open", say)


def _sas_policy(options: SideOptions) -> storage.SasPolicyArgsDict:
    blocks = options.sas_policy == "block"
    actions = storage.ExpirationAction
    return {
        "sas_expiration_period": options.sas_window.period,
        "expiration_action": actions.BLOCK if blocks else actions.LOG,
    }


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
