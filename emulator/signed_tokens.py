"""Bearer tokens: JSON that one key has signed, for one audience and for a time."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import jwt
from aiohttp import web

from emulator.values import JsonObject, text

_ALGORITHM = "HS256"


@dataclass(frozen=True)
class SignedTokens:
    """Issues the tokens of one key, which has 32 bytes, and reads them."""

    key: bytes = field(repr=False)

    def issue(self, audience: str, claims: Mapping[str, object], *, seconds: int) -> str:
        """Give a token that says some claims to an audience."""
        now = int(time.time())
        body = {**claims, "aud": audience, "iat": now, "exp": now + seconds}
        return jwt.encode(body, self.key, algorithm=_ALGORITHM)

    def read(self, token: str, audience: str) -> JsonObject:
        """Give a token's claims; none when it is not ours, not for the audience or too old."""
        return self._claims(token, audience)

    def audience(self, token: str) -> str:
        """Give whom a token is for; "" when it is not ours or too old."""
        return text(self._claims(token, None), "aud")

    def _claims(self, token: str, audience: str | None) -> JsonObject:
        options: jwt.types.Options = {"verify_aud": audience is not None, "require": ["aud", "exp"]}
        try:
            return jwt.decode(
                token, self.key, algorithms=[_ALGORITHM], audience=audience, options=options
            )
        except (jwt.InvalidTokenError, UnicodeError):  # a header may hold bytes that are no text
            return {}


def bearer_token(request: web.BaseRequest) -> str:
    """Give the bearer token of a request, or "" when it has none."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind.lower() == "bearer" else ""
