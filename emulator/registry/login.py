"""Signs callers in to one registry as Azure Container Registry does, and checks their requests."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from emulator.errors import AzureError
from emulator.registry.lists import CATALOGS
from emulator.registry.tokens import EVERYTHING, TOKEN_USER, Access, TokenIssuer, basic_login
from emulator.signed_tokens import bearer_token

_REPOSITORY = re.compile(r"/v2/(?P<name>.+)/(?:manifests|blobs|tags|referrers)/.*")
_AZURES = re.compile(r"/acr/v1/(?P<name>.+?)(?:/_(?:tags|manifests)(?:/[^/]+)?)?")
_ACTIONS = {"GET": "pull", "HEAD": "pull", "DELETE": "delete"}
_AZURES_ACTIONS = {"GET": "metadata_read", "DELETE": "delete"}
_UNAUTHORIZED = (
    "authentication required, visit https://aka.ms/acr/authorization for more information."
)


@dataclass(frozen=True)
class RegistryLogin:
    """The token flow: a token of Azure's sign-in for a refresh token, that for access tokens."""

    service: str  # the login server
    tokens: TokenIssuer
    check_token: Callable[[str], bool]
    check_application: Callable[[str, str], bool]  # its ID and secret, as user and password

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """Answer the two addresses of the token flow."""
        if (request.method, request.path) == ("POST", "/oauth2/exchange"):
            return await self._exchange(request)
        if request.path == "/oauth2/token" and request.method in ("GET", "POST"):
            return await self._token(request)
        raise AzureError(404, "NOT_FOUND", "the requested data does not exist")

    def check(self, request: web.BaseRequest) -> web.Response | None:
        """Refuse a request without an application's login or a token for what it does."""
        if self.check_application(*basic_login(request.headers.get("Authorization", ""))):
            return None
        needed = _needed(request)
        access = self.tokens.read_access(bearer_token(request), self.service)
        if access is None:
            return self._challenge(needed, "")
        if needed is not None and not any(one.allows(needed) for one in access):
            return self._challenge(needed, "insufficient_scope")
        return None

    def is_service(self, request: web.BaseRequest) -> bool:
        """Tell whether one of Azure's own services asks, whose requests are not counted."""
        access = self.tokens.read_access(bearer_token(request), self.service)
        return access is not None and EVERYTHING in access

    async def _exchange(self, request: web.BaseRequest) -> web.Response:
        form = await request.post()
        token = str(form.get("access_token", ""))
        if form.get("grant_type") != "access_token" or not self.check_token(token):
            raise AzureError(401, "UNAUTHORIZED", _UNAUTHORIZED)
        self._check_service(str(form.get("service", "")))
        return web.json_response({"refresh_token": self.tokens.refresh_token(self.service)})

    async def _token(self, request: web.BaseRequest) -> web.Response:
        if request.method == "POST":
            form = await request.post()
            user, password = str(form.get("username", "")), str(form.get("password", ""))
            if form.get("grant_type") != "password":
                user, password = TOKEN_USER, str(form.get("refresh_token", ""))
            service = str(form.get("service", ""))
            scopes = [str(scope) for scope in form.getall("scope", [])]
        else:
            user, password = basic_login(request.headers.get("Authorization", ""))
            service = request.query.get("service", "")
            scopes = request.query.getall("scope", [])
        is_token = user == TOKEN_USER and self.tokens.is_refresh_token(password, self.service)
        if not is_token and not self.check_application(user, password):
            raise AzureError(401, "UNAUTHORIZED", _UNAUTHORIZED)
        self._check_service(service)
        access = [Access.parse(scope) for line in scopes for scope in line.split()]
        return web.json_response({"access_token": self.tokens.access_token(self.service, access)})

    def _check_service(self, service: str) -> None:
        if service != self.service:
            raise AzureError(401, "UNAUTHORIZED", f"service {service} is not this registry")

    def _challenge(self, needed: Access | None, error: str) -> web.Response:
        realm = f'Bearer realm="https://{self.service}/oauth2/token",service="{self.service}"'
        scope = f',scope="{needed}"' if needed else ""
        problem = f',error="{error}"' if error else ""
        document = {"errors": [{"code": "UNAUTHORIZED", "message": _UNAUTHORIZED, "detail": None}]}
        return web.json_response(
            document,
            status=401,
            headers={
                "WWW-Authenticate": realm + scope + problem,
                "Docker-Distribution-Api-Version": "registry/2.0",
            },
        )


def _needed(request: web.BaseRequest) -> Access | None:
    if request.path in CATALOGS:
        return Access("registry", "catalog", frozenset("*"))
    if azures := _AZURES.fullmatch(request.path):
        action = _AZURES_ACTIONS.get(request.method, "metadata_write")
        return Access("repository", azures["name"], frozenset([action]))
    repository = _REPOSITORY.fullmatch(request.path)
    if repository is None:
        return None
    action = _ACTIONS.get(request.method, "push")
    return Access("repository", repository["name"], frozenset([action]))
