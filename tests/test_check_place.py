"""Rules of the place: a changed setting is told with its cost, a soft-deleted vault by its name."""

from dataclasses import replace

import pytest
from check_support import SOURCE, TARGET, all_good, source_settings, target_settings, worst
from transfer_support import new_place

from transfer.check.facts import DeletedVault, RegistryFacts, SideFacts
from transfer.check.findings import Level
from transfer.check.rules.place import judge_place

SOURCE_CONTAINER = "/subscriptions/1/.../containers/outbox"
PLACE = new_place(
    "/subscriptions/0000/resourcegroups/rg/providers/microsoft.containerregistry"
    "/registries/contososource"
)
HERE = replace(SOURCE, registry=RegistryFacts("contososource", location="westeurope"), place=PLACE)


def test_settings_that_leave_everything_in_its_place_are_good() -> None:
    assert all_good(judge_place(HERE))


def test_a_location_that_is_written_out_is_no_change_of_the_registrys_own() -> None:
    assert all_good(judge_place(replace(HERE, settings=source_settings(location="westeurope"))))


def test_nothing_is_said_of_a_stack_that_has_made_nothing() -> None:
    assert judge_place(SOURCE) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"location": "northeurope"}, "location from 'westeurope' to 'northeurope'"),
        ({"resource_group": "mine"}, "to '/subscriptions/0000/resourcegroups/mine'"),
        ({"prefix": "beta"}, "prefix from 'acrt' to 'beta'"),
        ({"storage_redundancy": "Standard_LRS"}, "from 'with zones' to 'without zones'"),
        ({"storage_access": "managed-identity"}, "Azure keeps its name for 90 days"),
        ({"registry": "rg/contosoother"}, "/registries/contosoother'"),
    ],
)
def test_a_changed_place_is_told_with_its_cost_and_the_command_that_shows_it(
    changed: dict[str, str], said: str
) -> None:
    found = worst(judge_place(replace(HERE, settings=source_settings(**changed))))

    assert found.level is Level.WARNS
    assert said in found.why
    assert "All images are exported again." in found.why
    assert found.fix.startswith("pulumi preview -s source")


def test_copies_in_a_second_region_leave_the_place_as_it_is() -> None:
    here = replace(HERE, settings=source_settings(storage_redundancy="Standard_GZRS"))

    assert all_good(judge_place(here))


def test_zones_that_come_are_told_as_those_that_go_are() -> None:
    found = worst(
        judge_place(replace(HERE, place={**PLACE, "storage_redundancy": "without zones"}))
    )

    assert "storage_redundancy from 'without zones' to 'with zones'" in found.why


def test_a_registry_in_another_case_is_the_same_one() -> None:
    assert all_good(
        judge_place(replace(HERE, settings=source_settings(registry="RG/ContosoSource")))
    )


def shared(before: str) -> SideFacts:
    registry = str(PLACE["registry"]).replace("contososource", "contosotarget")
    place = {**PLACE, "registry": registry, "storage": before, "container": "none"}
    return replace(
        TARGET,
        registry=RegistryFacts("contosotarget", location="westeurope"),
        settings=target_settings(blobs="shared", storage_redundancy="Standard_LRS"),
        place=place,
    )


def test_a_target_that_goes_on_sharing_blobs_stays_in_its_place() -> None:
    assert all_good(judge_place(shared(SOURCE_CONTAINER)))


def test_a_target_that_begins_to_share_blobs_loses_its_account() -> None:
    found = worst(judge_place(shared("new")))

    assert "storage from 'new' to \"the source's container\"" in found.why
    assert "the old storage account" in found.why


def test_a_soft_deleted_vault_of_the_stack_is_named_with_both_ways_out() -> None:
    found = worst(judge_place(replace(HERE, deleted_vault="acrt-src-abcd2345", vault=None)))

    assert found.level is Level.FAILS
    assert "acrt-src-abcd2345" in found.what
    assert "ConflictError" in found.why
    assert "az keyvault recover --name acrt-src-abcd2345" in found.fix
    assert "pulumi up -s source --replace '**::source-sas-suffix'" in found.fix


def test_a_soft_deleted_vault_is_named_once() -> None:
    vault = DeletedVault("acrt-src-abcd2345")

    assert all_good(judge_place(replace(HERE, deleted_vault=vault.name, vault=vault)))
