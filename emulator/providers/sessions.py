"""The control socket: each engine that knocks gets a provider session of its own."""

import asyncio
import os
from ast import literal_eval
from collections.abc import Mapping
from pathlib import Path

import grpc
from pulumi.runtime.proto.provider_pb2_grpc import (
    ResourceProviderServicer,
    add_ResourceProviderServicer_to_server,
)

from emulator.account import Account
from emulator.arm.manager import ResourceManager
from emulator.errors import EmulatorError
from emulator.providers.azure_native import AzureNativeProvider
from emulator.providers.plugins import AZURE_NATIVE, RANDOM
from emulator.providers.random import RandomProvider
from emulator.values import JsonObject, text

_MESSAGE_LIMIT = 400 * 1024 * 1024  # the engine's own


class Sessions:
    """Listens for plugin executables; a session lasts as long as its connection."""

    def __init__(
        self, managers: Mapping[str, ResourceManager], account: Account, path: Path
    ) -> None:
        self._managers = managers
        self._account = account
        self._path = path
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; only the owner of the state may connect."""
        self._path.unlink(missing_ok=True)
        mask = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._accept, self._path)
        finally:
            os.umask(mask)

    async def stop(self) -> None:
        """End all sessions."""
        if self._server is not None:
            self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        self._path.unlink(missing_ok=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server: grpc.aio.Server | None = None
        try:
            hello: JsonObject = literal_eval((await reader.readline()).decode())
            server = grpc.aio.server(options=_options())
            add_ResourceProviderServicer_to_server(self._provider(hello), server)
            port = server.add_insecure_port("127.0.0.1:0")
            await server.start()
            writer.write(f"{port}\n".encode())
            await reader.read()  # until the plugin is gone
        except (ValueError, SyntaxError, EmulatorError) as exc:
            writer.write(f"{exc}\n".encode())
        except ConnectionError:
            pass
        finally:
            writer.close()
            if server is not None:
                await server.stop(None)

    def _provider(self, hello: JsonObject) -> ResourceProviderServicer:
        match text(hello, "provider"):
            case str(name) if name == AZURE_NATIVE:
                variables = {key: str(value) for key, value in hello.items()}
                return AzureNativeProvider(self._managers, self._account, variables)
            case str(name) if name == RANDOM:
                return RandomProvider()
            case name:
                raise EmulatorError(f"The emulator does not have the provider '{name}'.")


def _options() -> list[tuple[str, int]]:
    return [
        ("grpc.max_receive_message_length", _MESSAGE_LIMIT),
        ("grpc.max_send_message_length", _MESSAGE_LIMIT),
    ]
