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

from ..args import SideArgs
from ..model.names import SIDE_TAG, AzureNames, Side
from ..model.options import SideOptions
from ..model.place_changes import NEW, VAULT_KEY, chosen_place, written
from ..model.sas_source import BroughtSas, SasSource
from .child_options import child_of
from .existing import Existing, Lookup
from .fresh_names import announce_changes, draw_suffix, keep_place
from .logs import send_logs
from .registry import RegistryPlace, existing_registry, make_registry

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
    suffix: random.RandomString
    sas: SasSource | None
    """None: the pipeline reaches its container without a SAS."""
    tags: Mapping[str, str]
    is_protected: bool
    role_wait_seconds: int

    def name(self, rule: Callable[[str], str]) -> pulumi.Output[str]:
        """Give the name that a rule of `names` makes of this side's random suffix."""
        return self.suffix.result.apply(rule)

    def hook_name(self, name: str) -> str:
        """Tell the hooks of a resource from those of the other side, which may be named alike."""
        return f"{self.names.side}-{name}"

    def lasting_options(
        self,
        parent: pulumi.Resource,
        provider: pulumi.ProviderResource | None,
        hooks: pulumi.ResourceHookBinding | None = None,
    ) -> pulumi.ResourceOptions:
        """Give the options of what would be missed, in the subscription of a provider.

        It waits for the suffix, at which the engine refuses to move a protected side. What was
        made before the refusal would be protected, too, and in the way of whoever goes back.
        """
        return child_of(
            parent,
            provider=provider,
            protect=self.is_protected,
            depends_on=[self.suffix],
            hooks=hooks,
        )


def place(
    name: str, side: Side, args: SideArgs, options: SideOptions, parent: pulumi.Resource
) -> Placement:
    """Look up all that exists before anything is made; make registry and group if asked to."""
    lookup = Lookup(name, side, parent)
    where = (args["registry_name"], args["registry_resource_group"])
    registry = None if options.create_registry else existing_registry(side, *where, parent)
    account = lookup.account(options.storage) if options.storage.startswith("/") else None
    identity = lookup.identity(options.identity) if options.identity.startswith("/") else None
    vault = lookup.vault(options.vault) if options.vault.startswith("/") else None
    workspace = args.get("log_analytics_workspace")
    if isinstance(workspace, str):
        workspace = lookup.workspace(workspace)
    chosen_group = args.get("resource_group")
    group = lookup.group(chosen_group) if isinstance(chosen_group, str) else None

    tags = {**options.tags, SIDE_TAG: side}
    if registry is None:
        registry = make_registry(
            f"{name}-registry", side, *where, args.get("location"), tags, parent=parent
        )
        send_logs(f"{name}-registry-logs", workspace, registry.id, _REGISTRY_LOGS, parent)
    location = pulumi.Output.from_input(args.get("location", registry.location))
    names = AzureNames(options.prefix, side)
    stands: dict[str, pulumi.Input[str]] = {
        **written(chosen_place(options)),
        "registry": registry.id.apply(str.lower),
        "location": location,
        "resource_group": group.id.lower() if group else chosen_group or NEW,
    }
    # Another vault alone leaves all other names as they are.
    by_name = {key: value for key, value in stands.items() if key != VAULT_KEY}
    keepers = keep_place(f"{name}-first-place", by_name, parent)
    suffix = draw_suffix(f"{name}-suffix", keepers, parent, protect=options.protect)
    announce_changes(f"{name}-place", side, stands, suffix.result, parent)
    if chosen_group is None:
        group_name: pulumi.Input[str] = resources.ResourceGroup(
            f"{name}-group",
            resource_group_name=suffix.result.apply(names.resource_group),
            location=location,
            tags=tags,
            opts=child_of(parent, protect=options.protect),
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
        sas=options.sas_source(None if args.get("sas") is None else BroughtSas()),
        tags=tags,
        is_protected=options.protect,
        role_wait_seconds=options.role_wait_seconds,
    )
