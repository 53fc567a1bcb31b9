"""What azure-native makes of changed inputs: nothing, an update, or a replacement."""

import pytest
from emulator_cloud import (
    ACCOUNT,
    GROUP,
    IDENTITY,
    REGISTRY_BODY,
    TENANT,
    VAULT,
    VAULT_BODY,
    TestCloud,
    cloud,
)
from emulator_session import Made, RefusalError, Session

from emulator.providers.token_table import type_map
from emulator.providers.wire import UNKNOWN
from emulator.values import text

__all__ = ["cloud"]

ACCOUNT_TYPE = "azure-native:storage:StorageAccount"
EXPORT = "azure-native:containerregistry:ExportPipeline"
GROUP_TYPE = "azure-native:resources:ResourceGroup"
POLICY = "azure-native:keyvault:AccessPolicy"
REGISTRY_TYPE = "azure-native:containerregistry:Registry"
ROLE = "azure-native:authorization:RoleAssignment"
VAULT_TYPE = "azure-native:keyvault:Vault"
OBJECT_ID = "44444444-0000-0000-0000-000000000000"
ROLES = "/providers/Microsoft.Authorization/roleDefinitions"
Inputs = dict[str, object]


@pytest.fixture
def session(cloud: TestCloud) -> Session:
    return Session(cloud)


def account(**changes: object) -> Inputs:
    sku = {"name": "Standard_ZRS"}
    names = {"resourceGroupName": "rg", "accountName": "account1", "location": "westeurope"}
    return {**names, "kind": "StorageV2", "sku": sku, **changes}


def vault(**changes: object) -> Inputs:
    properties = {"tenantId": TENANT, "sku": {"family": "A", "name": "standard"}}
    names = {"resourceGroupName": "rg", "vaultName": "vault1"}
    return {**names, "location": "westeurope", "properties": properties, **changes}


def policy(**changes: object) -> Inputs:
    permissions = {"secrets": ["get"]}
    entry = {"tenantId": TENANT, "objectId": OBJECT_ID, "permissions": permissions}
    names = {"resourceGroupName": "rg", "vaultName": "vault1"}
    return {**names, "policy": {**entry, **changes}}


def made_of(token: str, inputs: Inputs, **state: object) -> Made:
    """Give a resource as an engine keeps it, of which only inputs and some outputs count."""
    version = {"azureApiVersion": type_map(token).api_version}
    return Made(f"{GROUP}/providers/{token}", inputs, {**inputs, **version, **state})


def test_a_replacement_deletes_first_even_under_another_name(session: Session) -> None:
    made = session.create(ACCOUNT_TYPE, account())

    assert session.diff(ACCOUNT_TYPE, made, account(accountName="account2")) == {
        "accountName": "UPDATE_REPLACE"
    }
    assert session.deletes_first(ACCOUNT_TYPE, made, account(accountName="account2"))
    assert session.deletes_first(ACCOUNT_TYPE, made, account(isHnsEnabled=True))
    assert not session.deletes_first(ACCOUNT_TYPE, made, account(tags={"a": "b"}))


def test_a_random_name_lets_the_new_one_stand_beside_the_old_one(session: Session) -> None:
    made = session.create(GROUP_TYPE, {"location": "westeurope"})

    assert text(made.inputs, "resourceGroupName").startswith("resource")
    assert made.inputs["__createBeforeDelete"] is True
    assert not session.deletes_first(GROUP_TYPE, made, {"location": "northeurope"})


def test_a_child_without_a_name_has_the_logical_one(cloud: TestCloud, session: Session) -> None:
    cloud.put(ACCOUNT, {"location": "westeurope", "kind": "StorageV2", **_sku()})
    names: Inputs = {"resourceGroupName": "rg", "accountName": "account1"}

    made = session.create("azure-native:storage:BlobContainer", names)

    assert made.inputs["containerName"] == "resource"
    assert "__createBeforeDelete" not in made.inputs


def _sku() -> Inputs:
    return {"sku": {"name": "Standard_ZRS"}}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"enableNfsV3": True}, {"enableNfsV3": "ADD"}),
        (
            {"encryption": {"requireInfrastructureEncryption": True}},
            {"encryption": "ADD"},
        ),
        ({"isHnsEnabled": True}, {"isHnsEnabled": "ADD_REPLACE"}),
        ({"resourceGroupName": "RG"}, {}),
        ({"location": "West Europe"}, {}),
        ({"location": "northeurope"}, {"location": "UPDATE_REPLACE"}),
    ],
)
def test_an_account_is_replaced_for_its_place_and_its_kind_of_names(
    session: Session, change: Inputs, expected: dict[str, str]
) -> None:
    made = session.create(ACCOUNT_TYPE, account())

    assert session.diff(ACCOUNT_TYPE, made, account(**change)) == expected


def test_what_an_account_cannot_change_is_refused_by_the_put(session: Session) -> None:
    made = session.create(ACCOUNT_TYPE, account())

    for change in (
        {"enableNfsV3": True},
        {"encryption": {"requireInfrastructureEncryption": True}},
    ):
        with pytest.raises(RefusalError, match="AccountPropertyCannotBeUpdated"):
            session.update(ACCOUNT_TYPE, made, account(**change))


def test_a_vault_is_not_replaced_for_its_location(session: Session) -> None:
    made = session.create(VAULT_TYPE, vault())

    assert session.diff(VAULT_TYPE, made, vault(location="northeurope")) == {"location": "UPDATE"}
    with pytest.raises(RefusalError, match="InvalidResourceLocation"):
        session.update(VAULT_TYPE, made, vault(location="northeurope"))


