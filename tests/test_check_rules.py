"""Each rule of `acr-transfer check` lets the good pass, and names what Azure would refuse."""

from dataclasses import replace
from datetime import timedelta

import pytest
from check_support import (
    PAIR,
    PIPELINE,
    PRINCIPAL,
    SOURCE,
    TARGET,
    UNREAD,
    VAULT,
    VAULT_ID,
    all_good,
    source_settings,
    target_settings,
    worst,
)
from transfer_support import NOON, import_state, target_contract

from components.contract import RunPart
from transfer.check.arrangement import judge_arrangement
from transfer.check.facts import (
    DeletedVault,
    Missing,
    PairFacts,
    Permission,
    PipelineFacts,
    RegistryFacts,
    Rights,
    Role,
    SecretFacts,
    SideFacts,
    StorageFacts,
    Unread,
    VaultFacts,
)
from transfer.check.findings import Level
from transfer.check.judge import judge
from transfer.check.pipeline import judge_pipeline
from transfer.check.registry import judge_registry
from transfer.check.rights import judge_rights
from transfer.check.storage import judge_storage
from transfer.check.vault import judge_vault

SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
OTHER_ROLE = "00000000-0000-0000-0000-000000000001"
BLOCK_WEEK = replace(
    StorageFacts("contososource"), sas_period=timedelta(days=7), sas_action="Block"
)


def test_a_good_pair_has_good_findings_alone() -> None:
    report = judge(PAIR)

    assert all_good(list(report.findings))
    assert not report.fails
    assert len(report.findings) > 20


@pytest.mark.parametrize(
    ("registry", "level", "what", "why", "fix"),
    [
        (RegistryFacts("r1", sku="Basic"), Level.FAILS, "Basic", "in SKU Basic", "--sku Premium"),
        (
            RegistryFacts("r1", allows_exports=False),
            Level.FAILS,
            "exportPolicy disabled",
            "forbids exports",
            "az acr update --name r1 --allow-exports true",
        ),
        (RegistryFacts("r1", is_public=False), Level.WARNS, "Disabled", "not allowed", "verify"),
        (Missing("r1"), Level.FAILS, "does not exist", "ResourceNotFound", "Pulumi.source.yaml"),
        (UNREAD, Level.UNKNOWN, "cannot be read", "Azure", "az login"),
    ],
    ids=["sku", "exports", "private", "missing", "unread"],
)
def test_a_registry_that_cannot_transfer_is_named(
    registry: RegistryFacts | Missing | Unread, level: Level, what: str, why: str, fix: str
) -> None:
    found = worst(judge_registry(replace(SOURCE, registry=registry)))

    assert found.level is level
    assert (what in found.what, why in found.why, fix in found.fix) == (True, True, True)


def test_exports_are_opened_before_public_access() -> None:
    closed = RegistryFacts("r1", allows_exports=False, is_public=False)

    exports = judge_registry(replace(SOURCE, registry=closed))[1]

    assert exports.fix.index("--allow-exports") < exports.fix.index("--public-network-enabled")
    assert "Enabling public network access is not supported" in exports.why


def test_a_target_registry_need_not_export() -> None:
    registry = RegistryFacts("r1", allows_exports=False)

    assert all_good(judge_registry(replace(TARGET, registry=registry)))


@pytest.mark.parametrize(
    ("storage", "level", "why", "fix"),
    [
        (
            StorageFacts("s1", allows_shared_keys=False),
            Level.FAILS,
            "KeyBasedAuthenticationNotPermitted",
            "--allow-shared-key-access true",
        ),
        (
            StorageFacts("s1", default_action="Deny"),
            Level.FAILS,
            "403 (This request is not authorized to perform this operation)",
            "--default-action Allow",
        ),
        (
            StorageFacts("s1", public_network_access="Disabled"),
            Level.FAILS,
            "403 (This request is not authorized to perform this operation)",
            "--public-network-access Enabled",
        ),
        (BLOCK_WEEK, Level.FAILS, "AuthorizationFailure", "acr-transfer:sas_days"),
        (StorageFacts("s1", has_container=False), Level.FAILS, "ContainerNotFound", "--refresh"),
        (Missing("s1"), Level.FAILS, "No such host is known", "--refresh"),
        (UNREAD, Level.UNKNOWN, "Azure", "az login"),
    ],
    ids=["keys", "firewall", "private", "sas-policy", "container", "missing", "unread"],
)
def test_storage_that_refuses_the_service_is_named(
    storage: StorageFacts | Missing | Unread, level: Level, why: str, fix: str
) -> None:
    found = worst(judge_storage(replace(SOURCE, storage=storage)))

    assert found.level is level
    assert (why in found.why, fix in found.fix) == (True, True)


