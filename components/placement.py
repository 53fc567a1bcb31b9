"""Where a side stands: its registry, location and resource group, and the names in use there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pulumi
import pulumi_azure_native.authorization as authorization
import pulumi_azure_native.keyvault as keyvault
import pulumi_azure_native.managedidentity as managedidentity
import pulumi_azure_native.resources as resources
import pulumi_azure_native.storage as storage
import pulumi_random as random

from components.args import SideArgs
from components.diagnostics import send_logs
from components.existing import Estate, Existing
from components.names import SUFFIX_LENGTH, AzureNames, Side
from components.options import SideOptions
from components.registry import RegistryPlace, existing_registry, make_registry

_REGISTRY_LOGS = ("ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents")


@dataclass(frozen=True)
class Placement:
    """The surroundings of a side, looked up or created."""

    registry: RegistryPlace
    location: pulumi.Output[str]
    resource_group_name: pulumi.Input[str]
    group_provider: pulumi.ProviderResource | None
    """Of the group's subscription; None where that is the side's own."""
    tenant_id: pulumi.Output[str]
    workspace_id: pulumi.Input[str] | None
    existing_account: Existing[storage.GetStorageAccountResult] | None
    existing_identity: Existing[managedidentity.GetUserAssignedIdentityResult] | None
    existing_vault: Existing[keyvault.GetVaultResult] | None
    names: AzureNames
    suffix: pulumi.Output[str]
    tags: Mapping[str, str]
    is_protected: bool
    role_wait_seconds: int

    def name(self, rule: Callable[[str], str]) -> pulumi.Output[str]:
        """Give the name that a rule of `names` makes of this side's random suffix."""
        return self.suffix.apply(rule)

    def lasting(
        self, parent: pulumi.Resource, provider: pulumi.ProviderResource | None
    ) -> pulumi.ResourceOptions:
        """Give the options of what would be missed, in the subscription of a provider."""
        return pulumi.ResourceOptions(
            parent=parent, provider=provider, protect=self.is_protected or None
        )


def place(
    name: str, side: Side, args: SideArgs, options: SideOptions, parent: pulumi.Resource
) -> Placement:
    """Look up all that exists before anything is made; make registry and group if asked to."""
    child = pulumi.ResourceOptions(parent=parent)
    estate = Estate(name, parent)
    where = (args["registry_name"], args["registry_resource_group"])
    registry = None if options.create_registry else existing_registry(side, *where, parent)
    account = estate.account(options.storage) if options.storage.startswith("/") else None
    identity = estate.identity(options.identity) if options.identity.startswith("/") else None
    vault = estate.vault(options.vault) if options.vault.startswith("/") else None
    workspace = args.get("log_analytics_workspace")
    if isinstance(workspace, str):
        estate.require_workspace(workspace)
    chosen_group = args.get("resource_group")
    group = estate.group(chosen_group) if isinstance(chosen_group, str) else None

    tags = {"acr-transfer-side": side, **options.tags}
    if registry is None:
        registry = make_registry(
            f"{name}-registry", *where, args.get("location"), tags, parent=parent
        )
        send_logs(f"{name}-registry-logs", workspace, registry.id, _REGISTRY_LOGS, child)
    location = pulumi.Output.from_input(args.get("location", registry.location))
    names = AzureNames(options.prefix, side)
    suffix = random.RandomString(
        f"{name}-suffix", length=SUFFIX_LENGTH, upper=False, special=False, opts=child
    ).result
    if chosen_group is None:
        group_name: pulumi.Input[str] = resources.ResourceGroup(
            f"{name}-group",
            resource_group_name=suffix.apply(names.resource_group),
            location=location,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=parent, protect=options.protect or None),
        ).name
    else:
        group_name = group.facts.name if group else chosen_group
    client = authorization.get_client_config_output(opts=pulumi.InvokeOutputOptions(parent=parent))
    return Placement(
        registry=registry,
        location=location,
        resource_group_name=group_name,
        group_provider=group.provider if group else None,
        tenant_id=client.tenant_id,
        workspace_id=workspace,
        existing_account=account,
        existing_identity=identity,
        existing_vault=vault,
        names=names,
        suffix=suffix,
        tags=tags,
        is_protected=options.protect,
        role_wait_seconds=options.role_wait_seconds,
    )
