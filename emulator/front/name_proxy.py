"""A proxy through which clients reach vaults and storage accounts by their host names."""

import asyncio
import contextlib
from collections.abc import Callable

_HEAD_SECONDS = 10.0
_CHUNK_BYTES = 256 * 1024


class NameProxy:
    """Opens tunnels (`CONNECT`) from host names to ports of this machine, and to nowhere else.

    Names that end with localhost would need no proxy, but glibc resolves none of them by itself.
    """

    def __init__(self, port: int, port_of: Callable[[str], int | None]) -> None:
        self._port = port
        self._port_of = port_of
        self._server: asyncio.Server | None = None
        self._tunnels: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; a port that is taken is the system's OSError."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)

    async def stop(self) -> None:
        """Stop listening and end what is open."""
        if self._server is not None:
            self._server.close()
        for tunnel in self._tunnels:
            tunnel.cancel()
        await asyncio.gather(*self._tunnels, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tunnel = asyncio.create_task(self._serve(reader, writer))
        self._tunnels.add(tunnel)
        tunnel.add_done_callback(self._tunnels.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError, EOFError, asyncio.LimitOverrunError):
            try:
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _HEAD_SECONDS)
                method, _, rest = head.decode("latin-1").partition(" ")
                host = rest.partition(" ")[0].rpartition(":")[0]
                port = self._port_of(host) if method == "CONNECT" else None
                if port is None:
                    writer.write(_refusal(host))
                    await writer.drain()
                else:
                    await _tunnel(reader, writer, port)
            finally:
                await _close(writer)


async def _tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        async with asyncio.TaskGroup() as group:
            group.create_task(_pump(reader, far_writer))
            group.create_task(_pump(far_reader, writer))
    except* OSError:
        pass  # one side is gone, which ends the tunnel
    finally:
        await _close(far_writer)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK_BYTES):
        writer.write(chunk)
        await writer.drain()
    writer.write_eof()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def _refusal(host: str) -> bytes:
    text = f"'{host}' is no vault or storage account of the emulated cloud.\n".encode()
    head = f"HTTP/1.1 403 Forbidden\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
    return head.encode() + text