@pytest.mark.parametrize(
    "storage",
    [
        replace(BLOCK_WEEK, sas_action="Log"),
        replace(BLOCK_WEEK, sas_period=timedelta(days=37, minutes=15)),
    ],
    ids=["log", "long-enough"],
)
def test_a_sas_policy_that_lets_the_sas_through_is_good(storage: StorageFacts) -> None:
    assert all_good(judge_storage(replace(SOURCE, storage=storage)))


def test_without_a_stack_that_is_up_nothing_of_it_is_judged() -> None:
    before = SideFacts("source", "source", source_settings(), "0000", RegistryFacts("r1"))

    assert judge_storage(before) == judge_vault(before) == []
    assert worst(judge_pipeline(before, NOON)).fix == "pulumi up -s source"


BY_ROLES = replace(VAULT, uses_roles=True, secret_rights={})


@pytest.mark.parametrize(
    ("vault", "level", "why", "fix"),
    [
        (replace(VAULT, bypass="None"), Level.FAILS, "not a trusted service", "--bypass Azure"),
        (
            replace(VAULT, secret_rights={PRINCIPAL: ("list",)}),
            Level.FAILS,
            "does not have secrets get permission",
            f"--object-id {PRINCIPAL}",
        ),
        (BY_ROLES, Level.FAILS, "no role Key Vault Secrets User", f"--scope {VAULT_ID}"),
        (
            replace(BY_ROLES, roles=(Role(SECRETS_USER, f"{VAULT_ID}2"),)),
            Level.FAILS,
            "no role Key Vault Secrets User",
            "az role assignment create",
        ),
        (
            replace(BY_ROLES, roles=(Role(OTHER_ROLE, VAULT_ID),)),
            Level.UNKNOWN,
            OTHER_ROLE,
            "az role assignment create",
        ),
        (replace(BY_ROLES, roles=UNREAD), Level.UNKNOWN, "Azure", "az login"),
        (replace(VAULT, secret=Missing("s1")), Level.FAILS, "SecretNotFound", "--refresh"),
        (replace(VAULT, secret=UNREAD), Level.UNKNOWN, "Azure", "az login"),
        (
            replace(VAULT, secret=SecretFacts("s1", is_enabled=False)),
            Level.FAILS,
            "disabled secret",
            "--enabled true",
        ),
        (DeletedVault("v1"), Level.FAILS, "ConflictError", "az keyvault recover --name v1"),
        (Missing("v1"), Level.FAILS, "No such host is known", "--refresh"),
        (UNREAD, Level.UNKNOWN, "Azure", "az login"),
    ],
)
def test_a_vault_that_keeps_the_sas_from_the_pipeline_is_named(
    vault: VaultFacts | DeletedVault | Missing | Unread, level: Level, why: str, fix: str
) -> None:
    found = worst(judge_vault(replace(SOURCE, vault=vault)))

    assert found.level is level
    assert (why in found.why, fix in found.fix) == (True, True), found


@pytest.mark.parametrize("scope", ["/subscriptions/0000", VAULT_ID, f"{VAULT_ID}/secrets/acrsas"])
def test_a_role_at_above_or_in_the_vault_reads_the_secret(scope: str) -> None:
    vault = replace(BY_ROLES, roles=(Role(SECRETS_USER, scope),))

    assert all_good(judge_vault(replace(SOURCE, vault=vault)))


