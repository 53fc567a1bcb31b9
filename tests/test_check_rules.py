"""Rules of settings, registries and rights let the good pass, and name what Azure would refuse."""

from dataclasses import replace

import pytest
from check_support import (
    PAIR,
    SOURCE,
    TARGET,
    UNREAD,
    all_good,
    source_settings,
    target_settings,
    worst,
)

from components.model.sas_source import BroughtSas
from transfer.check.facts import Missing, PairFacts, Permission, RegistryFacts, Rights, Unread
from transfer.check.findings import Level
from transfer.check.judge import judge
from transfer.check.rules.arrangement import judge_arrangement
from transfer.check.rules.registry import judge_registry
from transfer.check.rules.rights import judge_rights


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
        (UNREAD, Level.UNREAD, "cannot be read", "Azure", "az login"),
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


def test_rights_that_cannot_be_read_are_unread() -> None:
    found = judge_rights(replace(SOURCE, rights=(Rights("/x", (READ,), UNREAD),)))

    assert worst(found).level is Level.UNREAD


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


@pytest.mark.parametrize(("grace", "is_good"), [(3, True), (2, False)])
def test_a_grace_shorter_than_a_weekend_warns(grace: int, is_good: bool) -> None:
    source = replace(SOURCE, settings=source_settings(sas_grace_days=grace))

    found = judge_arrangement(replace(PAIR, source=source))

    assert all_good(found) if is_good else worst(found).level is Level.WARNS


def test_a_window_that_a_policy_limits_asks_for_a_daily_up() -> None:
    source = replace(SOURCE, settings=source_settings(sas_policy="block"))

    found = worst(judge_arrangement(replace(PAIR, source=source)))

    assert found.fix == "Run pulumi up -s source daily."


def test_without_a_sas_there_is_no_window_to_judge() -> None:
    settings = source_settings(storage_access="managed-identity")

    found = judge_arrangement(replace(PAIR, source=replace(SOURCE, settings=settings)))

    assert [finding.side for finding in found] == ["both", "target"]


def test_a_sas_that_is_brought_has_no_window_and_no_praise_for_its_rotation() -> None:
    source = replace(SOURCE, settings=source_settings(sas=BroughtSas()))

    found = judge_arrangement(replace(PAIR, source=source))

    assert [finding.side for finding in found] == ["both", "target"]


def test_a_registry_that_up_makes_need_not_be_there() -> None:
    settings = source_settings(create_registry=True)

    assert all_good(judge_registry(replace(SOURCE, settings=settings, registry=Missing("r1"))))
