"""Signing in to a registry: with what docker knows, else by Azure's exchange of tokens.

https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md
"""

import re
from collections.abc import Callable, Mapping
from threading import Lock
from urllib.parse import urlsplit

import httpx
from httpx_retries import retry_request
from pydantic import SecretStr

from transfer.errors import CommandFailedError
from transfer.patience import BUSY, PATIENCE
from transfer.redaction import redact
from transfer.registry.docker_config import DockerLogin, read_login

_CHALLENGE_PARAMETER = re.compile(r'(\w+)="([^"]*)"')
# AcrPull counts for nothing in a registry whose permissions are by repository.
NEEDED_ROLE = (
    "Reading it needs the role AcrPull; in a registry with ABAC, Container Registry Repository "
    "Reader"
)
CATALOG_ROLE = (
    "Listing its repositories needs the role AcrPull; in a registry with ABAC, Container Registry "
    "Repository Catalog Lister"
)
FAULT_OF_REGISTRY = "If that stays, it is the registry's fault, or a proxy's. Wait a minute, then:"
# Gives a token of the cloud's sign-in, for a registry to exchange.
GetToken = Callable[[], SecretStr]


# Says something to whoever runs the command.
Say = Callable[[str], None]


class RegistryLogin:
    """Answers a registry's challenges; keeps a token for each scope, `repository:shop/web:pull`."""

    def __init__(
        self,
        host: str,
        http: httpx.Client,
        environment: Mapping[str, str],
        sign_in: GetToken,
        whose: str,
        say: Say,
    ) -> None:
        self._host = host
        self._whose = f" of the {whose}," if whose else ""
        self._http = http
        self._environment = environment
        self._sign_in = sign_in
        self._say = say
        # Of what all scopes share; each has a turn of its own, so that tokens are got at once.
        self._lock = Lock()
        self._turns: dict[str, Lock] = {}
        self._challenge = ""
        self._is_docker_asked = False
        self._login: DockerLogin | None = None
        self._refresh_token: SecretStr | None = None
        self._headers: dict[str, str] = {}

    def header(self, scope: str) -> str:
        """Give the Authorization header for a scope; empty as long as the registry asks for none.

        Raises:
            CommandFailedError: the registry refuses the login.
        """
        known = self._headers.get(scope, "")
        # What it has asked for one scope it asks for all of them.
        return known or (self.answer(scope, self._challenge, "") if self._challenge else "")

    def answer(self, scope: str, challenge: str, refused: str) -> str:
        """Answer a challenge (WWW-Authenticate) for what is in a scope.

        Args:
            refused: The Authorization header that was challenged; empty without any.

        Raises:
            CommandFailedError: the registry refuses the login, or asks in an unknown way.
        """
        with self._lock:
            self._challenge = challenge
            turn = self._turns.setdefault(scope, Lock())
        with turn:
            # Another thread may have been first.
            if self._headers.get(scope, "") in ("", refused):
                self._headers[scope] = self._answer(scope, challenge)
            return self._headers[scope]

    def _answer(self, scope: str, challenge: str) -> str:
        login = self._docker_login()
        scheme, _, rest = challenge.partition(" ")
        parameters = dict(_CHALLENGE_PARAMETER.findall(rest))
        if scheme.lower() == "basic" and login and login.username:
            return _basic(login)
        if scheme.lower() != "bearer" or "realm" not in parameters:
            raise self._refused(f"it asks for a login by {scheme or 'nothing'!r}")
        if login:
            try:
                return f"Bearer {self._token_by_docker(login, scope, parameters)}"
            except _LoginRefusedError:
                self._forget_docker_login()
        return f"Bearer {self._token_by_sign_in(scope, parameters)}"

    def _docker_login(self) -> DockerLogin | None:
        with self._lock:
            if not self._is_docker_asked:
                self._login = read_login(self._host, self._environment)
                self._is_docker_asked = True
            return self._login

    def _forget_docker_login(self) -> None:
        with self._lock:
            is_news, self._login = self._login is not None, None
        if is_news:
            self._say(
                f"registry {self._host} refuses the login that docker keeps for it, which may "
                "be too old; signing in without it. To be rid of it: docker logout "
                f"{self._host}"
            )

    def _token_by_sign_in(self, scope: str, parameters: Mapping[str, str]) -> str:
        kept = self._refreshing(parameters)
        try:
            return self._token(kept, scope, parameters)
        except _LoginRefusedError:
            # What was exchanged ends after three hours, and a wait for imports may be longer.
            return self._token(self._refreshing(parameters, kept), scope, parameters)

    def _refreshing(
        self, parameters: Mapping[str, str], refused: SecretStr | None = None
    ) -> SecretStr:
        with self._lock:
            kept = self._refresh_token
            if kept is None or kept is refused:
                service = parameters.get("service", self._host)
                kept = self._refresh_token = self._exchange(parameters["realm"], service)
            return kept

    def _token_by_docker(
        self, login: DockerLogin, scope: str, parameters: Mapping[str, str]
    ) -> str:
        if not login.username:
            return self._token(login.identity_token, scope, parameters)
        query = {"service": parameters.get("service", self._host), "scope": scope}
        answer = self._call(
            "GET", parameters["realm"], params=query, headers={"Authorization": _basic(login)}
        )
        return answer.get("access_token") or answer.get("token", "")

    def _token(self, refresh_token: SecretStr, scope: str, parameters: Mapping[str, str]) -> str:
        form = {
            "grant_type": "refresh_token",
            "service": parameters.get("service", self._host),
            "scope": scope,
            "refresh_token": refresh_token.get_secret_value(),
        }
        return self._call("POST", parameters["realm"], data=form).get("access_token", "")

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
            response = retry_request(
                self._http,
                method,
                url,
                params=params,
                data=data,
                headers=headers,
                retry=PATIENCE,
            )
        except httpx.HTTPError as error:
            raise self._unanswered(redact(str(error))) from error
        if response.status_code == httpx.codes.UNAUTHORIZED:
            raise _LoginRefusedError(*self._refusal(f"status 401, {redact(response.text[:300])}"))
        if response.status_code in BUSY:
            raise self._unanswered(f"status {response.status_code}")
        if not response.is_success:
            raise self._refused(f"status {response.status_code}, {redact(response.text[:300])}")
        try:
            answer = response.json()
        except ValueError as error:
            raise self._refused("its answer is no JSON") from error
        return answer if isinstance(answer, dict) else {}

    def _unanswered(self, reason: str) -> CommandFailedError:
        return CommandFailedError(
            f"registry {self._host}{self._whose} does not answer the login: {reason}.",
            FAULT_OF_REGISTRY,
        )

    def _refused(self, reason: str) -> CommandFailedError:
        return CommandFailedError(*self._refusal(reason))

    def _refusal(self, reason: str) -> tuple[str, str]:
        return (
            f"registry {self._host}{self._whose} refuses the login: {reason}. {NEEDED_ROLE}; or a "
            "login that docker keeps.",
            sign_in_command(self._host),
        )


class _LoginRefusedError(CommandFailedError):
    """A registry does not accept who signs in."""


def sign_in_command(host: str) -> str:
    """Give the command that signs docker in to a registry of Azure."""
    return f"az acr login --name {host.split('.', maxsplit=1)[0]}"


def _basic(login: DockerLogin) -> str:
    auth = httpx.BasicAuth(login.username, login.password.get_secret_value())
    request = next(auth.auth_flow(httpx.Request("GET", "https://registry")))
    return request.headers["Authorization"]
