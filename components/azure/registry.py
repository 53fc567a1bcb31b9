"""The registry of a side: an existing one that is only read, or a Premium one that is made."""

from dataclasses import dataclass

import pulumi
import pulumi_azure_native.authorization as authorization
import pulumi_azure_native.containerregistry as containerregistry
import pulumi_azure_native.resources as resources

from ..model.errors import Problem, SettingsError
from ..model.names import Side
from ..model.resource_ids import ResourceId
from .child_options import child_of
from .engine_errors import without_traceback
from .existing import look_up
from .explained import explain_errors


@dataclass(frozen=True)
class RegistryPlace:
    """A registry that can transfer; whatever uses it waits for the check that it can."""

    id: pulumi.Output[str]
    name: pulumi.Output[str]
    login_server: pulumi.Output[str]
    location: pulumi.Output[str]
    resource_group_name: pulumi.Output[str]

    @property
    def contract_part(self) -> dict[str, pulumi.Input[object]]:
        """The registry as a contract tells it."""
        return {"id": self.id, "login_server": self.login_server}


def existing_registry(
    side: Side, name: pulumi.Input[str], group: pulumi.Input[str], parent: pulumi.Resource
) -> RegistryPlace:
    """Look up a registry that is there already.

    Raises:
        SettingsError: it is not there, or is none that the service transfers from or to.
    """
    opts = pulumi.InvokeOptions(parent=parent)

    @without_traceback()
    def read(name: str, group: str) -> containerregistry.GetRegistryResult:
        found = look_up(
            f"{side} registry",
            f"{group}/{name}",
            lambda: containerregistry.get_registry(name, group, opts=opts),
        )
        return _require_transferable(found, side)

    if isinstance(name, str) and isinstance(group, str):
        # A wrong name ends the program here, before anything is made.
        found = pulumi.Output.from_input(read(name, group))
    else:
        is_made = _when_made(pulumi.Output.all(name, group), parent)
        found = pulumi.Output.all(name, group, is_made).apply(lambda known: read(*known[:2]))
    # As Azure spells it: the setting in another case then changes no input of a resource.
    own_group = found.apply(lambda known: ResourceId(known.id).resource_group)
    return RegistryPlace(found.id, found.name, found.login_server, found.location, own_group)


def _when_made(
    output: pulumi.Output[list[str]], parent: pulumi.Resource
) -> pulumi.Output[authorization.GetClientConfigResult]:
    """Give something that a preview does not know until what the output is of has been made.

    The name of a registry is known before the registry is there. A call that says what it depends
    on is answered with unknown then, for a program in another language too, where only the engine
    knows what an input is of.
    """
    none: list[pulumi.Resource] = []
    opts = pulumi.InvokeOutputOptions(parent=parent, depends_on=output.apply(lambda _: none))
    return authorization.get_client_config_output(opts=opts)


def make_registry(
    resource_name: str,
    side: Side,
    name: pulumi.Input[str],
    group: pulumi.Input[str],
    location: pulumi.Input[str] | None,
    tags: dict[str, str],
    parent: pulumi.Resource,
) -> RegistryPlace:
    """Make a Premium registry in an existing group, at the group's location unless told.

    It outlives the stack, as its images would go with it. Names have no case in Azure: its own is
    made in small letters, and the group's is taken as Azure spells it.
    """
    opts = pulumi.InvokeOutputOptions(parent=parent)
    found = resources.get_resource_group_output(group, opts=opts)
    made = containerregistry.Registry(
        resource_name,
        registry_name=pulumi.Output.from_input(name).apply(str.lower),
        resource_group_name=found.name,
        location=found.location if location is None else location,
        sku={"name": containerregistry.SkuName.PREMIUM},
        admin_user_enabled=False,
        anonymous_pull_enabled=False,
        network_rule_bypass_options=containerregistry.NetworkRuleBypassOptions.AZURE_SERVICES,
        policies={"export_policy": {"status": containerregistry.ExportPolicyStatus.ENABLED}},
        tags=tags,
        opts=pulumi.ResourceOptions.merge(
            child_of(parent, hooks=explain_errors(f"{side}-{resource_name}", lambda _: "")),
            pulumi.ResourceOptions(retain_on_delete=True),
        ),
    )
    return RegistryPlace(made.id, made.name, made.login_server, made.location, found.name)


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
