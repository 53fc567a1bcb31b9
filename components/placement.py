"""Where a side stands: its registry, location and resource group, and the names in use there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pulumi
import pulumi_azure_native.authorization as authorization
import pulumi_azure_native.containerregistry as containerregistry
import pulumi_azure_native.keyvault as keyvault
import pulumi_azure_native.managedidentity as managedidentity
import pulumi_azure_native.resources as resources
import pulumi_azure_native.storage as storage
import pulumi_random as random

from components.args import SideArgs
from components.config import SideOptions
from components.errors import Problem, SettingsError
from components.lookup import group_and_name, look_up
from components.names import SUFFIX_LENGTH, AzureNames, Side


@dataclass(frozen=True)
class Placement:
    """The surroundings of a side, looked up or created."""

    registry: pulumi.Output[containerregistry.GetRegistryResult]
    """The registry; whatever uses it waits for the check that it can transfer."""
    registry_resource_group: pulumi.Input[str]
    location: pulumi.Output[str]
    resource_group_name: pulumi.Output[str]
    tenant_id: pulumi.Output[str]
    subscription_id: pulumi.Output[str]
    existing_account: storage.GetStorageAccountResult | None
    existing_identity: managedidentity.GetUserAssignedIdentityResult | None
    existing_vault: keyvault.GetVaultResult | None
    names: AzureNames
    suffix: pulumi.Output[str]
    tags: Mapping[str, str]

    @property
    def registry_part(self) -> dict[str, pulumi.Input[object]]:
        """The registry as a contract tells it."""
        return {"id": self.registry.id, "login_server": self.registry.login_server}

    def name(self, rule: Callable[[str], str]) -> pulumi.Output[str]:
        """Give the name that a rule of `names` makes of this side's random suffix."""
        return self.suffix.apply(rule)


def place(
    name: str, side: Side, args: SideArgs, options: SideOptions, parent: pulumi.Resource
) -> Placement:
    """Look up all that exists before anything is made; make the group if none is given."""
    child = pulumi.ResourceOptions(parent=parent)
    lookup = pulumi.InvokeOutputOptions(parent=parent)
    registry = _existing_registry(side, args, parent)
    account = _existing_account(options.storage, parent)
    identity = _existing_identity(options.identity, parent)
    vault = _existing_vault(options.vault, parent)
    existing_group = args.get("resource_group_name")
    group_name = _existing_group(existing_group, parent) if existing_group else None
    location = (
        pulumi.Output.from_input(args["location"]) if "location" in args else registry.location
    )
    names = AzureNames(options.prefix, side)
    tags = {"acr-transfer-side": side, **options.tags}
    suffix = random.RandomString(
        f"{name}-suffix", length=SUFFIX_LENGTH, upper=False, special=False, opts=child
    ).result
    if group_name is None:
        group_name = resources.ResourceGroup(
            f"{name}-group",
            resource_group_name=suffix.apply(names.resource_group),
            location=location,
            tags=tags,
            opts=child,
        ).name
    client = authorization.get_client_config_output(opts=lookup)
    return Placement(
        registry=registry,
        registry_resource_group=args["registry_resource_group"],
        location=location,
        resource_group_name=group_name,
        tenant_id=client.tenant_id,
        subscription_id=client.subscription_id,
        existing_account=account,
        existing_identity=identity,
        existing_vault=vault,
        names=names,
        suffix=suffix,
        tags=tags,
    )


def _existing_registry(
    side: Side, args: SideArgs, parent: pulumi.Resource
) -> pulumi.Output[containerregistry.GetRegistryResult]:
    opts = pulumi.InvokeOptions(parent=parent)

    def read(name: str, group: str) -> containerregistry.GetRegistryResult:
        found = look_up(
            f"{side} registry",
            f"{group}/{name}",
            lambda: containerregistry.get_registry(name, group, opts=opts),
        )
        return _require_transferable(found, side)

    name, group = args["registry_name"], args["registry_resource_group"]
    if isinstance(name, str) and isinstance(group, str):
        # A wrong name ends the program here, before anything is made.
        return pulumi.Output.from_input(read(name, group))
    return pulumi.Output.all(name, group).apply(lambda known: read(*known))


def _existing_group(name: pulumi.Input[str], parent: pulumi.Resource) -> pulumi.Output[str]:
    if isinstance(name, str):
        opts = pulumi.InvokeOptions(parent=parent)
        found = look_up("resource group", name, lambda: resources.get_resource_group(name, opts))
        return pulumi.Output.from_input(found.name)
    return resources.get_resource_group_output(
        name, opts=pulumi.InvokeOutputOptions(parent=parent)
    ).name


def _existing_account(
    choice: str, parent: pulumi.Resource
) -> storage.GetStorageAccountResult | None:
    if not choice.startswith("/"):
        return None
    account_id, _, container = choice.partition("/blobServices/default/containers/")
    group, name = group_and_name(account_id)
    opts = pulumi.InvokeOptions(parent=parent)
    account = look_up(
        "storage account",
        account_id,
        lambda: storage.get_storage_account(name, resource_group_name=group, opts=opts),
    )
    if container:
        look_up(
            "container",
            choice,
            lambda: storage.get_blob_container(name, container, group, opts=opts),
        )
    return account


def _existing_identity(
    choice: str, parent: pulumi.Resource
) -> managedidentity.GetUserAssignedIdentityResult | None:
    if not choice.startswith("/"):
        return None
    group, name = group_and_name(choice)
    opts = pulumi.InvokeOptions(parent=parent)
    return look_up(
        "identity",
        choice,
        lambda: managedidentity.get_user_assigned_identity(group, name, opts=opts),
    )


def _existing_vault(choice: str, parent: pulumi.Resource) -> keyvault.GetVaultResult | None:
    if not choice.startswith("/"):
        return None
    group, name = group_and_name(choice)
    opts = pulumi.InvokeOptions(parent=parent)
    return look_up("vault", choice, lambda: keyvault.get_vault(group, name, opts=opts))


def _require_transferable(
    registry: containerregistry.GetRegistryResult, side: Side
) -> containerregistry.GetRegistryResult:
    """Refuse early what the service would refuse when the pipeline is made."""
    problems = []
    if registry.sku.name != containerregistry.SkuName.PREMIUM:
        rule = f"ACR Transfer needs a Premium registry, this one is {registry.sku.name}"
        fix = f"Type az acr update --name {registry.name} --sku Premium."
        problems.append(Problem(f"{side} registry", registry.name, rule, fix))
    policy = registry.policies.export_policy if registry.policies else None
    if side == "source" and policy is not None and policy.status == "disabled":
        rule = "its export policy is disabled, and a source registry exports"
        fix = (
            f"Type az acr update --name {registry.name} --allow-exports true "
            "(and only then open its public network access)."
        )
        problems.append(Problem("source registry", registry.name, rule, fix))
    if problems:
        raise SettingsError(problems)
    return registry
