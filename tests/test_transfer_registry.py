"""Registries are read with docker's login, else by Azure's exchange of tokens."""

import base64
import json
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr
from transfer_support import SOURCE_HOST, FakeClock, FakeCloud

from transfer.errors import CommandFailedError
from transfer.registry.client import Registry

MANIFEST = b'{"layers": []}'


class GuardedRegistry:
    """A registry that wants a token for each repository."""

    def __init__(self, realm: str = f"https://{SOURCE_HOST}/oauth2/token") -> None:
        self._realm = realm
        self.requests: list[str] = []
        self.forms: list[dict[str, list[str]]] = []

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.requests.append(f"{request.method} {request.url.path}")
        if request.url.path.startswith("/oauth2/"):
            return self._sign_in(request)
        if request.headers.get("authorization") == "Bearer pull-shop/web":
            return httpx.Response(200, content=MANIFEST)
        challenge = f'Bearer realm="{self._realm}",service="{SOURCE_HOST}"'
        return httpx.Response(401, headers={"www-authenticate": challenge})

    def _sign_in(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            basic = "Basic " + base64.b64encode(b"robot:password").decode()
            if request.headers.get("authorization") != basic:
                return httpx.Response(401)
            scope = request.url.params["scope"]
            return httpx.Response(200, json={"access_token": f"pull-{scope.split(':')[1]}"})
        form = parse_qs(request.content.decode())
        self.forms.append(form)
        if request.url.path == "/oauth2/exchange":
            return httpx.Response(200, json={"refresh_token": "exchanged"})
        return httpx.Response(200, json={"access_token": f"pull-{form['scope'][0].split(':')[1]}"})

    def open(self, cloud: FakeCloud, environment: dict[str, str]) -> Registry:
        """Give a registry that is read."""
        http = httpx.Client(transport=httpx.MockTransport(self.handle))
        whose = "source side, stack 'here'"
        return Registry(SOURCE_HOST, http, cloud.registry_token, environment, FakeClock(), whose)


@pytest.fixture
def no_docker(tmp_path: Path) -> dict[str, str]:
    """An environment in which docker knows no login."""
    return {"DOCKER_CONFIG": str(tmp_path)}


def docker_config(folder: Path, entry: dict[str, str]) -> dict[str, str]:
    """Write docker's configuration with one login."""
    (folder / "config.json").write_text(json.dumps({"auths": {SOURCE_HOST: entry}}))
    return {"DOCKER_CONFIG": str(folder)}


def test_a_sign_in_token_is_exchanged_once_for_all_repositories(no_docker: dict[str, str]) -> None:
    guarded, cloud = GuardedRegistry(), FakeCloud()
    registry = guarded.open(cloud, no_docker)

    registry.manifest("shop/web", "1")
    registry.manifest("shop/web", "2")

    assert cloud.sign_ins == 1
    assert [form["grant_type"] for form in guarded.forms] == [["access_token"], ["refresh_token"]]
    assert guarded.forms[0]["access_token"] == ["aad-token"]
    assert guarded.forms[1]["scope"] == ["repository:shop/web:pull"]
    assert guarded.requests.count("GET /v2/shop/web/manifests/2") == 1, "the token is kept"


def test_a_password_that_docker_knows_is_preferred(tmp_path: Path) -> None:
    guarded, cloud = GuardedRegistry(), FakeCloud()
    auth = base64.b64encode(b"robot:password").decode()
    registry = guarded.open(cloud, docker_config(tmp_path, {"auth": auth}))

    manifest = registry.manifest("shop/web", "1")

    assert manifest is not None
    assert cloud.sign_ins == 0


def test_an_identity_token_that_docker_knows_needs_no_sign_in(tmp_path: Path) -> None:
    guarded, cloud = GuardedRegistry(), FakeCloud()
    registry = guarded.open(cloud, docker_config(tmp_path, {"identitytoken": "of-docker"}))

    registry.manifest("shop/web", "1")

    assert cloud.sign_ins == 0
    assert guarded.forms[0]["refresh_token"] == ["of-docker"]


@pytest.mark.parametrize("text", ["{", "[]", '{"auths": {"contososource.azurecr.io": 1}}'])
def test_an_unreadable_docker_configuration_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    guarded, cloud = GuardedRegistry(), FakeCloud()

    guarded.open(cloud, {"DOCKER_CONFIG": str(tmp_path)}).manifest("shop/web", "1")

    assert cloud.sign_ins == 1


def test_a_sign_in_token_never_goes_to_another_host(no_docker: dict[str, str]) -> None:
    guarded, cloud = GuardedRegistry("https://elsewhere.example/token"), FakeCloud()

    with pytest.raises(
        CommandFailedError, match=r"of the source side, stack 'here', refuses .* sends logins else"
    ):
        guarded.open(cloud, no_docker).manifest("shop/web", "1")

    assert cloud.sign_ins == 0


def test_an_anonymous_registry_is_read_without_login(no_docker: dict[str, str]) -> None:
    http = httpx.Client(
        transport=httpx.MockTransport(lambda _request: httpx.Response(200, content=MANIFEST))
    )
    cloud = FakeCloud()

    manifest = Registry(SOURCE_HOST, http, cloud.registry_token, no_docker, FakeClock()).manifest(
        "shop/web", "1"
    )

    assert manifest is not None
    assert cloud.sign_ins == 0


def test_a_refused_login_names_the_registry_and_the_command() -> None:
    def handle(_request: httpx.Request) -> httpx.Response:
        challenge = f'Bearer realm="https://{SOURCE_HOST}/oauth2/token"'
        return httpx.Response(401, headers={"www-authenticate": challenge}, text="no AcrPull")

    http = httpx.Client(transport=httpx.MockTransport(handle))
    registry = Registry(SOURCE_HOST, http, lambda: SecretStr("aad-token"), {}, FakeClock())

    with pytest.raises(CommandFailedError, match=f"registry {SOURCE_HOST} refuses") as caught:
        registry.manifest("shop/web", "1")

    assert caught.value.next_command == "az acr login --name contososource"
    assert "aad-token" not in str(caught.value)


@pytest.mark.parametrize(
    ("cause", "cure"),
    [
        ("[Errno 111] Connection refused", "firewall"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "SSL_CERT_FILE"),
    ],
)
def test_an_unreachable_registry_is_named_with_cause_and_cure(
    no_docker: dict[str, str], cause: str, cure: str
) -> None:
    def handle(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(cause)

    http = httpx.Client(transport=httpx.MockTransport(handle))
    registry = Registry(SOURCE_HOST, http, lambda: SecretStr(""), no_docker, FakeClock())

    with pytest.raises(CommandFailedError) as caught:
        registry.manifest("shop/web", "1")

    assert SOURCE_HOST in caught.value.message
    assert cause in caught.value.message
    assert cure in caught.value.message


def test_a_busy_registry_is_asked_again_after_the_time_that_it_names(
    no_docker: dict[str, str],
) -> None:
    answers = [
        httpx.Response(429, headers={"retry-after": "7"}),
        httpx.Response(200, content=MANIFEST),
    ]
    http = httpx.Client(transport=httpx.MockTransport(lambda _request: answers.pop(0)))
    clock = FakeClock()

    manifest = Registry(SOURCE_HOST, http, lambda: SecretStr(""), no_docker, clock).manifest(
        "shop/web", "1"
    )

    assert manifest is not None
    assert clock.slept == 7


def test_content_that_is_not_of_its_digest_is_refused(no_docker: dict[str, str]) -> None:
    http = httpx.Client(
        transport=httpx.MockTransport(lambda _request: httpx.Response(200, content=MANIFEST))
    )
    registry = Registry(SOURCE_HOST, http, lambda: SecretStr(""), no_docker, FakeClock())

    with pytest.raises(CommandFailedError, match="content of digest"):
        registry.manifest("shop/web", "sha256:" + "0" * 64)
