"""The tokens with which the transfer service signs in to storage as a pipeline's identity."""

import secrets
from collections.abc import Sequence

from aiohttp import web

from emulator.signed_tokens import SignedTokens, bearer_token
from emulator.values import texts

_AUDIENCE = "https://storage.azure.com"
# As a managed identity's in Azure: a run, whose one token it is, ends within that.
_LIFETIME_SECONDS = 24 * 3600


class ServiceTokens:
    """Issues bearer tokens and reads them; they end with the process that issued them."""

    def __init__(self) -> None:
        self._tokens = SignedTokens(secrets.token_bytes(32))

    def issue(self, principals: Sequence[str]) -> str:
        """Give a token of someone who is all of the principals."""
        claims = {"principals": list(principals)}
        return self._tokens.issue(_AUDIENCE, claims, seconds=_LIFETIME_SECONDS)

    def read(self, request: web.BaseRequest) -> list[str] | None:
        """Give the principals of a request, or None when it has no token of ours."""
        claims = self._tokens.read(bearer_token(request), _AUDIENCE)
        return texts(claims, "principals") if claims else None
