"""The logins that docker keeps for registries: in its configuration file, or with a helper."""

import base64
import binascii
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

_HELPER = re.compile(r"[\w.-]+")
# A helper may ask for a key chain to be opened.
_HELPER_SECONDS = 60


@dataclass(frozen=True)
class DockerLogin:
    """A login for one registry: name and password, or a token to be exchanged."""

    username: str = ""
    password: SecretStr = field(default=SecretStr(""))
    identity_token: SecretStr = field(default=SecretStr(""))


def read_login(host: str, environment: Mapping[str, str]) -> DockerLogin | None:
    """Find the login for a registry in the folder DOCKER_CONFIG, else in ~/.docker.

    A credential helper is asked if the file names one. An unreadable file, and a helper that fails,
    count as none: signing in to Azure is the other way.
    """
    folder = environment.get("DOCKER_CONFIG") or str(Path.home() / ".docker")
    try:
        document = json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))
        helper = (document.get("credHelpers") or {}).get(host) or document.get("credsStore")
        kept = _ask(helper, host, environment) if helper else None
        auths = document.get("auths") or {}
        return kept or _login(auths.get(host) or auths.get(f"https://{host}") or {})
    except (OSError, ValueError, AttributeError, TypeError):
        return None


def _ask(helper: str, host: str, environment: Mapping[str, str]) -> DockerLogin | None:
    """Ask a credential helper, by its name in the configuration.

    https://github.com/docker/docker-credential-helpers#development
    """
    # A path in its name would start any program.
    is_name = _HELPER.fullmatch(helper) is not None
    program = shutil.which(f"docker-credential-{helper}", path=environment.get("PATH"))
    if program is None or not is_name:
        return None
    try:
        told = subprocess.run(
            [program, "get"],
            input=host,
            env=dict(environment),
            capture_output=True,
            text=True,
            timeout=_HELPER_SECONDS,
            check=True,
        ).stdout
    except subprocess.SubprocessError:
        return None
    answer = json.loads(told)
    username, secret = str(answer.get("Username") or ""), SecretStr(str(answer.get("Secret") or ""))
    if not secret.get_secret_value():
        return None
    # So a helper says that the secret is a token to be exchanged.
    if username == "<token>":
        return DockerLogin(identity_token=secret)
    return DockerLogin(username, secret) if username else None


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
