"""IDs and names of Azure have no case: what is spelt in another one is the same, and stays."""

from dataclasses import replace
from typing import Any

import pytest
from existing_ids import ACCOUNT, CONTAINER, IDENTITY, ROLES_VAULT, VAULT, WORKSPACE
from mock_engine import SUBSCRIPTION, Recording, Registration
from sides import SOURCE_REGISTRY
from stack_program import run

from components.model.names import Side
from components.model.options import SourceOptions
from components.model.place_changes import chosen_place
from components.model.resource_ids import ResourceId, account_and_container

GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-shared"
# Azure answers in the case in which something was made, whatever the case of the question.
AZURE: dict[str, dict[str, Any]] = {
    "containerregistry:getRegistry": {
        "id": SOURCE_REGISTRY,
        "name": "contososource",
        "loginServer": "contososource.azurecr.io",
    },
    "storage:getStorageAccount": {
        "id": ACCOUNT,
        "name": "theirs",
        "primaryEndpoints": {"blob": "https://theirs.blob.core.windows.net/"},
    },
    "managedidentity:getUserAssignedIdentity": {"id": IDENTITY},
    "operationalinsights:getWorkspace": {"id": WORKSPACE},
}
AZURES_GROUP = {"id": GROUP, "name": "rg-shared"}
REGISTRY = "rg-contoso/contososource"


@pytest.mark.parametrize("side", ["source", "target"])
@pytest.mark.parametrize(
    "values",
    [
        {},
        {"create_registry": True},
        {"storage": ACCOUNT},
        {"storage": CONTAINER, "storage_access": "managed-identity"},
        {"identity": IDENTITY},
        {"vault": VAULT},
        {"vault": ROLES_VAULT},
        {"log_analytics_workspace": WORKSPACE},
        {"resource_group": "rg-shared"},
        {"resource_group": GROUP},
    ],
    ids=lambda values: "-".join(values) or "registry",
)
def test_another_case_of_letters_hands_the_engine_the_same(
    side: Side, values: dict[str, Any]
) -> None:
    vault = str(values.get("vault", VAULT))
    group = AZURES_GROUP if "resource_group" in values else {"name": "rg-contoso"}
    name = ResourceId(vault).name
    answers = AZURE | {
        "keyvault:getVault": {
            "id": vault,
            "name": name,
            "properties": {
                "tenantId": "t",
                "sku": {"family": "A", "name": "standard"},
                "vaultUri": f"https://{name}.vault.azure.net/",
                "enableRbacAuthorization": vault == ROLES_VAULT,
            },
        },
        "resources:getResourceGroup": group,
    }
    base: dict[str, Any] = {"side": side, "registry": REGISTRY, **values}
    if side == "source":
        base["images"] = ["shop/web:1.4"]
    names = {
        key: value.upper()
        for key, value in base.items()
        if key in ("registry", "resource_group") or str(value).startswith("/")
    }

    one, other = run(base, answers=answers), run({**base, **names}, answers=answers)

    assert by_name(one) == by_name(other)
    assert one.result == other.result


def by_name(recording: Recording) -> dict[str, Registration]:
    """Give the resources, whose order is not fixed."""
    return {
        item.name: replace(item, depends_on=tuple(sorted(item.depends_on)))
        for item in recording.registrations
    }


def test_the_container_of_an_id_in_another_case_is_found() -> None:
    account, container = account_and_container(CONTAINER.upper())

    assert (ResourceId(account), container) == (ResourceId(ACCOUNT), "outbox")
    assert account_and_container(ACCOUNT) == (ACCOUNT, "")
    assert account_and_container("new") == ("new", "")


def test_ids_are_equal_in_any_case_and_only_with_ids() -> None:
    assert len({ResourceId(ACCOUNT), ResourceId(ACCOUNT.upper())}) == 1
    assert ResourceId(ACCOUNT) != ResourceId(VAULT)
    assert ResourceId(ACCOUNT) != ACCOUNT


def test_the_place_of_a_container_is_the_same_in_any_case() -> None:
    places = [chosen_place(SourceOptions(storage=text)) for text in (CONTAINER, CONTAINER.upper())]

    assert places[0] == places[1]
