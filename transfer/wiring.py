"""A session on the real engine, with the clouds, registries and storage that it reaches."""

import logging
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import httpx

from components.model.names import SIDES
from transfer.azure.cloud import AzureCloud
from transfer.azure.cloud_access import Access, SignIns
from transfer.azure.endpoints import trusted_authorities
from transfer.clock import Clock
from transfer.console import Console
from transfer.copy.blobs import open_transport
from transfer.engine import find_engine
from transfer.pair import Pair
from transfer.patience import RequestLimits
from transfer.session import Network, Session
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
    source, target = (stack_of(side, pair.stack(side), pair.directory) for side in SIDES)
    pair = replace(pair, source=source, target=target)
    # The Azure clients log what their errors say again; without a handler that lands on stderr.
    logging.getLogger("azure").addHandler(logging.NullHandler())
    # httpx writes each address that it asks, with the SAS in it.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    console = Console(sys.stderr if as_json else sys.stdout)
    engine = find_engine()
    sign_ins = SignIns(environment)
    clock = Clock()
    http = httpx.Client(
        verify=trusted_authorities(environment),
        timeout=_HTTP_TIMEOUT_SECONDS,
        event_hooks={"request": [RequestLimits(clock).wait]},
    )
    return Session(
        pair,
        open_stack=lambda name: PulumiStack(name, pair.directory, engine, console),
        connect_cloud=lambda side, stack: AzureCloud(sign_ins.access(side, stack), clock),
        open_reader=lambda side, stack: _open_reader(sign_ins.access(side, stack)),
        network=Network(http, partial(open_transport, environment)),
        console=console,
        clock=clock,
        environment=environment,
    )


def _open_reader(access: Access) -> "Reader":
    from transfer.check.read.reader import AzureReader

    return AzureReader(access)
