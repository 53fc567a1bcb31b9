"""Gathers what the rules judge of a side: from the settings, the contract and the cloud."""

from collections.abc import Sequence
from dataclasses import replace

from components.model.contract import OUTPUT_NAME, SourceContract, TargetContract
from components.model.errors import ContractError
from components.model.names import AzureNames, Side
from components.model.resource_ids import subscription_of
from components.model.settings import SourceSettings
from transfer.azure.az_account import AzAccount
from transfer.azure.az_account import subscription_of as subscription_of_side
from transfer.azure.cloud import Cloud
from transfer.check.deployer_rights import Settings, needs
from transfer.check.facts import (
    FailedRun,
    Missing,
    PipelineFacts,
    RegistryFacts,
    Rights,
    Role,
    SideFacts,
    Unread,
)
from transfer.check.read.reader import Reader
from transfer.errors import CommandFailedError
from transfer.kept_place import kept_place
from transfer.made_runs import made_runs, wanted_tags
from transfer.preflight import Configured
from transfer.run_states import RunState
from transfer.stacks import MadeResource, Stack


class Gatherer:
    """Reads one side; nothing is changed."""

    def __init__(self, reader: Reader, cloud: Cloud, az: AzAccount | None) -> None:
        self._reader = reader
        self._cloud = cloud
        self._az = az

    def side(self, side: Side, stack: Stack, configured: Configured) -> SideFacts:
        """Read the settings of a side, its registry, and what its stack made."""
        settings = configured.settings
        contract, bad_contract = _contract(side, stack)
        subscription = (
            configured.sign_in.subscription
            or (subscription_of(contract.registry.id) if contract else "")
            or subscription_of_side(configured.sign_in, self._az)
        )
        name = f"registry {settings.registry!r}"
        if not subscription:
            why = "Neither the stack nor ARM_SUBSCRIPTION_ID nor az login names a subscription."
            fix = f"pulumi config set azure-native:subscriptionId ID -s {stack.name}"
            unread = Unread(f"{name} cannot be read", why, fix)
            return SideFacts(side, stack.name, settings, "", unread, bad_contract=bad_contract)
        registry_id = id_of_registry(settings, subscription)
        registry = self._reader.registry(registry_id)
        is_there = isinstance(registry, RegistryFacts)
        needed = needs(settings, contract, subscription, registry_id if is_there else "")
        made = stack.resources()
        facts = SideFacts(
            side=side,
            stack=stack.name,
            settings=settings,
            subscription=subscription,
            registry=registry,
            bad_contract=bad_contract,
            rights=tuple(
                Rights(scope, actions, self._reader.permissions(scope))
                for scope, actions in needed.items()
            ),
            redundancies=self._redundancies(settings, subscription, registry),
            given_vault=(
                self._reader.given_vault(settings.vault) if settings.vault.startswith("/") else None
            ),
            failed_runs=_failed_runs(settings, made),
            place=kept_place(side, made),
            deleted_vault=self._deleted_vault(side, subscription, made),
        )
        return self._with_contract(facts, contract) if contract else facts

    def _with_contract(
        self, here: SideFacts, contract: SourceContract | TargetContract
    ) -> SideFacts:
        """Add what is there since the stack was brought up."""
        pipeline = self._reader.pipeline(contract.pipeline_id)
        vault = None
        roles: tuple[Role, ...] | Unread = ()
        if isinstance(pipeline, PipelineFacts) and pipeline.secret_uri:
            subscription = subscription_of(contract.pipeline_id)
            vault = self._reader.vault(subscription, pipeline.secret_uri, pipeline.principals)
        elif isinstance(pipeline, PipelineFacts):
            roles = self._reader.container_roles(contract.container, pipeline.principals)
        return replace(
            here,
            contract=contract,
            pipeline=pipeline,
            storage=self._reader.storage(contract.container),
            vault=vault,
            container_roles=roles,
            runs=self._runs(contract),
        )

    def _redundancies(
        self, settings: Settings, subscription: str, registry: RegistryFacts | Missing | Unread
    ) -> frozenset[str] | Unread | None:
        """List what the location of a new storage account has, where it is known."""
        of_registry = registry.location if isinstance(registry, RegistryFacts) else ""
        location = settings.location or of_registry
        if not settings.makes_account or not location:
            return None
        group = settings.resource_group or ""
        where = subscription_of(group) if group.startswith("/") else subscription
        return self._reader.redundancies(where, location)

    def _deleted_vault(self, side: Side, subscription: str, made: Sequence[MadeResource]) -> str:
        """Name the vault that a side's state knows by its name's suffix, if it is soft-deleted."""
        prefix = kept_place(side, made).get("prefix")
        drawn = [item.outputs.get("result") for item in made if item.name == f"{side}-sas-suffix"]
        if not drawn or not prefix:
            return ""
        name = AzureNames(str(prefix), side).vault(str(drawn[0]))
        return name if name in self._reader.deleted_vaults(subscription) else ""

    def _runs(self, contract: SourceContract | TargetContract) -> tuple[RunState, ...] | Unread:
        try:
            runs = self._cloud.pipeline_runs(contract.registry.id)
        except CommandFailedError as error:
            return Unread("the pipeline's runs cannot be read", error.message, error.hint.words)
        pipeline_id = contract.pipeline_id.lower()
        return tuple(run for run in runs if run.pipeline_id.lower() == pipeline_id)


def id_of_registry(settings: Settings, subscription: str) -> str:
    """Give the resource ID of the registry that a side's settings name."""
    group, _, name = settings.registry.partition("/")
    place = f"/subscriptions/{subscription}/resourceGroups/{group}"
    return f"{place}/providers/Microsoft.ContainerRegistry/registries/{name}"


def _failed_runs(settings: Settings, made: Sequence[MadeResource]) -> tuple[FailedRun, ...]:
    """Give the failed runs of a stack that its next `pulumi up` finds as they are."""
    found = []
    for run in made_runs(made):
        is_wanted = run.tag.endswith(f"-{settings.rerun}")
        if isinstance(settings, SourceSettings):
            is_wanted = run.tag in wanted_tags(settings)
        if run.has_failed and is_wanted:
            found.append(FailedRun(run.name, run.error, run.tag.rpartition("-")[0]))
    return tuple(found)


def _contract(side: Side, stack: Stack) -> tuple[SourceContract | TargetContract | None, str]:
    """Read a stack's contract, or say why it is not usable; a stack that is not up has none."""
    outputs = stack.outputs()
    if not outputs.get(OUTPUT_NAME):
        return None, ""
    contract = SourceContract if side == "source" else TargetContract
    try:
        return contract.from_outputs(stack.name, outputs), ""
    except ContractError as error:
        return None, str(error)
