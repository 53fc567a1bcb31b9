"""A check reads what is there: before the first `up` the registries, afterwards all of a stack."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from check_support import PIPELINE, UNREAD, FakeReader
from transfer_support import (
    IMPORT_PIPELINE,
    NOON,
    SOURCE_REGISTRY_ID,
    TARGET_REGISTRY_ID,
    FakeCloud,
    SilentStack,
    import_state,
    source_contract,
    target_contract,
)

from components.model.artifacts import cut_into_batches, parse_artifact
from components.model.configuration import SAS_KEY
from components.model.contract import SourceContract, TargetContract
from components.model.names import Side
from transfer.azure.az_account import AzAccount
from transfer.check.facts import Missing, PairFacts, RegistryFacts, Unread
from transfer.check.findings import Level
from transfer.check.gather import Gatherer
from transfer.check.rules.pipeline import judge_pipeline
from transfer.errors import CommandFailedError
from transfer.preflight import require_good_settings
from transfer.run_states import RunState
from transfer.stacks import MadeResource, Stack

SUBSCRIPTION = "/subscriptions/1111"
Contract = SourceContract | TargetContract


class ConfiguredStack(SilentStack):
    """A stack with a configuration, and with a contract if it is up."""

    def __init__(
        self,
        side: str,
        contract: Contract | None,
        changed: dict[str, str],
        made: Sequence[MadeResource] = (),
    ) -> None:
        self.name = side
        self._made = list(made)
        self._contract = contract
        keys = {"side": side, "registry": f"rg/contoso{side}", **changed}
        config = {f"acr-transfer:{key}": value for key, value in keys.items()}
        # As the engine's stack does: it is known that the SAS is set, and it is never read.
        self._secrets = frozenset({SAS_KEY} & config.keys())
        self._config = {key: config[key] for key in config.keys() - self._secrets}

    def outputs(self) -> dict[str, object]:
        return {"contract": self._contract.model_dump(mode="json")} if self._contract else {}

    def config(self) -> dict[str, str]:
        return self._config

    def secret_keys(self) -> frozenset[str]:
        return self._secrets

    def resources(self) -> list[MadeResource]:
        return self._made

    def up(self, exclude: object = ()) -> None:
        raise AssertionError(f"{self.name} is up with {exclude}")


class RefusingCloud(FakeCloud):
    """A cloud that tells no runs."""

    def pipeline_runs(self, registry_id: str) -> list[RunState]:
        raise CommandFailedError(f"Azure refuses {registry_id}.", "az login")


ELSEWHERE = "/subscriptions/00000000-0000-0000-0000-000000000002/resourceGroups"
AZ = AzAccount(user="me@contoso.com", tenant="t", subscription="2222", cloud="AzureCloud")
THERE = f"{ELSEWHERE}/theirs/providers"
VAULTS = "Microsoft.KeyVault/vaults"
ACCOUNTS = "Microsoft.Storage/storageAccounts"
IDENTITIES = "Microsoft.ManagedIdentity/userAssignedIdentities"
WORKSPACES = "Microsoft.OperationalInsights/workspaces"


MADE = (
    MadeResource("pulumi:index:Stash", "target-place", {"input": {"prefix": "acrt"}}, {}),
    MadeResource("random:index:RandomString", "target-sas-suffix", {}, {"result": "abcd2345"}),
)


def gather(
    reader: FakeReader,
    contracts: tuple[Contract | None, Contract | None] = (None, None),
    cloud: FakeCloud | None = None,
    subscription: str = "1111",
    changed: Mapping[str, str] = MappingProxyType({}),
    made: Sequence[MadeResource] = (),
    source_made: Sequence[MadeResource] = (),
    az: AzAccount | None = None,
) -> PairFacts:
    images = {"images": '["shop/web:1"]'}
    stacks: dict[Side, Stack] = {
        "source": ConfiguredStack("source", contracts[0], images, source_made),
        "target": ConfiguredStack("target", contracts[1], dict(changed), made),
    }
    environment = {"ARM_SUBSCRIPTION_ID": subscription}
    configured = require_good_settings(stacks, Path(), environment)
    gatherer = Gatherer(reader, cloud or FakeCloud(), az)
    sides = {side: gatherer.side(side, stacks[side], configured[side]) for side in stacks}
    return PairFacts(sides["source"], sides["target"], NOON)


def test_before_the_first_up_the_registries_and_rights_are_read() -> None:
    reader = FakeReader()

    pair = gather(reader)

    assert (pair.source.contract, pair.source.pipeline, pair.source.storage) == (None, None, None)
    registries = (
        f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries"
    )
    assert reader.asked == [
        ("registry", f"{registries}/contososource"),
        ("scope", f"{registries}/contososource"),
        ("scope", SUBSCRIPTION),
        ("registry", f"{registries}/contosotarget"),
        ("scope", f"{registries}/contosotarget"),
        ("scope", SUBSCRIPTION),
    ]


@pytest.mark.parametrize(
    ("changed", "asked"),
    [
        ({"location": "ukwest"}, [("redundancies", "ukwest")]),
        ({}, [("redundancies", "northeurope")]),
        ({"blobs": "shared"}, []),
        ({"storage": f"{THERE}/{ACCOUNTS}/theirs"}, []),
    ],
)
def test_the_redundancies_of_a_location_are_read_for_a_new_account_alone(
    changed: dict[str, str], asked: list[tuple[str, str]]
) -> None:
    reader = FakeReader(registries=RegistryFacts("contoso", location="northeurope"))

    gather(reader, changed=changed)

    of_source = [("redundancies", "northeurope")]
    assert [item for item in reader.asked if item[0] == "redundancies"] == of_source + asked


def test_an_existing_vault_is_read_before_the_first_up_of_the_side_that_names_it() -> None:
    reader = FakeReader()
    vault = f"{THERE}/{VAULTS}/theirs-vault"

    pair = gather(reader, changed={"vault": vault})

    assert ("given_vault", vault) in reader.asked
    assert (pair.source.given_vault, pair.target.given_vault) == (None, reader.given)


def test_without_a_subscription_the_registry_is_unknown_until_the_stack_is_up() -> None:
    reader = FakeReader()

    pair = gather(reader, (None, target_contract()), subscription="")

    assert isinstance(pair.source.registry, Unread)
    assert "azure-native:subscriptionId" in pair.source.registry.fix
    assert ("registry", TARGET_REGISTRY_ID) in reader.asked


def test_the_subscription_of_az_is_taken_where_none_is_named() -> None:
    reader = FakeReader()

    gather(reader, (None, target_contract()), subscription="", az=AZ)

    read = [name for kind, name in reader.asked if kind == "registry"]
    assert read[0].startswith("/subscriptions/2222/")
    assert read[1] == TARGET_REGISTRY_ID, "what the stack has made tells more than az"


def test_a_stack_that_is_up_is_read_with_the_runs_of_its_pipeline() -> None:
    own = import_state("auto1", "blob", "Succeeded")
    other = replace(own, pipeline_id=f"{IMPORT_PIPELINE}2")
    cloud = FakeCloud({TARGET_REGISTRY_ID: [[own, other]]})

    pair = gather(FakeReader(), (source_contract(), target_contract()), cloud)

    assert pair.target.runs == (own,)
    assert pair.target.vault is not None
    assert pair.target.pipeline == replace(PIPELINE, trigger="Enabled")


def test_what_cannot_be_read_hides_nothing_else() -> None:
    reader = FakeReader(registries=UNREAD, pipelines=Missing("p1"))

    pair = gather(reader, (source_contract(), target_contract()), RefusingCloud())

    assert pair.source.vault is None
    assert pair.source.storage is not None
    assert isinstance(pair.source.runs, Unread)
    assert not any(kind == "scope" and "registries" in place for kind, place in reader.asked)


def test_a_contract_that_is_not_usable_is_a_finding() -> None:
    empty = source_contract().model_copy(update={"runs": ()})

    pair = gather(FakeReader(), (empty, None))

    found = judge_pipeline(pair.source, NOON)
    assert [finding.level for finding in found] == [Level.FAILS]
    assert "it has exported nothing" in found[0].why


@pytest.mark.parametrize(
    ("changed", "scope", "action"),
    [
        ({}, SUBSCRIPTION, "Microsoft.Resources/subscriptions/resourceGroups/write"),
        ({"sas_kind": "account"}, SUBSCRIPTION, "Microsoft.Storage/storageAccounts/listAccountSas"),
        ({"resource_group": "mine"}, f"{SUBSCRIPTION}/resourceGroups/mine", "vaults/write"),
        ({"import_by": "runs"}, "registries/contosotarget", "registries/pipelineRuns/write"),
        ({"blobs": "shared"}, "storageAccounts/contososource", "listServiceSas/action"),
        ({"resource_group": f"{ELSEWHERE}/mine"}, f"{ELSEWHERE}/mine", "vaults/write"),
        ({"storage_access": "managed-identity"}, SUBSCRIPTION, "roleAssignments/write"),
        ({"vault": "roles"}, SUBSCRIPTION, "roleAssignments/write"),
        (
            {"vault": f"{THERE}/{VAULTS}/theirs-vault"},
            f"{VAULTS}/theirs-vault",
            "vaults/secrets/write",
        ),
        ({"storage": f"{THERE}/{ACCOUNTS}/acc"}, f"{ACCOUNTS}/acc", "containers/write"),
        ({"identity": f"{THERE}/{IDENTITIES}/i"}, f"{IDENTITIES}/i", "assign/action"),
        ({"create_registry": "true"}, "resourceGroups/rg", "registries/write"),
        (
            {"log_analytics_workspace": f"{THERE}/{WORKSPACES}/w"},
            SUBSCRIPTION,
            "diagnosticSettings",
        ),
    ],
    ids=[
        "new-group",
        "account-sas",
        "given-group",
        "runs",
        "shared",
        "group-elsewhere",
        "managed-identity",
        "roles",
        "given-vault",
        "given-account",
        "given-identity",
        "new-registry",
        "logs",
    ],
)
def test_the_rights_that_are_asked_for_follow_the_settings(
    changed: dict[str, str], scope: str, action: str
) -> None:
    contract = target_contract(blobs=changed.get("blobs", "copied"))

    pair = gather(FakeReader(), (None, contract), changed=changed)

    needed = [rights for rights in pair.target.rights if rights.scope.endswith(scope)]
    assert any(action in item for rights in needed for item in rights.needed)


def test_a_target_that_reads_shared_blobs_needs_no_account_of_its_own() -> None:
    pair = gather(FakeReader(), changed={"blobs": "shared"})

    needed = [action for rights in pair.target.rights for action in rights.needed]
    assert not any("storageAccounts" in action for action in needed)


def test_without_a_sas_neither_a_signature_nor_a_vault_is_asked_for() -> None:
    changed = {"storage_access": "managed-identity", "identity": "system-assigned"}

    pair = gather(FakeReader(), changed=changed)

    needed = {action for rights in pair.target.rights for action in rights.needed}
    assert not any("Sas" in action or "KeyVault" in action for action in needed)
    assert not any("userAssignedIdentities" in action for action in needed)


def test_nobody_needs_the_right_to_sign_a_sas_that_is_brought() -> None:
    changed = {"storage": f"{THERE}/{ACCOUNTS}/acc", "sas": "brought"}

    pair = gather(FakeReader(), changed=changed)

    needed = [action for rights in pair.target.rights for action in rights.needed]
    assert not any("Sas" in action for action in needed)
    assert any("secrets/write" in action for action in needed)


def test_the_roles_on_the_container_are_read_where_the_pipeline_has_no_sas() -> None:
    reader = FakeReader(pipelines=replace(PIPELINE, secret_uri=""), roles=UNREAD)

    pair = gather(reader, (source_contract(), None))

    assert pair.source.vault is None
    assert pair.source.container_roles == UNREAD


def test_a_soft_deleted_vault_is_found_by_its_suffix_in_the_state() -> None:
    reader = FakeReader(deleted=("acrt-tgt-abcd2345", "other"))

    pair = gather(reader, (None, target_contract()), made=MADE)

    assert pair.target.deleted_vault == "acrt-tgt-abcd2345"
    assert pair.target.place["prefix"] == "acrt"
    assert pair.source.deleted_vault == ""


def run_of(side: str, tag: str, status: str = "Failed") -> MadeResource:
    """Give a run that a stack has made."""
    inputs = {"pipelineRunName": f"{side}run", "forceUpdateTag": tag}
    outputs = {"response": {"status": status, "pipelineRunErrorMessage": "No such image."}}
    return MadeResource("azure-native:containerregistry:PipelineRun", "run", inputs, outputs)


BATCH = cut_into_batches([parse_artifact("shop/web:1")])[0].name


@pytest.mark.parametrize("contract", [None, source_contract()], ids=["never-up", "up-before"])
def test_a_failed_run_of_an_unchanged_list_fails(contract: SourceContract | None) -> None:
    pair = gather(FakeReader(), (contract, None), source_made=[run_of("source", f"{BATCH}-0")])

    found = [
        finding for finding in judge_pipeline(pair.source, NOON) if finding.level is Level.FAILS
    ]
    assert [finding.what for finding in found] == ["run 'sourcerun' failed"]
    assert "No such image." in found[0].why
    assert found[0].fix.endswith("pulumi config set acr-transfer:rerun 1 -s source")


@pytest.mark.parametrize(
    "run",
    [
        run_of("source", f"{BATCH}-0", "Succeeded"),
        run_of("source", f"{BATCH}-1"),
        run_of("source", "0123456789abcdef-0"),
    ],
    ids=["succeeded", "other-attempt", "other-list"],
)
def test_a_run_that_the_next_up_leaves_behind_does_not_fail(run: MadeResource) -> None:
    pair = gather(FakeReader(), source_made=[run])

    assert pair.source.failed_runs == ()


def test_a_failed_import_run_fails_until_it_is_repeated() -> None:
    made = [*MADE, run_of("target", "0123456789abcdef-2")]

    failed = gather(FakeReader(), changed={"rerun": "2"}, made=made)
    repeated = gather(FakeReader(), changed={"rerun": "3"}, made=made)

    assert [run.name for run in failed.target.failed_runs] == ["targetrun"]
    assert repeated.target.failed_runs == ()


def test_a_failed_run_is_told_once() -> None:
    run = import_state("SOURCERUN", "", "Failed")
    run = replace(run, pipeline_id=source_contract().pipeline_id)
    cloud = FakeCloud({SOURCE_REGISTRY_ID: [[run]]})
    made = [run_of("source", f"{BATCH}-0")]

    pair = gather(FakeReader(), (source_contract(), None), cloud, source_made=made)

    found = [item for item in judge_pipeline(pair.source, NOON) if item.level is not Level.GOOD]
    assert len(found) == 1
