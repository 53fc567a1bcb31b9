"""Connections of many threads to the same few hosts."""

from collections.abc import Mapping
from queue import Empty, LifoQueue

import httpx
from typing_extensions import override

from transfer.azure.endpoints import trusted_authorities


class Connections(httpx.BaseTransport):
    """Lends each request under way a client of its own, with its own connections.

    One client for all would look through all connections under one lock for each request, which
    with 64 threads takes three times as much processor time as the request itself.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        authorities = trusted_authorities(environment)
        # Loading the authorities takes longer than a request.
        self._authorities = httpx.create_ssl_context() if authorities is True else authorities
        self._idle: LifoQueue[httpx.Client] = LifoQueue()

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read its answer, by the proxies that the environment names."""
        client = self._lend()
        try:
            return client.send(request)
        finally:
            self._idle.put(client)

    @override
    def close(self) -> None:
        """Close all connections."""
        while not self._idle.empty():
            self._idle.get().close()

    def _lend(self) -> httpx.Client:
        try:
            return self._idle.get_nowait()
        except Empty:
            return httpx.Client(verify=self._authorities)
