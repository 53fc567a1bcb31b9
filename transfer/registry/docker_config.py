"""The logins that docker keeps for registries, as far as its configuration file holds them."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr


@dataclass(frozen=True)
class DockerLogin:
    """A login for one registry: name and password, or a token to be exchanged."""

    username: str = ""
    password: SecretStr = field(default=SecretStr(""))
    identity_token: SecretStr = field(default=SecretStr(""))


def read_login(host: str, environment: Mapping[str, str]) -> DockerLogin | None:
    """Find the login for a registry in the folder DOCKER_CONFIG, else in ~/.docker.

    Credential helpers are not asked. An unreadable file counts as none: signing in to Azure is the
    other way.
    """
    folder = environment.get("DOCKER_CONFIG") or str(Path.home() / ".docker")
    try:
        document = json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))
        auths = document.get("auths") or {}
        return _login(auths.get(host) or auths.get(f"https://{host}") or {})
    except (OSError, ValueError, AttributeError, TypeError):
        return None


def _login(entry: Mapping[str, str]) -> DockerLogin | None:
    token = entry.get("identitytoken") or ""
    if token:
        return DockerLogin(identity_token=SecretStr(token))
    try:
        decoded = base64.b64decode(entry.get("auth") or "", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    username, _, password = decoded.partition(":")
    return DockerLogin(username, SecretStr(password)) if username and password else None
