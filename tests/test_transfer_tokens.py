"""A long listing goes on when what opens the registry ends midway."""

import itertools
import json
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr
from transfer_support import SOURCE_HOST

from transfer.errors import CommandFailedError
from transfer.registry.client import Registry

pytestmark = pytest.mark.usefixtures("retry_clock")

PAGES = 6


class ForgetfulRegistry:
    """A registry of many pages whose tokens open it for some requests, and then no more."""

    def __init__(self, *, access: int, refresh: int) -> None:
        self._uses = {"access": access, "refresh": refresh}
        self._left: dict[str, int] = {}
        self._numbers = itertools.count()
        self.exchanged: list[str] = []
        self.is_signing_in = True

    def open(self) -> Registry:
        """Give a registry that is read; each sign-in gives another token."""
        http = httpx.Client(transport=httpx.MockTransport(self.handle))
        signed_in = itertools.count()
        return Registry(
            SOURCE_HOST,
            http,
            lambda: SecretStr(f"aad{next(signed_in)}"),
            {"DOCKER_CONFIG": "/none"},
        )

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        form = {key: value[0] for key, value in parse_qs(request.content.decode()).items()}
        if request.url.path == "/oauth2/exchange":
            self.exchanged.append(form["access_token"])
            return self._issue("refresh") if self.is_signing_in else httpx.Response(401)
        if request.url.path == "/oauth2/token":
            is_good = self._use(form["refresh_token"])
            return self._issue("access") if is_good else httpx.Response(401)
        if not self._use(request.headers.get("authorization", "").removeprefix("Bearer ")):
            challenge = f'Bearer realm="https://{SOURCE_HOST}/oauth2/token"'
            return httpx.Response(401, headers={"www-authenticate": challenge})
        page = int(request.url.params.get("last", "0"))
        following = f'</v2/shop/web/tags/list?last={page + 1}>; rel="next"'
        headers = {"link": following} if page + 1 < PAGES else {}
        return httpx.Response(200, headers=headers, content=json.dumps({"tags": [str(page)]}))

    def _issue(self, kind: str) -> httpx.Response:
        token = f"{kind}{next(self._numbers)}"
        self._left[token] = self._uses[kind]
        return httpx.Response(200, json={f"{kind}_token": token})

    def _use(self, token: str) -> bool:
        self._left[token] = self._left.get(token, 0) - 1
        return self._left[token] >= 0


ALL_TAGS = [str(page) for page in range(PAGES)]


def test_a_list_goes_on_when_its_token_ends_and_nobody_signs_in_again() -> None:
    registry = ForgetfulRegistry(access=2, refresh=100)

    assert registry.open().tags("shop/web") == ALL_TAGS
    assert registry.exchanged == ["aad0"]


def test_a_list_goes_on_when_the_exchanged_token_has_ended_too() -> None:
    registry = ForgetfulRegistry(access=2, refresh=1)

    assert registry.open().tags("shop/web") == ALL_TAGS
    assert registry.exchanged == ["aad0", "aad1", "aad2"]


def test_a_login_that_is_refused_anew_ends_the_list_with_the_command_to_type() -> None:
    registry = ForgetfulRegistry(access=2, refresh=1)
    opened = registry.open()
    opened.tags("shop/web")
    registry.is_signing_in = False

    with pytest.raises(CommandFailedError, match="refuses the login") as refused:
        opened.tags("shop/api")

    assert "az acr login --name contososource" in str(refused.value.hint)
    assert len(registry.exchanged) == 4, "asked once more, and not again and again"


def test_a_registry_that_refuses_each_token_is_not_asked_for_ever() -> None:
    registry = ForgetfulRegistry(access=0, refresh=100)

    with pytest.raises(CommandFailedError, match="answers 401"):
        registry.open().tags("shop/web")

    assert registry.exchanged == ["aad0"]
