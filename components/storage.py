"""The container that blobs pass through: in an account of its own, or where the user says."""

import pulumi
import pulumi_azure_native.storage as storage

from components.config import SideOptions
from components.errors import Problem, SettingsError
from components.lookup import group_and_name
from components.placement import Placement
from components.sas import ContainerPlace
from components.sas_terms import SasWindow, read_period

# Deleted blobs and containers can be brought back for this long.
_SOFT_DELETE_DAYS = 7
_KEY_EXPIRATION_DAYS = 90


def choose_container(
    name: str,
    here: Placement,
    options: SideOptions,
    sas_window: SasWindow,
    opts: pulumi.ResourceOptions,
) -> ContainerPlace:
    """Give the container that `SideOptions.storage` names.

    An existing account is not changed: it gets no lifecycle rule either, as it can have only one.

    Raises:
        SettingsError: an existing account does not let the service in.
    """
    account = here.existing_account
    if account is None:
        return TransferStorage(name, here, options=options, sas_window=sas_window, opts=opts).place
    _require_open(account, sas_window)
    group, _ = group_and_name(account.id)
    container: pulumi.Input[str] = options.storage.partition("/containers/")[2]
    if not container:
        container = storage.BlobContainer(
            f"{name}-container",
            account_name=account.name,
            resource_group_name=group,
            container_name=options.container,
            public_access=storage.PublicAccess.NONE,
            opts=opts,
        ).name
    return ContainerPlace(
        account_id=account.id,
        account_name=account.name,
        resource_group_name=group,
        container_name=container,
        uri=pulumi.Output.concat(account.primary_endpoints.blob, container),
    )


def _require_open(account: storage.GetStorageAccountResult, sas_window: SasWindow) -> None:
    """Refuse early what a run would fail at."""
    problems = []

    def report(rule: str, option: str) -> None:
        fix = f"Type az storage account update --name {account.name} {option}."
        problems.append(Problem("storage account", account.name, rule, fix))

    if account.allow_shared_key_access is False:
        rule = "it forbids shared keys and so every SAS (KeyBasedAuthenticationNotPermitted)"
        report(rule, "--allow-shared-key-access true")
    rules = account.network_rule_set
    is_closed = account.public_network_access == "Disabled"
    if is_closed or (rules is not None and rules.default_action == storage.DefaultAction.DENY):
        rule = (
            "its firewall turns the transfer service away, which is no trusted service of storage "
            "(https://github.com/Azure/acr/issues/857)"
        )
        report(rule, "--default-action Allow --public-network-access Enabled")
    policy = account.sas_policy
    blocks = policy is not None and policy.expiration_action == storage.ExpirationAction.BLOCK
    limit = policy.sas_expiration_period if policy is not None and blocks else ""
    length = read_period(limit)
    if length is not None and length < sas_window.expiry - sas_window.start:
        rule = f"it blocks every SAS that is valid for more than {limit}"
        fix = "Write acr-transfer:sas_days and acr-transfer:sas_grace_days for a shorter one."
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
