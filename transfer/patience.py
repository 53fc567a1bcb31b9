"""Patience with registries: requests are tried again, and none is sent too early."""

from collections import deque
from collections.abc import Mapping
from threading import Lock
from types import MappingProxyType

import httpx
from httpx_retries import Retry
from typing_extensions import override

from transfer.clock import Clock
from transfer.stopping import pause

BUSY = frozenset({429, 500, 502, 503, 504})
_MINUTE_SECONDS = 60.0
# What a Premium registry takes from one identity in a minute; of tokens, from all together.
# https://learn.microsoft.com/azure/container-registry/container-registry-skus
PREMIUM: Mapping[str, int] = MappingProxyType(
    {"reads": 10_000, "referrers": 1_000, "tokens": 20_000}
)
# The rest is for others of the same identity, and for requests that travel longer than others.
_OWN_SHARE = 0.95


class _Patience(Retry):
    """Tries again whatever may pass by itself, which an unknown authority does not."""

    def is_retryable_exception(self, exception: Exception) -> bool:
        """Tell whether another attempt may end otherwise."""
        return "CERTIFICATE" not in str(exception).upper() and super().is_retryable_exception(
            exception
        )

    @override
    def sleep(self, response: httpx.Response | Exception) -> None:
        """Wait before another attempt; a Ctrl-C ends that."""
        pause(self._calculate_sleep(getattr(response, "headers", {})))


PATIENCE = _Patience(
    total=4,
    # Those of a token are repeated as safely as reads.
    allowed_methods=("GET", "HEAD", "POST"),
    status_forcelist=BUSY,
    backoff_factor=0.5,
    backoff_jitter=0.5,
    # A registry that has had too many requests counts down from a minute in Retry-After.
    max_backoff_wait=_MINUTE_SECONDS,
)


class RequestLimits:
    """Has requests wait for their place in the minute, by registry and class of request.

    It is an event hook of a client: what waits is not sent yet, and no time-out runs.
    """

    def __init__(
        self,
        clock: Clock,
        per_minute: Mapping[str, float] = PREMIUM,
        minute_seconds: float = _MINUTE_SECONDS,
    ) -> None:
        self._clock = clock
        self._minute_seconds = minute_seconds
        self._places = {kind: int(count * _OWN_SHARE) for kind, count in per_minute.items()}
        self._lock = Lock()
        self._taken: dict[tuple[str, str], deque[float]] = {}

    def wait(self, request: httpx.Request) -> None:
        """Wait until a request may be sent."""
        kinds = [kind for kind in _kinds(request.url.path) if kind in self._places]
        with self._lock:
            now = self._clock.seconds()
            lists = [self._list(request.url.netloc.decode(), kind) for kind in kinds]
            full = [taken[0] for taken in lists if len(taken) == taken.maxlen]
            due = max([now, *(oldest + self._minute_seconds for oldest in full)])
            for taken in lists:
                taken.append(due)
        # Also where nothing is due: once somebody asked to stop, no request is begun.
        self._clock.sleep(due - now)

    def _list(self, host: str, kind: str) -> deque[float]:
        return self._taken.setdefault((host, kind), deque(maxlen=self._places[kind]))


def _kinds(path: str) -> tuple[str, ...]:
    if path.startswith("/oauth2/"):
        return ("tokens",)
    # A list of referrers counts as a read, too.
    return ("reads", "referrers") if "/referrers/" in path else ("reads",)
