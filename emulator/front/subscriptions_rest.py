"""Resource Manager's REST interface above resources: tenants, subscriptions, free names."""

from aiohttp import web

from emulator.arm.manager import ResourceManager
from emulator.arm.subscriptions import Subscriptions
from emulator.front.login import Tokens, caller_of
from emulator.values import JsonObject, text


class SubscriptionsRest:
    """Answers what is asked of tenants and of subscriptions as such."""

    def __init__(self, manager: ResourceManager, tokens: Tokens) -> None:
        self._manager = manager
        self._tokens = tokens
        self._subscriptions = Subscriptions(manager.cloud.state, tokens.account)

    async def handle(self, request: web.BaseRequest) -> web.Response | None:
        """Answer, or give None when the request is for a resource or a list of them."""
        path = request.path.rstrip("/")
        segments = path.lower().strip("/").split("/")
        if not _is_ours(request.method, segments):
            return None
        caller = caller_of(request, self._tokens, segments[1] if len(segments) > 1 else "")
        self._manager.admit(path, caller)
        match segments:
            case ["tenants"]:
                return _list(self._subscriptions.tenants(caller))
            case ["subscriptions"]:
                return _list(self._subscriptions.all(caller))
            case [_, subscription]:
                return web.json_response(self._subscriptions.get(subscription, caller))
            case [_, subscription, "locations"]:
                return _list(self._subscriptions.locations(subscription))
            case [*_, "resources"]:
                scope = path.rpartition("/")[0]
                filter_ = request.query.get("$filter", "")
                return _list(self._subscriptions.resources(scope, filter_))
        wanted = await request.json()
        return web.json_response(
            self._manager.availability(text(wanted, "type"), text(wanted, "name"))
        )


def _is_ours(method: str, segments: list[str]) -> bool:
    match method, segments:
        case "GET", ["tenants"] | ["subscriptions"] | ["subscriptions", _]:
            return True
        case "GET", ["subscriptions", _, "locations" | "resources"]:
            return True
        case "GET", ["subscriptions", _, "resourcegroups", _, "resources"]:
            return True
        case "POST", ["subscriptions", _, "providers", _, "checknameavailability"]:
            return True
    return False


def _list(bodies: list[JsonObject]) -> web.Response:
    return web.json_response({"value": bodies})
