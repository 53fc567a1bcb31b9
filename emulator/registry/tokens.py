"""Issues and reads the tokens of the registries' sign-in; they outlive a restart."""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from emulator.values import JsonObject, number, objects, text, texts

REFRESH_SECONDS = 3 * 3600
ACCESS_SECONDS = 75 * 60
# The user name that stands for "the password is a token" at a container registry.
TOKEN_USER = "00000000-0000-0000-0000-000000000000"

_HEADER = {"alg": "HS256", "typ": "JWT"}


@dataclass(frozen=True)
class Access:
    """One thing that a token allows, or a request needs: kind, name, actions."""

    kind: str
    name: str
    actions: frozenset[str]

    @classmethod
    def parse(cls, scope: str) -> "Access":
        """Read `repository:team/app:pull,push`."""
        kind, _, rest = scope.partition(":")
        name, _, actions = rest.rpartition(":")
        return cls(kind, name, frozenset(actions.split(",")))

    def allows(self, needed: "Access") -> bool:
        """Tell whether what is needed is within this."""
        if self.kind == "*":
            return True
        same_thing = (self.kind, self.name) == (needed.kind, needed.name)
        return same_thing and ("*" in self.actions or needed.actions <= self.actions)

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}:{','.join(sorted(self.actions))}"


EVERYTHING = Access("*", "*", frozenset("*"))


class TokenIssuer:
    """Signs tokens for one registry after another; a token is good at the registry it names."""

    def __init__(self, key_file: Path) -> None:
        if not key_file.exists():
            descriptor = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(secrets.token_bytes(32))
        self._key = key_file.read_bytes()

    def refresh_token(self, service: str) -> str:
        """Issue what stands for a person who has signed in."""
        return self._issue({"aud": service, "grant_type": "refresh_token"}, REFRESH_SECONDS)

    def access_token(self, service: str, access: list[Access]) -> str:
        """Issue what a request carries."""
        allowed: list[JsonObject] = [
            {"type": one.kind, "name": one.name, "actions": sorted(one.actions)} for one in access
        ]
        claims: JsonObject = {"aud": service, "grant_type": "access_token", "access": allowed}
        return self._issue(claims, ACCESS_SECONDS)

    def is_refresh_token(self, token: str, service: str) -> bool:
        """Tell whether it is a refresh token of this registry that still holds."""
        return self._read(token, service, "refresh_token") is not None

    def read_access(self, token: str, service: str) -> list[Access] | None:
        """Give what an access token allows; None when it is not one, or not for this registry."""
        claims = self._read(token, service, "access_token")
        if claims is None:
            return None
        return [
            Access(text(one, "type"), text(one, "name"), frozenset(texts(one, "actions")))
            for one in objects(claims, "access")
        ]

    def _issue(self, claims: JsonObject, seconds: int) -> str:
        now = int(time.time())
        body = {"iss": "Azure Container Registry", **claims, "iat": now, "exp": now + seconds}
        signed = f"{_encode(json.dumps(_HEADER))}.{_encode(json.dumps(body))}"
        return f"{signed}.{self._signature(signed)}"

    def _read(self, token: str, service: str, kind: str) -> JsonObject | None:
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(signed).encode()):
            return None
        claims = _decode(signed.partition(".")[2])
        is_meant = text(claims, "aud") == service and text(claims, "grant_type") == kind
        return claims if is_meant and number(claims, "exp") > time.time() else None

    def _signature(self, signed: str) -> str:
        return _encode(hmac.new(self._key, signed.encode(), hashlib.sha256).digest())


def basic_password(header: str, user: str) -> str | None:
    """Give the password of a basic Authorization header if it names the user."""
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return password if name == user else None


def _encode(data: str | bytes) -> str:
    raw = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(part: str) -> JsonObject:
    document = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    assert isinstance(document, dict)
    return document
