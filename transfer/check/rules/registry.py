"""Rules of the registries: they exist, are Premium, and the source may export."""

from components.model.diagnosis import explain
from transfer.check.facts import Missing, RegistryFacts, SideFacts, Unread
from transfer.check.findings import Finding, Level, good, not_read


def judge_registry(here: SideFacts) -> list[Finding]:
    """Judge the registry of a side."""
    registry = here.registry
    if isinstance(registry, Unread):
        return [not_read(here, registry)]
    if isinstance(registry, Missing) and here.settings.create_registry:
        what = f"registry {here.settings.registry!r} does not exist"
        return good(here.side, what, "create_registry: pulumi up makes it")
    if isinstance(registry, Missing):
        return [
            Finding(
                Level.FAILS,
                here.side,
                f"registry {here.settings.registry!r} does not exist",
                f"Azure answers: ResourceNotFound. The resource {registry.what!r} was not found.",
                f"Write acr-transfer:registry: <resource group>/<name> in {here.file}, and set "
                f"its subscription: pulumi config set azure-native:subscriptionId ID "
                f"-s {here.stack}",
            )
        ]
    return [*_sku(here, registry), *_exports(here, registry), *_network(here, registry)]


def _sku(here: SideFacts, registry: RegistryFacts) -> list[Finding]:
    what = f"registry {registry.name!r} is {registry.sku}"
    if registry.sku == "Premium":
        return good(here.side, what, "transfer pipelines need Premium")
    kind = "exportPipelines" if here.side == "source" else "importPipelines"
    why = (
        f"Azure refuses the pipeline: The resource type {kind} is not supported for the registry "
        f"{registry.name!r} in SKU {registry.sku}. {explain('Premium').meaning}"
    )
    fix = f"az acr update --name {registry.name} --sku Premium"
    return [Finding(Level.FAILS, here.side, what, why, fix)]


def _exports(here: SideFacts, registry: RegistryFacts) -> list[Finding]:
    if here.side == "target":
        return []
    if registry.allows_exports:
        return good(here.side, f"registry {registry.name!r}: exportPolicy enabled", "it may export")
    fix = f"az acr update --name {registry.name} --allow-exports true"
    order = ""
    if not registry.is_public:
        fix += (
            "; to open its network too, only then: "
            f"az acr update --name {registry.name} --public-network-enabled true"
        )
        order = (
            " Exports come first and public access after them, or Azure answers: Enabling public "
            f"network access is not supported because the registry {registry.name!r} has exports "
            "disabled."
        )
    why = f"The registry forbids exports, and the export pipeline is refused.{order}"
    what = f"registry {registry.name!r}: exportPolicy disabled"
    return [Finding(Level.FAILS, here.side, what, why, fix)]


def _network(here: SideFacts, registry: RegistryFacts) -> list[Finding]:
    if registry.is_public:
        return good(
            here.side, f"registry {registry.name!r}: public access enabled", "verify can read it"
        )
    return [
        Finding(
            Level.WARNS,
            here.side,
            f"registry {registry.name!r}: publicNetworkAccess Disabled",
            "acr-transfer verify reads the registry from this machine, and the registry answers: "
            "denied: client with IP is not allowed access.",
            "Run acr-transfer verify where a private endpoint of the registry is reached.",
        )
    ]
