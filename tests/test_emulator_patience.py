"""Faults and limits that the emulator gives on request, and the command that passes them."""

import asyncio
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from azure.core.pipeline.transport import HttpTransport
from data_cloud import CONTAINER, DataCloud, cloud, in_cloud, push_image
from pydantic import SecretStr
from transfer_support import FakeClock, run_part

from components.model.contract import ContainerPart
from emulator.registry.limits import RequestLimits as Limiter
from emulator.settings import Fault, Settings
from emulator.state import Resource
from transfer.clock import Clock
from transfer.copy.blobs import Container, open_transport
from transfer.originals import RegistryOriginals
from transfer.patience import RequestLimits
from transfer.registry.client import Registry
from transfer.verify import Verification, verify

__all__ = ["cloud"]

pytestmark = pytest.mark.xdist_group("data")

FAULTS = [
    Fault("/v2/*", "GET", status=0),
    Fault("/v2/*", "HEAD", status=0),
    Fault("/v2/*/manifests/*", status=503, code="UNAVAILABLE"),
    Fault("/oauth2/exchange", status=0),
    Fault("/oauth2/token", status=429, code="TOOMANYREQUESTS"),
]


@pytest.fixture(autouse=True)
def asked_for(cloud: DataCloud) -> Iterator[None]:
    """Take back what a test asks the emulator for."""
    yield
    cloud.state.settings = Settings()


@contextmanager
def read(
    cloud: DataCloud, registry: Resource, **hooks: Callable[[Any], None]
) -> Iterator[Registry]:
    """Give a registry that is read as the command does it."""
    server = cloud.registries.login_server(registry.name)
    nothing = {"DOCKER_CONFIG": str(cloud.directory / "none")}
    with httpx.Client(
        verify=cloud.certificates.client_context(),
        event_hooks={kind: [hook] for kind, hook in hooks.items()},
    ) as http:
        yield Registry(server, http, lambda: SecretStr("emulator.user"), nothing)


async def verified(there: Registry, *artifacts: str) -> Verification:
    runs = [run_part(1, *artifacts)]
    return await asyncio.to_thread(verify, runs, RegistryOriginals(there), there, lambda *_: None)


@pytest.mark.usefixtures("retry_clock")
@in_cloud
async def test_dropped_connections_and_busy_answers_end_no_verification(cloud: DataCloud) -> None:
    registry, client = await cloud.registry()
    await push_image(client, "app", "v1")
    cloud.state.settings.faults = [Fault(**vars(fault)) for fault in FAULTS]

    with read(cloud, registry) as there:
        found = await verified(there, "app:v1")

    assert found.is_complete
    assert [fault.target for fault in cloud.state.settings.faults if fault.count] == []


@in_cloud
async def test_a_dropped_connection_to_storage_ends_no_look_at_a_blob(
    cloud: DataCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HttpTransport, "sleep", lambda *_: None)
    account = await cloud.account()
    sas = cloud.sas(account, "rcw")
    async with cloud.container(account, sas) as container:
        await container.upload_blob("blob", b"content")
    cloud.state.settings.faults = [
        Fault("storage", "HEAD", status=0),
        Fault(f"/{account.name}/*", "HEAD", status=503, code="ServerBusy"),
    ]
    part = ContainerPart(account_id=account.id, container=CONTAINER, uri=cloud.uri(account))
    trusted = {"SSL_CERT_FILE": str(cloud.certificates.ca_file)}

    here = Container("source", part, SecretStr(sas), lambda: open_transport(trusted))
    found = await asyncio.to_thread(here.head_blobs, ["blob", "other"])

    assert found["other"] is None
    assert found["blob"] is not None
    assert found["blob"].length == len(b"content")
    assert [fault.target for fault in cloud.state.settings.faults if fault.count] == []


@in_cloud
async def test_a_verification_ends_under_the_limits_of_a_registry(cloud: DataCloud) -> None:
    registry, client = await cloud.registry()
    names = [f"app{number}" for number in range(20)]
    for name in names:
        await push_image(client, name, "v1")
    settings = cloud.state.settings
    # A minute of a second, and a client that knows it; a machine that is slow at times meets 429.
    settings.registry_limits, settings.limit_seconds = {"reads": 60, "tokens": 60}, 1
    clock = Clock()
    limits = RequestLimits(clock, settings.registry_limits, minute_seconds=1)
    began = clock.seconds()

    with read(cloud, registry, request=limits.wait) as there:
        found = await verified(there, *(f"{name}:v1" for name in names))

    assert found.is_complete
    assert clock.seconds() - began > 1, "it takes more than the requests of one minute"


@in_cloud
async def test_a_registry_refuses_what_is_over_its_limit_and_lets_azures_own_services_pass(
    cloud: DataCloud,
) -> None:
    registry, client = await cloud.registry()
    await push_image(client, "app", "v1")
    cloud.state.settings.registry_limits = {"reads": 2}
    url = f"https://{cloud.registries.login_server(registry.name)}/v2/app/manifests/v1"

    answers = []
    for _ in range(3):
        async with cloud.client.get(url) as answer:
            answers.append(answer)

    assert [answer.status for answer in answers] == [401, 401, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    token = cloud.registries.service_token(registry.name)
    async with cloud.client.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
        assert answer.status == 200


@in_cloud
async def test_each_request_to_a_registry_takes_as_long_as_is_asked_for_and_is_counted(
    cloud: DataCloud,
) -> None:
    registry, client = await cloud.registry()
    await push_image(client, "app", "v1")
    cloud.state.settings.registry_seconds = 0.1
    cloud.state.requests.clear()
    clock = Clock()
    began = clock.seconds()

    with read(cloud, registry) as there:
        await asyncio.to_thread(there.tags, "app")

    assert clock.seconds() - began >= 4 * 0.1
    assert cloud.state.requests == {"GET tags": 2, "POST oauth2": 2}


def test_what_is_over_the_limit_is_told_when_to_come_again() -> None:
    clock = FakeClock()
    limiter = Limiter(clock.seconds)
    limits = {"reads": 2, "referrers": 1}
    manifest, referrers = "/v2/app/manifests/v1", "/v2/app/referrers/sha256:1"

    assert [limiter.admit("GET", manifest, limits, 60) for _ in range(3)] == [0, 0, 60]
    clock.sleep(40.5)
    assert limiter.admit("HEAD", manifest, limits, 60) == math.ceil(19.5)
    assert limiter.admit("PUT", manifest, limits, 60) == 0
    clock.sleep(20)
    assert [limiter.admit("GET", referrers, limits, 60) for _ in range(2)] == [0, 60]
