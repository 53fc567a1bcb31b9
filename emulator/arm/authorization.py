"""Microsoft.Authorization: role assignments, and what the caller may do."""

import re
import time

from typing_extensions import override

from emulator.arm.base import Handler, Put, timestamp
from emulator.errors import AzureError
from emulator.resource_types import ASSIGNMENT_TYPE, IDENTITY_TYPE
from emulator.state import Resource
from emulator.values import JsonObject, number, same, text

# All that the service takes; it takes atScope() beside assignedTo, but not beside principalId.
_FILTER = re.compile(
    r"(?P<at_scope>atScope\(\))?( and )?(assignedTo\('(?P<assigned>[^']+)'\))?"
    r"|principalId eq '(?P<principal>[^']+)'"
)
_GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


class RoleAssignments(Handler):
    """Grants of a role to a principal on a scope; their name is a GUID."""

    type = ASSIGNMENT_TYPE
    needs_group = False

    @override
    async def put(self, request: Put) -> Resource:
        """Grant a role."""
        wanted = request.properties
        self._check_shape(request)
        if request.existing:
            _check_unchanged(request.existing, wanted)
        else:
            self._check_no_twin(request)
        self._check_principal(request)
        now = timestamp()
        old = request.existing.properties if request.existing else {}
        properties: JsonObject = {
            "roleDefinitionId": text(wanted, "roleDefinitionId"),
            "principalId": text(wanted, "principalId"),
            "principalType": text(wanted, "principalType", default="ServicePrincipal"),
            "scope": request.id.scope,
            "createdOn": text(old, "createdOn", default=now),
            "updatedOn": now,
            "createdBy": request.caller.object_id,
            "updatedBy": request.caller.object_id,
        }
        for name in ("condition", "conditionVersion", "description"):
            if wanted.get(name) is not None:
                properties[name] = wanted[name]
        body = self.new_body(request, properties)
        return Resource(id=text(body, "id"), type=self.type, body=body)

    @override
    def listed(self, scope: str, filter_: str) -> list[JsonObject]:
        """Give the assignments at a scope and above it, and without `atScope()` below it."""
        wanted = _FILTER.fullmatch(filter_)
        if wanted is None:
            return super().listed(scope, filter_)
        whose = wanted["assigned"] or wanted["principal"]
        place = f"{scope.lower()}/"
        found = []
        for assignment in self.cloud.state.list(self.type):
            granted = f"{text(assignment.properties, 'scope').lower().rstrip('/')}/"
            is_below = granted.startswith(place) and not wanted["at_scope"]
            principal = text(assignment.properties, "principalId")
            if (place.startswith(granted) or is_below) and (not whose or same(principal, whose)):
                found.append(assignment.body)
        return found

    def _check_shape(self, request: Put) -> None:
        name = request.id.name
        if not re.fullmatch(_GUID, name):
            raise AzureError(
                400,
                "InvalidRoleAssignmentId",
                f"The role assignment ID '{name}' is not valid. "
                "The role assignment ID must be a GUID.",
            )
        if not text(request.properties, "principalId"):
            raise AzureError(400, "BadRequestFormat", "The request was incorrectly formatted.")
        role = text(request.properties, "roleDefinitionId")
        if not re.fullmatch(
            rf"(?i)(/.+)?/providers/Microsoft\.Authorization/roleDefinitions/{_GUID}", role
        ):
            raise AzureError(
                400,
                "RoleDefinitionDoesNotExist",
                f"The specified role definition with ID '{role.rsplit('/', 1)[-1]}' "
                "does not exist.",
            )
        scope = request.id.scope
        if "/resourcegroups/" in scope.lower():
            self.cloud.state.require(scope)

    def _check_no_twin(self, request: Put) -> None:
        for other in self.cloud.state.list(self.type, request.id.scope):
            if same(text(other.properties, "scope"), request.id.scope) and all(
                same(text(other.properties, key), text(request.properties, key))
                for key in ("roleDefinitionId", "principalId")
            ):
                raise AzureError(
                    409,
                    "RoleAssignmentExists",
                    "The role assignment already exists. The ID of the existing role assignment "
                    f"is {other.name.replace('-', '')}.",
                )

    def _check_principal(self, request: Put) -> None:
        principal = text(request.properties, "principalId")
        if same(principal, request.caller.object_id) or self._is_replicated(principal):
            return
        raise AzureError(
            400,
            "PrincipalNotFound",
            f"Principal {principal.replace('-', '')} does not exist in the directory "
            f"{request.caller.tenant_id}. Check that you have the correct principal ID. If you are "
            "creating this principal and then immediately assigning a role, this error might be "
            "related to a replication delay. In this case, set the role assignment principalType "
            "property to a value, such as ServicePrincipal, User, or Group.  See "
            "https://aka.ms/docs-principaltype",
        )

    def _is_replicated(self, principal: str) -> bool:
        state = self.cloud.state
        delay = state.settings.identity_replication_seconds
        for identity in state.list(IDENTITY_TYPE):
            if same(text(identity.properties, "principalId"), principal):
                return time.time() - number(identity.private, "created") >= delay
        owners = ("exportPipelines", "importPipelines")
        return any(
            same(text(pipeline.body, "identity", "principalId"), principal)
            for kind in owners
            for pipeline in state.list(f"Microsoft.ContainerRegistry/registries/{kind}")
        )


class Permissions(Handler):
    """What the caller may do at a scope: all, as the rights of callers are not enforced."""

    type = "Microsoft.Authorization/permissions"
    needs_group = False

    @override
    def listed(self, scope: str, filter_: str) -> list[JsonObject]:
        """Give one permission for everything."""
        return [{"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}]

    @override
    async def put(self, request: Put) -> Resource:
        """Refuse: permissions follow from roles."""
        raise AzureError(405, "MethodNotAllowed", "Permissions can be listed and no more.")


def _check_unchanged(existing: Resource, wanted: JsonObject) -> None:
    keys = ("principalId", "roleDefinitionId")
    if any(not same(text(existing.properties, key), text(wanted, key)) for key in keys):
        raise AzureError(
            400,
            "RoleAssignmentUpdateNotPermitted",
            "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
        )
