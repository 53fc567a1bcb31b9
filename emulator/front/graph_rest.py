"""The little of Microsoft Graph with which clients find the object ID of an application."""

import re

from aiohttp import web

from emulator.account import Account
from emulator.arm.base import Caller
from emulator.arm.tenants import tenant_of
from emulator.errors import AzureError
from emulator.front.login import Tokens, caller_of
from emulator.resource_types import IDENTITY_TYPE
from emulator.state import State
from emulator.values import JsonObject, same, text, texts

_BY_NAME = re.compile(r"servicePrincipalNames/any\(c:c eq '(?P<name>[^']+)'\)")


class GraphRest:
    """Answers everything below /v1.0."""

    def __init__(self, state: State, account: Account, tokens: Tokens) -> None:
        self._state = state
        self._account = account
        self._tokens = tokens

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """Answer a request."""
        caller = caller_of(request, self._tokens)
        match request.method, request.path.rstrip("/"):
            case "GET", "/v1.0/me":
                message = "/me request is only valid with delegated authentication flow."
                raise AzureError(400, "BadRequest", message)
            case "GET", "/v1.0/servicePrincipals":
                found = _BY_NAME.fullmatch(request.query.get("$filter", ""))
                name = found["name"] if found else ""
                principals = [p for p in self._principals(caller) if same(text(p, "appId"), name)]
                return web.json_response({"value": principals})
            case "GET", "/v1.0/users":
                return web.json_response({"value": []})
            case "POST", "/v1.0/directoryObjects/getByIds":
                ids = [id_.lower() for id_ in texts(await request.json(), "ids")]
                principals = [p for p in self._principals(caller) if text(p, "id").lower() in ids]
                return web.json_response({"value": principals})
        raise AzureError(
            404, "NotFound", f"The emulator does not have '{request.method} {request.path}'."
        )

    def _principals(self, caller: Caller) -> list[JsonObject]:
        """Give the applications and the managed identities of the caller's tenant."""
        applications = [
            _principal(app.caller.object_id, app.client_id, "Application")
            for app in self._account.applications()
            if same(app.tenant_id, caller.tenant_id)
        ]
        identities = [
            _principal(
                text(identity.properties, "principalId"),
                text(identity.properties, "clientId"),
                "ManagedIdentity",
            )
            for identity in self._state.list(IDENTITY_TYPE)
            if same(tenant_of(self._state, identity.id), caller.tenant_id)
        ]
        return [*applications, *identities]


def _principal(object_id: str, application_id: str, kind: str) -> JsonObject:
    return {
        "@odata.type": "#microsoft.graph.servicePrincipal",
        "id": object_id,
        "appId": application_id,
        "displayName": application_id,
        "servicePrincipalNames": [application_id],
        "servicePrincipalType": kind,
    }
