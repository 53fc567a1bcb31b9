"""The registry beneath the front, which keeps the content and knows nothing of Azure."""

from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass

import aiohttp
from aiohttp import web

from emulator.front.proxy import RequestContext, relay, send


@dataclass(frozen=True)
class Beneath:
    """One registry of crane's."""

    client: aiohttp.ClientSession
    base: str

    def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: AsyncIterable[bytes] | bytes | None = None,
    ) -> RequestContext:
        """Ask it."""
        return send(self.client, method, self.base + path, headers or {}, body)

    async def forward(self, request: web.BaseRequest) -> web.StreamResponse:
        """Have it answer a request; of ranges it knows less than HTTP does."""
        body = request.content.iter_any() if request.can_read_body else None
        headers = request.headers.copy()
        headers.popall("Range", None)
        async with self.send(request.method, request.raw_path, headers, body) as answer:
            return await self.relay(request, answer)

    async def relay(
        self,
        request: web.BaseRequest,
        answer: aiohttp.ClientResponse,
        headers: Mapping[str, str] | None = None,
    ) -> web.StreamResponse:
        """Give its answer to the caller; it does not say that its errors are JSON."""
        told = dict(headers or {})
        if answer.status >= 400:
            told["Content-Type"] = "application/json; charset=utf-8"
        return await relay(request, answer, told)
