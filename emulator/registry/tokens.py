"""Issues and reads the tokens of the registries' sign-in; they outlive a restart."""

import base64
import binascii
import secrets
from dataclasses import dataclass
from pathlib import Path

from emulator.private_files import write_private
from emulator.signed_tokens import SignedTokens
from emulator.values import JsonObject, objects, text, texts

REFRESH_SECONDS = 3 * 3600
ACCESS_SECONDS = 75 * 60
# The user name that stands for "the password is a token" at a container registry.
TOKEN_USER = "00000000-0000-0000-0000-000000000000"


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
            write_private(key_file, secrets.token_bytes(32))
        self._tokens = SignedTokens(key_file.read_bytes())

    def refresh_token(self, service: str) -> str:
        """Issue what stands for a person who has signed in."""
        return self._issue(service, {"grant_type": "refresh_token"}, REFRESH_SECONDS)

    def access_token(self, service: str, access: list[Access]) -> str:
        """Issue what a request carries."""
        allowed: list[JsonObject] = [
            {"type": one.kind, "name": one.name, "actions": sorted(one.actions)} for one in access
        ]
        claims: JsonObject = {"grant_type": "access_token", "access": allowed}
        return self._issue(service, claims, ACCESS_SECONDS)

    def is_refresh_token(self, token: str, service: str) -> bool:
        """Tell whether it is a refresh token of this registry that still holds."""
        return text(self._tokens.read(token, service), "grant_type") == "refresh_token"

    def read_access(self, token: str, service: str) -> list[Access] | None:
        """Give what an access token allows; None when it is not one, or not for this registry."""
        claims = self._tokens.read(token, service)
        if text(claims, "grant_type") != "access_token":
            return None
        return [
            Access(text(one, "type"), text(one, "name"), frozenset(texts(one, "actions")))
            for one in objects(claims, "access")
        ]

    def _issue(self, service: str, claims: JsonObject, seconds: int) -> str:
        issuer = {"iss": "Azure Container Registry"}
        return self._tokens.issue(service, issuer | claims, seconds=seconds)


def basic_login(header: str) -> tuple[str, str]:
    """Give user and password of a basic Authorization header; both empty without one."""
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return "", ""
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, password
