"""Rules of storage let the good pass, and name what refuses the transfer service."""

from dataclasses import replace
from datetime import timedelta

import pytest
from check_support import SOURCE, UNREAD, all_good, source_settings, worst

from components.model.sas_source import BroughtSas
from transfer.check.facts import Missing, StorageFacts, Unread
from transfer.check.findings import Level
from transfer.check.rules.storage import judge_storage

BLOCK_WEEK = replace(
    StorageFacts("contososource"), sas_period=timedelta(days=7), sas_action="Block"
)


@pytest.mark.parametrize(
    ("redundancies", "level", "why", "fix"),
    [
        (
            frozenset({"Standard_LRS", "Standard_GRS"}),
            Level.FAILS,
            "RedundancyConfigurationNotAvailableInRegion. Its location has Standard_GRS, Standard",
            "pulumi config set acr-transfer:storage_redundancy Standard_LRS -s source",
        ),
        (UNREAD, Level.UNREAD, "Azure", "az login"),
    ],
)
def test_a_location_that_lacks_the_redundancy_of_a_new_account_is_named_before_the_first_up(
    redundancies: frozenset[str] | Unread, level: Level, why: str, fix: str
) -> None:
    found = worst(judge_storage(replace(SOURCE, storage=None, redundancies=redundancies)))

    assert found.level is level
    assert (why in found.why, fix in found.fix) == (True, True), found


def test_a_redundancy_that_the_location_has_is_good() -> None:
    redundancies = frozenset({"Standard_ZRS"})

    assert all_good(judge_storage(replace(SOURCE, storage=None, redundancies=redundancies)))


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
        (
            StorageFacts("s1", kind="FileStorage", sku="Premium_LRS"),
            Level.FAILS,
            "it holds files only",
            "acr-transfer:storage: new in Pulumi.source.yaml",
        ),
        (StorageFacts("s1", has_container=False), Level.FAILS, "ContainerNotFound", "--refresh"),
        (Missing("s1"), Level.FAILS, "No such host is known", "--refresh"),
        (UNREAD, Level.UNREAD, "Azure", "az login"),
    ],
    ids=["keys", "firewall", "private", "sas-policy", "kind", "container", "missing", "unread"],
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


BROUGHT = replace(SOURCE, settings=source_settings(sas=BroughtSas()))


@pytest.mark.parametrize(
    "storage", [StorageFacts("s1", allows_shared_keys=False), BLOCK_WEEK], ids=["keys", "policy"]
)
def test_what_an_account_asks_of_a_sas_that_is_not_read_is_unknown(storage: StorageFacts) -> None:
    found = worst(judge_storage(replace(BROUGHT, storage=storage)))

    assert (found.level, found.fix) == (Level.UNKNOWN, "pulumi preview -s source")
    assert "does not read the SAS" in found.why


def test_an_account_that_takes_any_sas_is_good_for_one_that_is_brought() -> None:
    logs = replace(BLOCK_WEEK, sas_action="Log")

    assert all_good(judge_storage(replace(BROUGHT, storage=logs)))
