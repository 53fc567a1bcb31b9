"""Threads that ask the same hosts do not wait for each other, and leave no connection behind."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from threading import Barrier, Thread

import httpx
import pytest
from typing_extensions import override

from transfer.connections import Connections


@dataclass
class Server:
    """A server that answers when as many requests are there as are to come at once."""

    address: str
    connections: set[object] = field(default_factory=set)
    asked_for: list[str] = field(default_factory=list)
    ended: SimpleQueue[object] = field(default_factory=SimpleQueue)
    barrier: Barrier = field(default_factory=lambda: Barrier(1))

    def expect(self, at_once: int) -> None:
        """Answer only when so many are there."""
        self.barrier = Barrier(at_once)


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found.connections.add(self.client_address)
            found.asked_for.append(self.path)
            found.barrier.wait(timeout=30)
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"here")

        @override
        def finish(self) -> None:
            super().finish()
            found.ended.put(self.client_address)

        @override
        def log_message(self, format: str, *_: object) -> None:
            """Say nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Server(f"http://127.0.0.1:{listening.server_port}/")
    thread = Thread(target=listening.serve_forever)
    thread.start()
    yield found
    listening.shutdown()
    thread.join()
    listening.server_close()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(transport=Connections({})) as opened:
        yield opened


def test_requests_one_after_another_share_a_connection(
    server: Server, client: httpx.Client
) -> None:
    answers = [client.get(server.address).text for _ in range(3)]

    assert answers == ["here"] * 3
    assert len(server.connections) == 1


def test_requests_at_the_same_time_do_not_wait_for_each_other(
    server: Server, client: httpx.Client
) -> None:
    server.expect(20)

    for _ in range(2):
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: client.get(server.address).text, range(20)))
        assert answers == ["here"] * 20

    assert len(server.connections) == 20


def test_a_proxy_of_the_environment_is_asked(
    server: Server, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.address)
    monkeypatch.setenv("no_proxy", "")

    assert client.get("http://registry.invalid/v2/").text == "here"
    assert server.asked_for == ["http://registry.invalid/v2/"]


def test_a_host_that_is_excepted_is_asked_without_the_proxy(
    server: Server, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.invalid")
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    assert client.get(server.address).text == "here"


def test_a_closed_client_leaves_no_connection(server: Server, client: httpx.Client) -> None:
    client.get(server.address)

    client.close()

    assert server.ended.get(timeout=30) in server.connections
