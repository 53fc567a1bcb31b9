"""The running emulator: one process, one event loop, everything started and stopped in order."""

import asyncio
import errno
import re
import shutil
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from emulator import account
from emulator.arm.base import Caller, Cloud
from emulator.arm.manager import ResourceManager
from emulator.arm.tenants import claim, tenant_of
from emulator.certificates import Certificates
from emulator.environment import front_port, proxy_port
from emulator.errors import EmulatorError
from emulator.front.login import Tokens
from emulator.front.name_proxy import NameProxy
from emulator.front.server import HttpsFront
from emulator.host_names import DISCOVERY, account_of, cloud_of_vault
from emulator.providers import plugins
from emulator.providers.sessions import Sessions
from emulator.registry.service import RegistryService
from emulator.resource_types import REGISTRY_TYPE
from emulator.state import State
from emulator.storage.service import BlobService
from emulator.transfer_service.worker import TransferWorker
from emulator.values import same


class App:
    """The emulated clouds over one state, brought up from its directory."""

    def __init__(self, directory: Path) -> None:
        _check_tools()
        certificates = Certificates(directory / "certificates")
        who = self._who = account.load(directory)
        self.state = State(directory)
        caller = who.default.caller
        claim(self.state, f"/subscriptions/{caller.subscription_id}", caller.tenant_id)
        self.blobs = BlobService(self.state, certificates, self._caller)
        self.registries = RegistryService(
            self.state, certificates, self._admits, self._admits_application
        )
        self.worker = TransferWorker(self.state, self.blobs, self.registries)
        self.tokens: list[Tokens] = []
        self.fronts: list[HttpsFront] = []
        managers: dict[str, ResourceManager] = {}
        for name in account.CLOUDS:
            port = front_port(self.state, name)
            tokens = Tokens(who, name, f"https://127.0.0.1:{port}")
            cloud = Cloud(self.state, self.blobs, self.registries, self.worker, tokens.url)
            managers[name] = ResourceManager(cloud)
            context = certificates.server_context()
            self.fronts.append(HttpsFront(managers[name], tokens, port, context))
            self.tokens.append(tokens)
        self.names = NameProxy(proxy_port(self.state), self._port_of)
        self._managers = managers
        self.sessions = Sessions(managers, who, _socket(directory))
        self._stops: list[Callable[[], Awaitable[None]]] = []

    async def start(self) -> None:
        """Start everything; what was started is stopped again when something fails."""
        directory = self.state.directory
        (directory / "pulumi-state").mkdir(exist_ok=True)
        plugins.install(directory / "pulumi-home", _socket(directory))
        try:
            services: tuple[_Service, ...] = (
                self.blobs,
                self.registries,
                *self.fronts,
                self.names,
                self.sessions,
            )
            for service in services:
                await service.start()
                self._stops.insert(0, service.stop)
            await self._managers[account.FIRST_CLOUD].finish(self._who.default.caller)
            self._stops[:0] = [manager.transitions.stop for manager in self._managers.values()]
            self.worker.start()
            self._stops.insert(0, self.worker.stop)
        except OSError as exc:
            await self.stop()
            raise _readable(exc) from exc
        except EmulatorError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop everything, the last started first."""
        while self._stops:
            await self._stops.pop(0)()

    def _admits(self, registry_name: str, token: str) -> bool:
        """Tell whether a registry takes a token: one of its own tenant."""
        caller = self._caller(token)
        return caller is not None and self._is_of_tenant(registry_name, caller.tenant_id)

    def _admits_application(self, registry_name: str, client_id: str, secret: str) -> bool:
        """Tell whether a registry takes an application's ID and secret: one of its own tenant."""
        tenant_id = self._who.tenant_of_application(client_id, secret)
        return tenant_id is not None and self._is_of_tenant(registry_name, tenant_id)

    def _is_of_tenant(self, registry_name: str, tenant_id: str) -> bool:
        return any(
            same(tenant_of(self.state, registry.id), tenant_id)
            for registry in self.state.list(REGISTRY_TYPE)
            if same(registry.name, registry_name)
        )

    def _port_of(self, host: str) -> int | None:
        """Give the port of the service that a host name stands for."""
        cloud = account.FIRST_CLOUD if host == DISCOVERY else cloud_of_vault(host)
        if cloud:
            return front_port(self.state, cloud)
        return self.blobs.port if account_of(host) else None

    def _caller(self, token: str) -> Caller | None:
        """Tell who has a token of either cloud."""
        callers = (tokens.read(token) for tokens in self.tokens)
        return next((caller for caller in callers if caller is not None), None)


async def run(directory: Path, ready: Callable[[], None]) -> None:
    """Run a cloud until the process is asked to end."""
    app = App(directory)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await app.start()
    try:
        ready()
        await ended.wait()
    finally:
        await app.stop()


class _Service(Protocol):
    async def start(self) -> None: ...

    async def stop(self) -> None: ...


def _socket(directory: Path) -> Path:
    return directory.resolve() / "control.sock"


def _check_tools() -> None:
    for tool, use in (("crane", "the registries run"), ("azurite-blob", "the blobs lie")):
        if shutil.which(tool) is None:
            raise EmulatorError(
                f"{tool} is not on the PATH; {use} in it. "
                "Run 'make setup' and put .venv/bin and .tools/bin on the PATH."
            )


def _readable(error: OSError) -> EmulatorError:
    found = re.search(r"'127\.0\.0\.1', (\d+)", str(error))
    if error.errno != errno.EADDRINUSE or found is None:
        return EmulatorError(f"The emulator cannot start: {error}.")
    return EmulatorError(
        f"Port {found[1]} is taken by another program. An emulated cloud keeps its ports, so that "
        "its addresses survive a restart. End that program (find it with "
        f"'ss -ltnp sport = :{found[1]}'), or run 'python -m emulator purge' for a new cloud."
    )