def test_an_open_vault_needs_no_bypass() -> None:
    vault = replace(VAULT, default_action="Allow", bypass="None")

    assert all_good(judge_vault(replace(SOURCE, vault=vault)))


@pytest.mark.parametrize(
    ("pipeline", "level", "why"),
    [
        (Missing("p1"), Level.FAILS, "PipelineNotFound"),
        (UNREAD, Level.UNKNOWN, "Azure"),
        (replace(PIPELINE, lost_identities=("/x/id1",)), Level.FAILS, "Failed to acquire a token"),
        (replace(PIPELINE, secret_uri=f"{PIPELINE.secret_uri}/0a1b"), Level.WARNS, "one version"),
        (
            replace(PIPELINE, secret_uri="https://v.vault.usgovcloudapi.net/secrets/s"),
            Level.FAILS,
            "one cloud",
        ),
        (
            replace(PIPELINE, container_uri="https://a.blob.core.chinacloudapi.cn/transfer"),
            Level.FAILS,
            "one cloud",
        ),
    ],
    ids=["missing", "unread", "identity", "version", "vault-cloud", "storage-cloud"],
)
def test_a_pipeline_that_cannot_work_is_named(
    pipeline: PipelineFacts | Missing | Unread, level: Level, why: str
) -> None:
    found = worst(judge_pipeline(replace(SOURCE, pipeline=pipeline), NOON))

    assert found.level is level
    assert why in found.why


def test_the_suffixes_of_a_custom_cloud_pass() -> None:
    pipeline = replace(PIPELINE, container_uri="https://127.0.0.1:4433/account/transfer")

    assert all_good(judge_pipeline(replace(SOURCE, pipeline=pipeline), NOON))


@pytest.mark.parametrize(
    ("days_left", "level"),
    [(8, None), (7, Level.WARNS), (1, Level.WARNS), (0, Level.FAILS), (-1, Level.FAILS)],
)
def test_a_sas_warns_within_its_grace_and_fails_after_it(
    days_left: int, level: Level | None
) -> None:
    assert SOURCE.contract is not None
    now = SOURCE.contract.sas_expires - timedelta(days=days_left)

    found = judge_pipeline(SOURCE, now)

    assert all_good(found) if level is None else worst(found).level is level


@pytest.mark.parametrize(
    ("trigger", "import_by", "level"),
    [
        ("Enabled", "trigger", None),
        ("Disabled", "runs", None),
        ("Enabled", "runs", Level.WARNS),
        ("Disabled", "trigger", Level.FAILS),
    ],
)
def test_the_trigger_and_import_by_belong_together(
    trigger: str, import_by: str, level: Level | None
) -> None:
    pipeline = replace(PIPELINE, trigger=trigger)
    here = replace(TARGET, pipeline=pipeline, contract=target_contract(import_by=import_by))

    found = judge_pipeline(here, NOON)

    assert all_good(found) if level is None else worst(found).level is level


def test_a_failed_run_of_the_triggers_warns_in_the_services_words() -> None:
    text = "Failed to access storage. (This request is not authorized to perform this operation)"
    good = import_state("auto1", "blob", "Succeeded", minute=1)
    bad = import_state("auto2", "blob", "Failed", minute=2, error=text)

    found = worst(judge_pipeline(replace(TARGET, runs=(bad, good)), NOON))

    assert found.level is Level.WARNS
    assert text in found.why
    assert "firewall" in found.why


def test_a_failed_run_of_the_stack_fails_until_it_is_repeated() -> None:
    part = RunPart(name="import1", blob="blob", artifacts=("shop/web:1",))
    contract = target_contract(import_by="runs").model_copy(update={"runs": (part,)})
    run = import_state("IMPORT1", "blob", "Failed", error="TAG_ALREADY_EXISTS")
    pipeline = replace(PIPELINE, trigger="Disabled")

    here = replace(TARGET, contract=contract, runs=(run,), pipeline=pipeline)
    found = worst(judge_pipeline(here, NOON))

    assert found.level is Level.FAILS
    assert "pulumi config set acr-transfer:rerun 1 -s target" in found.fix


