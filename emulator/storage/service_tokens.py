"""The tokens with which the transfer service signs in to storage as a pipeline's identity."""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from aiohttp import web

_PREFIX = "service."


class ServiceTokens:
    """Issues bearer tokens and reads them; they end with the process that issued them."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def issue(self, principals: Sequence[str]) -> str:
        """Give a token of someone who is all of the principals."""
        payload = urlsafe_b64encode(json.dumps(list(principals)).encode()).decode()
        return f"{_PREFIX}{payload}.{self._sign(payload)}"

    def read(self, request: web.BaseRequest) -> list[str] | None:
        """Give the principals of a request, or None when it has no token of ours."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        payload, _, signature = token.removeprefix(_PREFIX).partition(".")
        is_ours = kind.lower() == "bearer" and token.startswith(_PREFIX)
        if not is_ours or not hmac.compare_digest(signature, self._sign(payload)):
            return None
        return [str(principal) for principal in json.loads(urlsafe_b64decode(payload))]

    def _sign(self, payload: str) -> str:
        return hmac.new(self._key, payload.encode(), hashlib.sha256).hexdigest()
