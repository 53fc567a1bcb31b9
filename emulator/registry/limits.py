"""How many requests a registry takes in a minute; all of its callers are one identity here."""

import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

_READ = re.compile(r"/v2/.+/(manifests|blobs|tags|referrers)/.+|/v2/_catalog|/acr/v1/.+")
_REFERRERS = re.compile(r"/v2/.+/referrers/.+")


@dataclass
class RequestLimits:
    """Counts the requests of the present minute, by their class."""

    now: Callable[[], float] = time.monotonic
    _began: float = float("-inf")
    _counts: dict[str, int] = field(default_factory=dict)

    def admit(self, method: str, path: str, limits: Mapping[str, float], minute: float) -> int:
        """Count a request; give the seconds after which it may come again, 0 when it may pass.

        Args:
            limits: Requests in a minute by class, `reads`, `referrers` and `tokens`.
            minute: Length of a minute in seconds.
        """
        now = self.now()
        if now - self._began >= minute:
            self._began = now
            self._counts = {}
        kinds = [kind for kind in _kinds(method, path) if kind in limits]
        for kind in kinds:
            self._counts[kind] = self._counts.get(kind, 0) + 1
        if any(self._counts[kind] > limits[kind] for kind in kinds):
            return math.ceil(self._began + minute - now)
        return 0


def _kinds(method: str, path: str) -> list[str]:
    kinds = ["tokens"] if path.startswith("/oauth2/") else []
    if method in ("GET", "HEAD") and _READ.fullmatch(path):
        kinds.append("reads")
        if _REFERRERS.fullmatch(path):
            kinds.append("referrers")
    return kinds