def test_a_good_last_run_is_good_and_one_that_goes_on_is_not_judged() -> None:
    bad = import_state("auto1", "blob", "Failed", minute=1)
    good = import_state("auto2", "blob", "Succeeded", minute=2)
    going_on = import_state("auto3", "blob", "Running", minute=3)
    running = replace(going_on, provisioning_state="Running")

    assert all_good(judge_pipeline(replace(TARGET, runs=(bad, good, running)), NOON))
    assert worst(judge_pipeline(replace(TARGET, runs=UNREAD), NOON)).level is Level.UNKNOWN


READ = "Microsoft.ContainerRegistry/registries/read"
WRITE = "Microsoft.ContainerRegistry/registries/exportPipelines/write"


@pytest.mark.parametrize(
    ("held", "lacks"),
    [
        ((Permission(("*",)),), ""),
        ((Permission(("*/read",)), Permission(("microsoft.containerregistry/*/WRITE",))), ""),
        ((Permission(("*/read",)),), WRITE),
        ((Permission(("*",), (WRITE,)),), WRITE),
        ((Permission(("*",), (WRITE,)), Permission((WRITE,))), ""),
        ((), f"{READ}, {WRITE}"),
    ],
    ids=["all", "patterns", "read-only", "taken-away", "given-by-another-role", "none"],
)
def test_rights_are_those_that_a_role_gives_and_does_not_take_away(
    held: tuple[Permission, ...], lacks: str
) -> None:
    found = judge_rights(replace(SOURCE, rights=(Rights("/x/registries/r1", (READ, WRITE), held),)))

    if lacks:
        assert worst(found).what == f"your rights on registries/r1 lack {lacks}"
        assert "AuthorizationFailed" in worst(found).why
    else:
        assert all_good(found)


def test_rights_that_cannot_be_read_are_unknown() -> None:
    found = judge_rights(replace(SOURCE, rights=(Rights("/x", (READ,), UNREAD),)))

    assert worst(found).level is Level.UNKNOWN


def one_registry(**changed: object) -> PairFacts:
    settings = target_settings(registry="RG/contososource", **changed)
    return replace(PAIR, target=replace(TARGET, settings=settings))


@pytest.mark.parametrize(
    ("pair", "level"),
    [
        (one_registry(blobs="shared", options=["OverwriteTags"]), Level.FAILS),
        (one_registry(blobs="shared", options=["OverwriteTags"], import_by="runs"), Level.WARNS),
        (one_registry(blobs="shared"), Level.WARNS),
        (one_registry(options=["OverwriteTags"]), Level.WARNS),
    ],
    ids=["loop", "runs", "no-overwrite", "copied"],
)
def test_one_registry_on_both_sides_is_named_and_fails_as_a_loop(
    pair: PairFacts, level: Level
) -> None:
    assert worst(judge_arrangement(pair)).level is level


def test_overwritten_blobs_close_the_loop_too() -> None:
    settings = source_settings(options=["OverwriteBlobs"])
    pair = replace(one_registry(blobs="shared"), source=replace(SOURCE, settings=settings))

    assert worst(judge_arrangement(pair)).level is Level.FAILS


@pytest.mark.parametrize(("subscription", "is_good"), [("0000", True), ("9999", False)])
def test_shared_blobs_need_one_subscription(subscription: str, is_good: bool) -> None:
    settings = target_settings(blobs="shared")
    target = replace(TARGET, settings=settings, subscription=subscription)

    found = judge_arrangement(replace(PAIR, target=target))

    assert all_good(found) if is_good else "blobs: copied" in worst(found).fix


@pytest.mark.parametrize(("grace", "is_good"), [(3, True), (2, False)])
def test_a_grace_shorter_than_a_weekend_warns(grace: int, is_good: bool) -> None:
    source = replace(SOURCE, settings=source_settings(sas_grace_days=grace))

    found = judge_arrangement(replace(PAIR, source=source))

    assert all_good(found) if is_good else worst(found).level is Level.WARNS
