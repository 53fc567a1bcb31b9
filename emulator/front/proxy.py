"""Serves https on 127.0.0.1 and passes requests on to a server beneath, as streams."""

import ssl
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
RequestContext = AbstractAsyncContextManager[aiohttp.ClientResponse]

CHUNK_BYTES = 256 * 1024
SHUTDOWN_SECONDS = 1.0

# These belong to one connection (RFC 9110, 7.6.1); Expect is answered by the front itself.
_HOP_HEADERS = frozenset(
    [
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ]
)


class Front:
    """An https server on 127.0.0.1 that gives every request to one handler."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self._port = port
        self._context = context
        self._runner: web.ServerRunner | None = None

    async def start(self, handler: Handler) -> None:
        """Listen; a port that is taken is the system's OSError."""

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            if request.headers.get("Expect", "").lower() == "100-continue":
                await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                request.writer.output_size = 0
            return await handler(request)

        # What comes compressed is passed on compressed.
        server = web.Server(handle, access_log=None, auto_decompress=False)
        self._runner = web.ServerRunner(server, shutdown_timeout=SHUTDOWN_SECONDS)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, ssl_context=self._context).start()

    async def stop(self) -> None:
        """Stop listening and end what is open."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None


def client_session(context: ssl.SSLContext | None = None) -> aiohttp.ClientSession:
    """Make a client that adds nothing to what it sends and has no limit of time."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=context if context is not None else True),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=5),
        auto_decompress=False,
        skip_auto_headers=["Accept", "Accept-Encoding", "Content-Type", "User-Agent"],
        cookie_jar=aiohttp.DummyCookieJar(),
    )


async def forward(
    request: web.BaseRequest, client: aiohttp.ClientSession, base: str
) -> web.StreamResponse:
    """Send the request to the same path of the server beneath and its answer to the caller."""
    body = request.content.iter_any() if request.can_read_body else None
    async with send(client, request.method, base + request.raw_path, request.headers, body) as got:
        return await relay(request, got)


def send(
    client: aiohttp.ClientSession,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: AsyncIterable[bytes] | bytes | None = None,
) -> RequestContext:
    """Ask the server beneath; the url is taken as it stands, for its bytes may be signed."""
    return client.request(
        method,
        URL(url, encoded=True),
        headers=passed_on(headers.items()),
        data=body,
        allow_redirects=False,
    )


async def relay(
    request: web.BaseRequest,
    answer: aiohttp.ClientResponse,
    headers: Mapping[str, str] | None = None,
) -> web.StreamResponse:
    """Stream an answer to the caller, with headers set or changed."""
    response = web.StreamResponse(status=answer.status, reason=answer.reason)
    response.headers.extend(passed_on(answer.headers.items()))
    response.headers.update(headers or {})
    await response.prepare(request)
    if request.method != "HEAD":
        try:
            async for chunk in answer.content.iter_any():
                await response.write(chunk)
        except aiohttp.ClientError:
            # Half an answer must not look like a whole one.
            if request.transport is not None:
                request.transport.abort()
            raise
    await response.write_eof()
    return response


def passed_on(headers: Iterable[tuple[str, str]]) -> CIMultiDict[str]:
    """Give the headers that go from one connection to the next."""
    return CIMultiDict((name, value) for name, value in headers if name.lower() not in _HOP_HEADERS)
