"""The cloud's https front: sign-in, Resource Manager, key vaults and the emulator's own page."""

import ssl

from aiohttp import web

from emulator.arm.manager import ResourceManager
from emulator.errors import AzureError, EmulatorError
from emulator.front.arm_rest import ArmRest
from emulator.front.graph_rest import GraphRest
from emulator.front.login import Login, Tokens, caller_of
from emulator.front.proxy import Front
from emulator.front.subscriptions_rest import SubscriptionsRest
from emulator.front.vault_rest import VaultRest
from emulator.host_names import vault_of
from emulator.settings import Settings


class HttpsFront:
    """One port; the path tells which service is meant."""

    def __init__(
        self, manager: ResourceManager, tokens: Tokens, port: int, context: ssl.SSLContext
    ) -> None:
        self._manager = manager
        self._tokens = tokens
        self._login = Login(tokens)
        self._arm = ArmRest(manager, tokens)
        self._subscriptions = SubscriptionsRest(manager, tokens)
        self._graph = GraphRest(manager.cloud.state, tokens.account, tokens)
        self._vaults = VaultRest(manager, tokens)
        self._front = Front(port, context)

    async def start(self) -> None:
        """Listen; a port that is taken is the system's OSError."""
        await self._front.start(self._handle)

    async def stop(self) -> None:
        """Stop listening."""
        await self._front.stop()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await self._route(request)
        except AzureError as exc:
            headers = {}
            if exc.status == 401:
                url = self._manager.cloud.front_url
                headers["WWW-Authenticate"] = f'Bearer authorization_uri="{url}/common"'
            return web.json_response(exc.body(), status=exc.status, headers=headers)
        except EmulatorError as exc:
            error = AzureError(400, "BadRequest", str(exc))
            return web.json_response(error.body(), status=400)

    async def _route(self, request: web.BaseRequest) -> web.StreamResponse:
        if vault_of(request.host):
            return await self._vaults.handle(request)
        first = request.path.strip("/").partition("/")[0].lower()
        match first:
            case "subscriptions" | "tenants":
                answer = await self._subscriptions.handle(request)
                return answer or await self._arm.handle(request)
            case "v1.0":
                return await self._graph.handle(request)
            case "vault" | "secrets":
                return await self._vaults.handle(request)
            case "_emulator":
                return await self._own(request)
        answer = await self._login.handle(request)
        if answer is None:
            raise AzureError(
                404, "NotFound", f"The emulator does not have '{request.method} {request.path}'."
            )
        return answer

    async def _own(self, request: web.BaseRequest) -> web.Response:
        caller_of(request, self._tokens)
        state = self._manager.cloud.state
        match request.method, request.path.rstrip("/"):
            case "GET", "/_emulator/health":
                return web.json_response({"status": "ok"})
            case "GET", "/_emulator/calls":
                return web.json_response(dict(sorted(self._manager.calls.items())))
            case "DELETE", "/_emulator/calls":
                self._manager.calls.clear()
                return web.json_response({})
            case "GET", "/_emulator/requests":
                return web.json_response(dict(sorted(state.requests.items())))
            case "DELETE", "/_emulator/requests":
                state.requests.clear()
                return web.json_response({})
            case "GET", "/_emulator/settings":
                return web.json_response(state.settings.to_json())
            case "PUT", "/_emulator/settings":
                state.settings = Settings.from_json(await request.json())
                state.save()
                return web.json_response(state.settings.to_json())
        raise AzureError(
            404, "NotFound", f"The emulator does not have '{request.method} {request.path}'."
        )
