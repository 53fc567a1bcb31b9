"""Rules of the key vault let the good pass, and name what keeps the SAS from the pipeline."""

from dataclasses import replace

import pytest
from check_support import (
    PRINCIPAL,
    SOURCE,
    UNREAD,
    VAULT,
    VAULT_ID,
    all_good,
    source_settings,
    worst,
)
from existing_ids import VAULT as EXISTING

from transfer.check.facts import DeletedVault, Missing, Role, SecretFacts, Unread, VaultFacts
from transfer.check.findings import Level
from transfer.check.rules.secret_removal import judge_secret_removal
from transfer.check.rules.vault import judge_vault

SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"

OTHER_ROLE = "00000000-0000-0000-0000-000000000001"

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
            replace(BY_ROLES, roles=(Role(SECRETS_USER, f"{VAULT_ID}/secrets/acrsas2"),)),
            Level.FAILS,
            "no role Key Vault Secrets User",
            f"--scope {VAULT_ID}/secrets/acrsas ",
        ),
        (
            replace(BY_ROLES, roles=(Role(OTHER_ROLE, VAULT_ID),)),
            Level.UNKNOWN,
            OTHER_ROLE,
            "az role assignment create",
        ),
        (replace(BY_ROLES, roles=UNREAD), Level.UNREAD, "Azure", "az login"),
        (replace(VAULT, secret=Missing("s1")), Level.FAILS, "SecretNotFound", "--refresh"),
        (replace(VAULT, secret=UNREAD), Level.UNREAD, "Azure", "az login"),
        (
            replace(VAULT, secret=SecretFacts("s1", is_enabled=False)),
            Level.FAILS,
            "disabled secret",
            "--enabled true",
        ),
        (DeletedVault("v1"), Level.FAILS, "ConflictError", "az keyvault recover --name v1"),
        (Missing("v1"), Level.FAILS, "No such host is known", "--refresh"),
        (UNREAD, Level.UNREAD, "Azure", "az login"),
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


@pytest.mark.parametrize("vault", [VAULT, None])
def test_policies_in_a_shared_vault_are_said_to_open_all_its_secrets_before_and_after_an_up(
    vault: VaultFacts | None,
) -> None:
    found = worst(judge_vault(replace(SOURCE, vault=vault, given_vault=VAULT)))

    assert found.level is Level.WARNS
    assert "can read all secrets" in found.why
    assert "acr-transfer:vault in Pulumi.source.yaml" in found.fix


def test_roles_in_a_shared_vault_are_not_warned_of() -> None:
    vault = replace(BY_ROLES, roles=(Role(SECRETS_USER, f"{VAULT_ID}/secrets/acrsas"),))

    assert all_good(judge_vault(replace(SOURCE, vault=vault, given_vault=BY_ROLES)))


def test_an_open_vault_needs_no_bypass() -> None:
    vault = replace(VAULT, default_action="Allow", bypass="None")

    assert all_good(judge_vault(replace(SOURCE, vault=vault)))


@pytest.mark.parametrize(
    ("vault", "level"),
    [
        (None, Level.UNKNOWN),
        (replace(VAULT, default_action="Allow"), Level.UNKNOWN),
        (VAULT, Level.WARNS),
        (replace(VAULT, default_action="Allow", public_network_access="Disabled"), Level.WARNS),
    ],
    ids=["unread", "open", "closed", "private"],
)
def test_what_the_removal_of_a_secret_needs_is_said_before_it_is_made(
    vault: VaultFacts | None, level: Level
) -> None:
    settings = source_settings(vault=EXISTING)

    found = worst(judge_secret_removal(replace(SOURCE, settings=settings, given_vault=vault)))

    assert found.level is level
    assert ("The firewall is closed" in found.why) is (level is Level.WARNS)
    assert "az keyvault network-rule add --name theirs-policies" in found.fix


def test_a_secret_that_goes_with_its_vault_needs_nothing() -> None:
    assert judge_secret_removal(SOURCE) == []
