"""Resource Manager's REST interface: resources, their lists and their actions."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from aiohttp import web

from emulator.arm.api_versions import known_location, require_version
from emulator.arm.base import Caller
from emulator.arm.ids import parse
from emulator.arm.manager import ResourceManager
from emulator.errors import AzureError
from emulator.front.login import Tokens, caller_of
from emulator.resource_types import GROUP_TYPE
from emulator.values import JsonObject, child, text

_VERSION = r"\d{4}-\d\d-\d\d(-preview|-privatepreview)?"
_RESULTS = "operationresults"
_UNFINISHED = ("RegisteringDns", "Creating", "Updating", "Deleting", "Running")


class ArmRest:
    """Answers everything below /subscriptions."""

    def __init__(self, manager: ResourceManager, tokens: Tokens) -> None:
        self._manager = manager
        self._tokens = tokens

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request."""
        path = request.path.rstrip("/")
        segments = path.split("/")
        caller = caller_of(request, self._tokens, segments[2] if len(segments) > 2 else "")
        self._manager.admit(path, caller)
        version = _api_version(request)
        if len(segments) == 5 and segments[3] == _RESULTS:
            return self._result(segments[4], version)
        match request.method:
            case "GET" | "HEAD" if _is_collection(path):
                scope, type_ = _collection(path)
                require_version(type_, version, "")
                bodies = await self._manager.children(scope, type_, _filter(request))
                return web.json_response({"value": bodies})
            case "GET":
                self._require_version(path, version)
                return _answer(await self._manager.get(path), 200)
            case "HEAD":
                self._require_version(path, version)
                return web.Response(status=204 if self._manager.exists(path) else 404)
            case "PUT":
                return await self._put(request, path, caller, version)
            case "PATCH":
                self._require_version(path, version)
                body = await _body(request)
                return _answer(await self._manager.patch(path, body, caller, version), 200)
            case "DELETE":
                self._require_version(path, version)
                was_there = await self._manager.delete(path, caller)
                if self._manager.transitions.is_going_on(path):
                    return self._accepted(path, version)
                return web.Response(status=200 if was_there else 204)
            case "POST":
                resource_id, _, action = path.rpartition("/")
                self._require_version(resource_id, version)
                body = await _body(request)
                return _answer(await self._manager.action(resource_id, action, body, caller), 200)
        raise AzureError(
            405, "MethodNotAllowed", f"The method '{request.method}' is not allowed here."
        )

    async def _put(
        self, request: web.BaseRequest, path: str, caller: Caller, version: str
    ) -> web.Response:
        body = await _body(request)
        self._require_version(path, version, text(body, "location"))
        status = self._manager.created_status(path)
        answer = await self._manager.put(path, body, caller, version)
        return _answer(answer, status)

    def _accepted(self, path: str, version: str) -> web.Response:
        """Say where the end of a deletion can be asked for."""
        subscription = "/".join(path.split("/")[:3])
        result = f"{subscription}/{_RESULTS}/{urlsafe_b64encode(path.encode()).decode()}"
        url = f"{self._manager.cloud.front_url}{result}?api-version={version}"
        return web.Response(status=202, headers={"Location": url, "Retry-After": "1"})

    def _result(self, name: str, version: str) -> web.Response:
        try:
            path = urlsafe_b64decode(name).decode()
        except ValueError as exc:
            message = f"The operation '{name}' was not found."
            raise AzureError(404, "NotFound", message) from exc
        if self._manager.transitions.is_going_on(path):
            return self._accepted(path, version)
        return web.Response(status=200)

    def _require_version(self, resource_id: str, version: str, location: str = "") -> None:
        known = known_location(self._manager.cloud.state, resource_id)
        require_version(parse(resource_id).type, version, known or location)


def _api_version(request: web.BaseRequest) -> str:
    version = request.query.get("api-version", "")
    if not version:
        raise AzureError(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )
    if not re.fullmatch(_VERSION, version):
        raise AzureError(
            400, "InvalidApiVersionParameter", f"The api-version '{version}' is invalid."
        )
    return version


def _filter(request: web.BaseRequest) -> str:
    return request.query.get("$filter", "")


async def _body(request: web.BaseRequest) -> JsonObject:
    if not request.can_read_body:
        return {}
    try:
        document = await request.json()
    except ValueError as exc:
        raise _not_json() from exc
    if not isinstance(document, dict):
        raise _not_json()
    return document


def _not_json() -> AzureError:
    return AzureError(
        400,
        "InvalidRequestContent",
        "The request content was invalid and could not be deserialized: a JSON object is needed.",
    )


def _answer(body: JsonObject, status: int) -> web.Response:
    headers = {}
    state = text(child(body, "properties"), "provisioningState")
    if state in _UNFINISHED:
        headers["Retry-After"] = "1"
    return web.json_response(body, status=status, headers=headers)


def _is_collection(path: str) -> bool:
    tail = path.lower().rpartition("/providers/")[2] if "/providers/" in path.lower() else ""
    if tail:
        return len(tail.split("/")) % 2 == 0
    return path.lower().endswith("/resourcegroups")


def _collection(path: str) -> tuple[str, str]:
    """Give the scope and the type of a list's path."""
    lowered = path.lower()
    if "/providers/" not in lowered:
        return path.rpartition("/")[0], GROUP_TYPE
    start = lowered.rindex("/providers/")
    namespace, *rest = path[start + len("/providers/") :].split("/")
    scope = path.rpartition("/")[0] if len(rest) > 1 else path[:start]
    return scope, "/".join([namespace, *rest[::2]])
