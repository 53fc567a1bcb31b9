"""Connections of many threads to the same few hosts."""

from collections.abc import Mapping
from queue import Empty, LifoQueue
from urllib.request import getproxies, proxy_bypass

import httpx
from typing_extensions import override

from transfer.azure.endpoints import trusted_authorities


class Connections(httpx.BaseTransport):
    """Lends each request under way a connection of its own, which the next one to its host has.

    One pool for all would look through all connections under one lock for each request, which
    with 64 threads takes three times as much processor time as the request itself.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        authorities = trusted_authorities(environment)
        # Loading the authorities takes longer than a request.
        self._authorities = httpx.create_ssl_context() if authorities is True else authorities
        self._idle: dict[tuple[str, bytes], LifoQueue[httpx.BaseTransport]] = {}

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read its answer, by the proxies that the environment names."""
        idle = self._idle.setdefault((request.url.scheme, request.url.netloc), LifoQueue())
        try:
            connection = idle.get_nowait()
        except Empty:
            proxy = _proxy(request.url)
            connection = httpx.HTTPTransport(verify=self._authorities, proxy=proxy)
        try:
            response = connection.handle_request(request)
            response.read()
            return response
        finally:
            idle.put(connection)

    @override
    def close(self) -> None:
        """Close all connections."""
        for idle in self._idle.values():
            while not idle.empty():
                idle.get().close()


def _proxy(url: httpx.URL) -> str | None:
    """Give the proxy to a host, by HTTPS_PROXY, ALL_PROXY, NO_PROXY and the like."""
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(url.host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"
