"""Serves every emulated container registry: a real OCI registry beneath an https front."""

import asyncio
import ctypes
import re
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp

from emulator.certificates import Certificates
from emulator.errors import EmulatorError
from emulator.front.proxy import Front, client_session, send
from emulator.registry.attributes import Attributes
from emulator.registry.azure_api import AzureApi
from emulator.registry.beneath import Beneath
from emulator.registry.blobs import BlobFront
from emulator.registry.front import RegistryFront
from emulator.registry.lists import Lists
from emulator.registry.login import RegistryLogin
from emulator.registry.manifest_store import ManifestStore
from emulator.registry.manifests import ManifestJournal
from emulator.registry.tokens import EVERYTHING, TokenIssuer
from emulator.registry.uploads import Uploads
from emulator.resource_types import REGISTRY_TYPE
from emulator.state import State

_SERVING = re.compile(rb"serving on port (\d+)")
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG
_STOP_SECONDS = 5.0


@dataclass
class _Registry:
    process: asyncio.subprocess.Process
    front: Front
    log: asyncio.Task[None]


class RegistryService:
    """The registries by name; the login server of each is 127.0.0.1 and a port of its own."""

    def __init__(
        self,
        state: State,
        certificates: Certificates,
        check_token: Callable[[str, str], bool],  # a registry's name, and a token
        check_application: Callable[[str, str, str], bool],  # the same, with an ID and a secret
    ) -> None:
        self._state = state
        self._certificates = certificates
        self._check_token = check_token
        self._check_application = check_application
        self._directory = state.directory / "registries"
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._tokens = TokenIssuer(self._directory / "token-key")
        self._client: aiohttp.ClientSession | None = None
        self._running: dict[str, _Registry] = {}
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Start the registries that the state knows."""
        self._client = client_session()
        try:
            for registry in self._state.list(REGISTRY_TYPE):
                await self.ensure(registry.name)
        except (OSError, EmulatorError):
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop all registries; the images stay on disk."""
        for name in list(self._running):
            await self._halt(name)
        if self._client is not None:
            await self._client.close()

    async def ensure(self, name: str) -> str:
        """Serve the registry if it is not served yet, and give its login server."""
        async with self._turn:
            if name.lower() not in self._running:
                self._running[name.lower()] = await self._run(name)
        return self.login_server(name)

    async def remove(self, name: str) -> None:
        """Stop the registry and delete its images."""
        async with self._turn:
            if name.lower() in self._running:
                await self._halt(name.lower())
        shutil.rmtree(self._directory / name.lower(), ignore_errors=True)

    def login_server(self, name: str) -> str:
        """Give the registry's address as clients write it."""
        return f"127.0.0.1:{self._state.port(f'registry:{name}')}"

    def service_token(self, name: str) -> str:
        """Issue a token of Azure's own services, for which no role at the registry is asked."""
        return self._tokens.access_token(self.login_server(name), [EVERYTHING])

    async def _run(self, name: str) -> _Registry:
        assert self._client is not None
        directory = self._directory / name.lower()
        (directory / "blobs").mkdir(parents=True, exist_ok=True, mode=0o700)
        process = await _start_crane(directory / "blobs")
        assert process.stderr is not None
        base = f"http://127.0.0.1:{await _port(process.stderr)}"
        # Nobody reads its log of requests, but a pipe that is full would stop it.
        log = asyncio.create_task(_drain(process.stderr))
        front = Front(self._state.port(f"registry:{name}"), self._certificates.server_context())
        registry = _Registry(process, front, log)
        try:
            await front.start((await self._handler(name, directory, base)).handle)
        except (OSError, aiohttp.ClientError):
            await _end(registry)
            raise
        return registry

    async def _handler(self, name: str, directory: Path, base: str) -> RegistryFront:
        assert self._client is not None
        journal = ManifestJournal(directory / "manifests")
        await _replay(journal, self._client, base)
        login = RegistryLogin(
            self.login_server(name),
            self._tokens,
            partial(self._check_token, name),
            partial(self._check_application, name),
        )
        attributes = Attributes(directory / "attributes.json")
        beneath = Beneath(self._client, base)
        store = ManifestStore(journal, attributes, beneath)
        azure = AzureApi(store, Lists(journal, attributes, login.service))
        blobs = BlobFront(Uploads(directory / "uploads"), attributes, beneath)
        return RegistryFront(login, store, azure, blobs, beneath, self._state)

    async def _halt(self, key: str) -> None:
        await _end(self._running.pop(key))


async def _start_crane(directory: Path) -> asyncio.subprocess.Process:
    crane = shutil.which("crane")
    if crane is None:
        raise EmulatorError(
            "crane is not on the PATH; the registries run in it. Run 'make setup' and use its PATH."
        )
    return await asyncio.create_subprocess_exec(
        *(crane, "registry", "serve", "--address", "127.0.0.1:0", "--disk", directory),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        process_group=0,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
    )


async def _port(log: asyncio.StreamReader) -> int:
    lines = b""
    while line := await log.readline():
        lines += line
        if found := _SERVING.search(line):
            return int(found[1])
    raise EmulatorError(
        f"crane ended by itself: {lines.decode(errors='replace').strip()}. The registries run in "
        "it. Run 'crane registry serve' by hand to see why."
    )


async def _drain(log: asyncio.StreamReader) -> None:
    while await log.read(65536):
        pass


async def _replay(journal: ManifestJournal, client: aiohttp.ClientSession, base: str) -> None:
    for change in journal.changes():
        url = f"{base}/v2/{change.repository}/manifests/{change.reference}"
        if change.digest:
            headers = {"Content-Type": change.media_type}
            answer = send(client, "PUT", url, headers, journal.body(change.digest))
        else:
            answer = send(client, "DELETE", url, {})
        async with answer:
            pass


async def _end(registry: _Registry) -> None:
    await registry.front.stop()
    if registry.process.returncode is None:
        registry.process.terminate()
    try:
        await asyncio.wait_for(registry.process.wait(), _STOP_SECONDS)
    except TimeoutError:
        registry.process.kill()
        await registry.process.wait()
    await registry.log


_LIBC = ctypes.CDLL(None)


def _die_with_parent() -> None:
    _LIBC.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