def test_a_pipeline_is_not_replaced_for_its_location(session: Session) -> None:
    target = {"uri": "https://127.0.0.1:1/a/c", "keyVaultUri": "https://127.0.0.1:1/secrets/s"}
    names = {"registryName": "registry1", "resourceGroupName": "rg", "exportPipelineName": "p1234"}
    inputs: Inputs = {**names, "target": target, "location": "westeurope"}
    made = made_of(EXPORT, inputs)

    assert session.diff(EXPORT, made, {**inputs, "location": "northeurope"}) == {
        "location": "UPDATE"
    }


def test_a_grant_is_replaced_for_its_principal_alone(cloud: TestCloud, session: Session) -> None:
    cloud.put(IDENTITY, {"location": "westeurope"})
    role = f"{ROLES}/ba92f5b4-2d11-453d-a403-e96b0029c9fe"
    identity = cloud.state.require(IDENTITY)
    inputs: Inputs = {
        "scope": GROUP,
        "roleAssignmentName": OBJECT_ID,
        "principalId": text(identity.properties, "principalId"),
        "principalType": "ServicePrincipal",
        "roleDefinitionId": role,
    }
    made = session.create(ROLE, inputs)
    another_role = {"roleDefinitionId": f"{ROLES}/{OBJECT_ID}"}

    assert session.diff(ROLE, made, inputs | {"principalId": OBJECT_ID}) == {
        "principalId": "UPDATE_REPLACE"
    }
    assert session.diff(ROLE, made, inputs | another_role) == {"roleDefinitionId": "UPDATE"}
    with pytest.raises(RefusalError, match="RoleAssignmentUpdateNotPermitted"):
        session.update(ROLE, made, inputs | another_role)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (policy(objectId=TENANT), {"policy.objectId": "UPDATE_REPLACE"}),
        (policy(objectId=UNKNOWN), {"policy.objectId": "UPDATE_REPLACE"}),
        ({**policy(), "policy": UNKNOWN}, {"policy": "UPDATE"}),
        (policy(permissions={"secrets": ["list"]}), {"policy.permissions.secrets[0]": "UPDATE"}),
    ],
)
def test_a_policy_is_replaced_for_its_principal_and_not_around_it(
    cloud: TestCloud, session: Session, wanted: Inputs, expected: dict[str, str]
) -> None:
    cloud.put(VAULT, VAULT_BODY)
    made = session.create(POLICY, policy())

    assert session.diff(POLICY, made, wanted) == expected


def test_nothing_and_an_empty_thing_are_two_things(session: Session) -> None:
    made = session.create(ACCOUNT_TYPE, account(tags={}))

    assert session.diff(ACCOUNT_TYPE, made, account()) == {"tags": "DELETE"}
    assert session.diff(ACCOUNT_TYPE, made, account(tags={})) == {}
    bare = made_of(ACCOUNT_TYPE, account())
    assert session.diff(ACCOUNT_TYPE, bare, account(tags={})) == {"tags": "ADD"}


def test_items_of_a_list_are_compared_though_one_is_unknown(session: Session) -> None:
    target = {"uri": "https://127.0.0.1:1/a/c", "keyVaultUri": "https://127.0.0.1:1/secrets/s"}
    names = {"registryName": "registry1", "resourceGroupName": "rg", "exportPipelineName": "p1234"}
    options = ["OverwriteBlobs", "ContinueOnErrors"]
    inputs: Inputs = {**names, "target": target, "location": "westeurope", "options": options}
    made = made_of(EXPORT, inputs)

    changed = {**inputs, "options": ["OverwriteBlobs", UNKNOWN]}

    assert session.diff(EXPORT, made, changed) == {"options[1]": "UPDATE"}


def test_a_default_that_is_said_now_is_no_change(session: Session) -> None:
    names: Inputs = {"resourceGroupName": "rg", "registryName": "registry1"}
    inputs: Inputs = {**names, **REGISTRY_BODY}
    made = made_of(REGISTRY_TYPE, inputs)

    assert session.diff(REGISTRY_TYPE, made, {**inputs, "zoneRedundancy": "Disabled"}) == {}
    assert session.diff(REGISTRY_TYPE, made, {**inputs, "adminUserEnabled": True}) == {
        "adminUserEnabled": "ADD"
    }


def test_what_the_state_says_anyway_is_no_replacement(session: Session) -> None:
    made = made_of(ACCOUNT_TYPE, account(), isHnsEnabled=True)

    assert session.diff(ACCOUNT_TYPE, made, account(isHnsEnabled=True)) == {"isHnsEnabled": "ADD"}
    assert session.diff(ACCOUNT_TYPE, made, account(isHnsEnabled=False)) == {
        "isHnsEnabled": "ADD_REPLACE"
    }


def test_another_version_of_the_api_is_an_update(session: Session) -> None:
    inputs = account()
    made = made_of(ACCOUNT_TYPE, inputs)
    older = made_of(ACCOUNT_TYPE, inputs, azureApiVersion="2022-09-01")
    noted = made_of(ACCOUNT_TYPE, {**inputs, "azureApiVersion": "2022-09-01"})

    assert session.diff(ACCOUNT_TYPE, made, inputs) == {}
    for state in (older, noted):
        assert session.diff(ACCOUNT_TYPE, state, inputs) == {"azureApiVersion": "UPDATE"}


def test_changed_settings_are_the_engines_to_judge(session: Session) -> None:
    assert session.diff_of_settings() == "DIFF_UNKNOWN"
