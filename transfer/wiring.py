"""A session on the real engine, with the clouds, registries and storage that it reaches."""

import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Self

import httpx

from components.model.names import SIDES
from transfer.azure.cloud import AzureCloud
from transfer.azure.cloud_access import Access, SignIns
from transfer.clock import Clock
from transfer.connections import Connections
from transfer.console import Console
from transfer.copy.blobs import open_transport
from transfer.engine import Engine, find_engine
from transfer.pair import Pair
from transfer.patience import RequestLimits
from transfer.session import Network, Session
from transfer.stack_file import project_directory
from transfer.stack_names import stack_of
from transfer.stacks import PulumiStack

# With the clients of Azure's management, which only a check needs.
if TYPE_CHECKING:
    from transfer.check.read.reader import Reader

_HTTP_TIMEOUT_SECONDS = 60


def open_session(pair: Pair, environment: Mapping[str, str], *, as_json: bool) -> Session:
    """Give a session on the real engine and the clouds that stacks and environment name.

    With a report in JSON, what is shown meanwhile goes to stderr.

    Raises:
        WrongUseError: the directory is in no Pulumi project.
        CommandFailedError: there is no engine.
    """
    project_directory(pair.directory)
    return Machine.of(environment).session(pair, Console(sys.stderr if as_json else sys.stdout))


@dataclass(frozen=True)
class Machine:
    """What all sessions of a call have in common, so that many of them keep to one limit."""

    engine: Engine
    http: httpx.Client
    clock: Clock
    environment: Mapping[str, str]

    @classmethod
    def of(cls, environment: Mapping[str, str], clock: Clock | None = None) -> Self:
        """Find the engine, and prepare for requests.

        Raises:
            CommandFailedError: there is no engine.
        """
        _quieten()
        clock = clock or Clock()
        http = httpx.Client(
            transport=Connections(environment),
            timeout=_HTTP_TIMEOUT_SECONDS,
            event_hooks={"request": [RequestLimits(clock).wait]},
        )
        return cls(find_engine(), http, clock, environment)

    def session(self, pair: Pair, console: Console) -> Session:
        """Open a session for a pair of stacks.

        Raises:
            WrongUseError: the directory is in no Pulumi project.
        """
        source, target = (stack_of(side, pair.stack(side), pair.directory) for side in SIDES)
        pair = replace(pair, source=source, target=target)
        sign_ins = SignIns(self.environment)
        return Session(
            pair,
            open_stack=lambda name: PulumiStack(name, pair.directory, self.engine, console),
            connect_cloud=lambda side, stack: AzureCloud(sign_ins.access(side, stack), self.clock),
            open_reader=lambda side, stack: _open_reader(sign_ins.access(side, stack)),
            network=Network(self.http, partial(open_transport, self.environment)),
            console=console,
            clock=self.clock,
            environment=self.environment,
        )


def _quieten() -> None:
    # The Azure clients log what their errors say again; without a handler that lands on stderr.
    logging.getLogger("azure").addHandler(logging.NullHandler())
    # httpx writes each address that it asks, with the SAS in it.
    logging.getLogger("httpx").setLevel(logging.WARNING)


def _open_reader(access: Access) -> "Reader":
    from transfer.check.read.reader import AzureReader

    return AzureReader(access)
