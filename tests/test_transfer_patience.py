"""Requests to registries are tried again, in limits, and wait for their place in the minute."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from pydantic import SecretStr
from transfer_support import SOURCE_HOST, TARGET_HOST, FakeClock, FakeRegistries, run_part

from emulator.registry.limits import RequestLimits as Limiter
from transfer.errors import CommandFailedError
from transfer.originals import RegistryOriginals
from transfer.patience import PREMIUM, RequestLimits
from transfer.registry.client import Registry
from transfer.verify import verify

Fault = Callable[[httpx.Request], httpx.Response]
LAYER = "sha256:" + "a" * 64


class BreakingBody(httpx.SyncByteStream):
    """An answer whose connection breaks in the middle."""

    def __iter__(self) -> Iterator[bytes]:
        yield b'{"lay'
        raise httpx.ReadError("connection reset by peer")


def dropped(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("connection reset by peer", request=request)


def half(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, stream=BreakingBody())


def late(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("timed out", request=request)


def throttled(_: httpx.Request) -> httpx.Response:
    return httpx.Response(429, headers={"retry-after": "37"})


def busy(_: httpx.Request) -> httpx.Response:
    return httpx.Response(503)


class Faulty:
    """A registry with sign-in, of which each kind of request fails once."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self.seen: list[str] = []

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        kind = f"{request.method} {request.url.path} {request.headers.get('authorization', '')}"
        self.seen.append(kind)
        if self.seen.count(kind) == 1:
            return self._fault(request)
        if request.url.path == "/oauth2/exchange":
            return httpx.Response(200, json={"refresh_token": "exchanged"})
        if request.url.path == "/oauth2/token":
            return httpx.Response(200, json={"access_token": "access"})
        if "authorization" not in request.headers:
            challenge = f'Bearer realm="https://{SOURCE_HOST}/oauth2/token"'
            return httpx.Response(401, headers={"www-authenticate": challenge})
        return httpx.Response(200, content=b'{"layers": []}')

    def open(self) -> Registry:
        """Give a registry that is read."""
        return registry_of(self.handle)


def registry_of(handle: Fault) -> Registry:
    http = httpx.Client(transport=httpx.MockTransport(handle))
    return Registry(SOURCE_HOST, http, lambda: SecretStr("aad"), {"DOCKER_CONFIG": "/none"})


@pytest.mark.parametrize("fault", [dropped, half, late, throttled, busy])
def test_one_fault_of_each_request_ends_nothing(fault: Fault, retry_clock: FakeClock) -> None:
    faulty = Faulty(fault)
    registry = faulty.open()

    assert registry.manifest("shop/web", "1") is not None
    assert registry.has_blob("shop/web", LAYER)

    kinds = [kind for kind in faulty.seen if faulty.seen.count(kind) == 2]
    assert len(set(kinds)) == 5, "read and HEAD without and with a token, exchange, token"
    assert retry_clock.slept >= (5 * 37 if fault is throttled else 5 * 0.5)


@pytest.mark.parametrize(
    ("fault", "said"), [(dropped, "cannot be reached"), (busy, "503"), (throttled, "429")]
)
def test_a_fault_that_stays_is_named_within_minutes(
    fault: Fault, said: str, retry_clock: FakeClock
) -> None:
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return fault(request)

    with pytest.raises(CommandFailedError, match=said):
        registry_of(handle).manifest("shop/web", "1")

    assert len(asked) == 5
    assert retry_clock.slept < 5 * 60


def test_an_unknown_authority_is_named_at_once(retry_clock: FakeClock) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] failed", request=request)

    with pytest.raises(CommandFailedError, match="SSL_CERT_FILE"):
        registry_of(refuse).manifest("shop/web", "1")

    assert retry_clock.slept == 0


def test_a_request_waits_for_its_place_before_it_is_sent() -> None:
    clock, sent = FakeClock(), list[float]()

    def handle(_: httpx.Request) -> httpx.Response:
        sent.append(clock.seconds())
        return httpx.Response(200)

    hooks = {"request": [RequestLimits(clock, {"reads": 20}).wait]}
    http = httpx.Client(transport=httpx.MockTransport(handle), event_hooks=hooks)

    for _ in range(39):
        http.get(f"https://{SOURCE_HOST}/v2/shop/web/manifests/1")

    assert sent == [0.0] * 19 + [60.0] * 19 + [120.0], "a twentieth is left to others"


def test_each_registry_and_class_of_request_has_its_own_places() -> None:
    clock = FakeClock()
    limits = RequestLimits(clock, {"reads": 20, "referrers": 10, "tokens": 10})
    paths = {"blobs": 9, "referrers": 9}

    for host in (SOURCE_HOST, TARGET_HOST):
        for kind, count in paths.items():
            for _ in range(count):
                limits.wait(httpx.Request("GET", f"https://{host}/v2/shop/web/{kind}/{LAYER}"))
        for _ in range(9):
            limits.wait(httpx.Request("POST", f"https://{host}/oauth2/token"))

    assert clock.seconds() == 0
    limits.wait(httpx.Request("GET", f"https://{SOURCE_HOST}/v2/shop/web/referrers/{LAYER}"))
    assert clock.seconds() == 60


class LimitedRegistries(FakeRegistries):
    """Two registries that take as many requests in a minute as Azure's do, and no more."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._limiters = {host: Limiter(clock.seconds) for host in (SOURCE_HOST, TARGET_HOST)}
        self.asked: list[tuple[str, str]] = []
        self.refused = 0

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.asked.append((request.method, str(request.url)))
        limiter = self._limiters[request.url.host]
        seconds = limiter.admit(request.method, request.url.path, PREMIUM, 60)
        if seconds:
            self.refused += 1
            return httpx.Response(429, headers={"retry-after": str(seconds)})
        return super().handle(request)


def test_500_images_of_two_platforms_are_verified_within_the_limits_of_a_registry(
    retry_clock: FakeClock,
) -> None:
    registries = LimitedRegistries(retry_clock)
    # Ten tags in each repository, with a layer of their own beside those that all share.
    shared = [f"sha256:{number:064x}" for number in range(8)]
    artifacts = []
    for number in range(500):
        repository, tag = f"shop/app{number // 10}", f"1.{number % 10}"
        platforms = []
        for platform in range(2):
            own = [f"sha256:{number:060x}{platform}{part:03}" for part in range(9)]
            platforms.append(
                registries.push_both(repository, f"p{number}{platform}", *shared, *own)
            )
        registries.push_both(repository, tag, *platforms, index=True)
        artifacts.append(f"{repository}:{tag}")
    hooks = {"request": [RequestLimits(retry_clock).wait]}
    http = httpx.Client(transport=httpx.MockTransport(registries.handle), event_hooks=hooks)
    source, target = (
        Registry(host, http, lambda: SecretStr(""), {}) for host in (SOURCE_HOST, TARGET_HOST)
    )

    found = verify([run_part(1, *artifacts)], RegistryOriginals(source), target, lambda *_: None)

    assert found.is_complete
    assert len(set(registries.asked)) == len(registries.asked) > 10_000, "each is asked once"
    assert registries.refused == 0
    assert 0 < retry_clock.seconds() < 30 * 60
