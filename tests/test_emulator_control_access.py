"""What emulated role assignments refuse, in Azure's codes and words."""

import time

import pytest
from emulator_cloud import CALLER, GROUP, IDENTITY, TestCloud, cloud, refusal

from emulator.errors import AzureError
from emulator.values import text

__all__ = ["cloud"]


ROLE = f"/subscriptions/{CALLER.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/"
ROLE += "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
GUID = "44444444-0000-0000-0000-000000000000"


def assign(cloud: TestCloud, principal: str, name: str = GUID, role: str = ROLE) -> None:
    properties = {
        "principalId": principal,
        "roleDefinitionId": role,
        "principalType": "ServicePrincipal",
    }
    path = f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/{name}"
    cloud.put(path, {"properties": properties})


def identity(cloud: TestCloud) -> str:
    body = cloud.put(IDENTITY, {"location": "westeurope"})
    return text(body, "properties", "principalId")


def test_a_fresh_identity_is_not_found_before_it_has_replicated(cloud: TestCloud) -> None:
    cloud.state.settings.identity_replication_seconds = 60
    principal = identity(cloud)

    with pytest.raises(AzureError, match="might be related to a replication delay") as error:
        assign(cloud, principal)

    assert refusal(error) == (400, "PrincipalNotFound")
    cloud.state.require(IDENTITY).private["created"] = time.time() - 61
    assign(cloud, principal)


def test_a_role_assignment_is_named_by_a_guid(cloud: TestCloud) -> None:
    with pytest.raises(AzureError) as error:
        assign(cloud, CALLER.object_id, name="reader")

    assert refusal(error) == (400, "InvalidRoleAssignmentId")


def test_the_same_grant_under_another_name_is_refused(cloud: TestCloud) -> None:
    assign(cloud, CALLER.object_id)

    with pytest.raises(AzureError) as error:
        assign(cloud, CALLER.object_id, name=GUID.replace("4444", "5555"))

    assert refusal(error) == (409, "RoleAssignmentExists")


def test_a_grant_cannot_pass_to_another_principal(cloud: TestCloud) -> None:
    assign(cloud, CALLER.object_id)

    with pytest.raises(AzureError) as error:
        assign(cloud, identity(cloud))

    assert refusal(error) == (400, "RoleAssignmentUpdateNotPermitted")


def roles_at(cloud: TestCloud, scope: str, filter_: str = "") -> list[str]:
    type_ = "Microsoft.Authorization/roleAssignments"
    bodies = cloud.children(scope, type_, filter_)
    return [text(body, "name") for body in bodies]


def test_a_list_of_assignments_holds_those_above_of_the_principal_asked_for(
    cloud: TestCloud,
) -> None:
    assign(cloud, CALLER.object_id)

    assert roles_at(cloud, IDENTITY) == [GUID]
    assert roles_at(cloud, IDENTITY, f"assignedTo('{CALLER.object_id}')") == [GUID]
    assert roles_at(cloud, IDENTITY, "assignedTo('someone')") == []


def test_a_filter_of_another_kind_is_refused(cloud: TestCloud) -> None:
    with pytest.raises(AzureError) as error:
        roles_at(cloud, IDENTITY, "scope eq 'here'")

    assert refusal(error) == (400, "InvalidFilter")


def test_the_caller_may_do_everything_and_permissions_cannot_be_written(cloud: TestCloud) -> None:
    type_ = "Microsoft.Authorization/permissions"

    listed = cloud.children(GROUP, type_)

    assert [body["actions"] for body in listed] == [["*"]]
    with pytest.raises(AzureError) as error:
        cloud.put(f"{GROUP}/providers/{type_}/all", {})
    assert refusal(error) == (405, "MethodNotAllowed")
