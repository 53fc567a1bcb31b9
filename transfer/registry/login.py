"""Signing in to a registry: with what docker knows, else by Azure's exchange of tokens.

https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md
"""

import re
from collections.abc import Callable, Mapping
from threading import Lock
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from transfer.errors import CommandFailedError
from transfer.redaction import redact
from transfer.registry.docker_config import DockerLogin

_CHALLENGE_PARAMETER = re.compile(r'(\w+)="([^"]*)"')
# Gives a token of the cloud's sign-in, for a registry to exchange.
GetToken = Callable[[], SecretStr]


class RegistryLogin:
    """Answers a registry's challenges; keeps a token for each repository."""

    def __init__(
        self,
        host: str,
        http: httpx.Client,
        login: DockerLogin | None,
        sign_in: GetToken,
        whose: str = "",
    ) -> None:
        self._host = host
        self._whose = f" of the {whose}," if whose else ""
        self._http = http
        self._login = login
        self._sign_in = sign_in
        self._lock = Lock()
        self._refresh_token: SecretStr | None = None
        self._headers: dict[str, str] = {}

    def header(self, repository: str) -> str:
        """Give the Authorization header that is known for a repository; empty without any."""
        return self._headers.get(repository, "")

    def answer(self, repository: str, challenge: str) -> str:
        """Answer a challenge (WWW-Authenticate) for pulling from a repository.

        Raises:
            CommandFailedError: the registry refuses the login, or asks in an unknown way.
        """
        with self._lock:
            header = self._answer(repository, challenge)
            self._headers[repository] = header
            return header

    def _answer(self, repository: str, challenge: str) -> str:
        scheme, _, rest = challenge.partition(" ")
        parameters = dict(_CHALLENGE_PARAMETER.findall(rest))
        if scheme.lower() == "basic" and self._login and self._login.username:
            return _basic(self._login)
        if scheme.lower() != "bearer" or "realm" not in parameters:
            raise self._refused(f"it asks for a login by {scheme or 'nothing'!r}")
        if self._login and self._login.username:
            return f"Bearer {self._token_for_password(repository, parameters)}"
        return f"Bearer {self._token_for_refresh_token(repository, parameters)}"

    def _token_for_password(self, repository: str, parameters: Mapping[str, str]) -> str:
        query = {"service": parameters.get("service", self._host), "scope": _pull(repository)}
        login = self._login or DockerLogin()
        answer = self._call(
            "GET", parameters["realm"], params=query, headers={"Authorization": _basic(login)}
        )
        return answer.get("access_token") or answer.get("token", "")

    def _token_for_refresh_token(self, repository: str, parameters: Mapping[str, str]) -> str:
        service = parameters.get("service", self._host)
        realm = parameters["realm"]
        if self._refresh_token is None:
            known = self._login.identity_token if self._login else SecretStr("")
            self._refresh_token = (
                known if known.get_secret_value() else self._exchange(realm, service)
            )
        form = {
            "grant_type": "refresh_token",
            "service": service,
            "scope": _pull(repository),
            "refresh_token": self._refresh_token.get_secret_value(),
        }
        return self._call("POST", realm, data=form).get("access_token", "")

    def _exchange(self, realm: str, service: str) -> SecretStr:
        # A token of the cloud's sign-in opens more than the registry: it goes nowhere else.
        if urlsplit(realm).netloc.lower() != self._host.lower() or not realm.startswith("https:"):
            raise self._refused(f"it sends logins elsewhere, to {realm}")
        form = {
            "grant_type": "access_token",
            "service": service,
            "access_token": self._sign_in().get_secret_value(),
        }
        answer = self._call("POST", f"https://{self._host}/oauth2/exchange", data=form)
        return SecretStr(answer.get("refresh_token", ""))

    def _call(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, str]:
        try:
            response = self._http.request(method, url, params=params, data=data, headers=headers)
        except httpx.HTTPError as error:
            raise self._refused(redact(str(error))) from error
        if not response.is_success:
            raise self._refused(f"status {response.status_code}, {redact(response.text[:300])}")
        try:
            answer = response.json()
        except ValueError as error:
            raise self._refused("its answer is no JSON") from error
        return answer if isinstance(answer, dict) else {}

    def _refused(self, reason: str) -> CommandFailedError:
        return CommandFailedError(
            f"registry {self._host}{self._whose} refuses the login: {reason}. Reading it needs "
            "the role AcrPull, or a login that docker keeps in its configuration file.",
            f"az acr login --name {self._host.split('.')[0]}",
        )


def _pull(repository: str) -> str:
    return f"repository:{repository}:pull"


def _basic(login: DockerLogin) -> str:
    auth = httpx.BasicAuth(login.username, login.password.get_secret_value())
    request = next(auth.auth_flow(httpx.Request("GET", "https://registry")))
    return request.headers["Authorization"]
