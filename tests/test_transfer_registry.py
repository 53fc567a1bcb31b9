"""Registries are read with docker's login, else by Azure's exchange of tokens."""

import base64
import json
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr
from transfer_support import SOURCE_HOST, FakeCloud

from transfer.errors import CommandFailedError
from transfer.registry.client import Registry

pytestmark = pytest.mark.usefixtures("retry_clock")

MANIFEST = b'{"layers": []}'


class GuardedRegistry:
    """A registry that wants a token for each repository."""

    def __init__(self, realm: str = f"https://{SOURCE_HOST}/oauth2/token") -> None:
        self._realm = realm
        self.requests: list[str] = []
        self.forms: list[dict[str, list[str]]] = []
        self.said: list[str] = []

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.requests.append(f"{request.method} {request.url.path}")
        if request.url.path.startswith("/oauth2/"):
            return self._sign_in(request)
        name = "/".join(request.url.path.split("/")[2:4])
        if request.headers.get("authorization") == f"Bearer pull-{name}":
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
        if form.get("refresh_token") == ["too-old"]:
            return httpx.Response(401, json={"errors": [{"code": "UNAUTHORIZED"}]})
        if request.url.path == "/oauth2/exchange":
            return httpx.Response(200, json={"refresh_token": "exchanged"})
        return httpx.Response(200, json={"access_token": f"pull-{form['scope'][0].split(':')[1]}"})

    def open(self, cloud: FakeCloud, environment: dict[str, str]) -> Registry:
        """Give a registry that is read."""
        http = httpx.Client(transport=httpx.MockTransport(self.handle))
        whose = "source side, stack 'here'"
        return Registry(
            SOURCE_HOST, http, cloud.registry_token, environment, whose, self.said.append
        )


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


def test_a_registry_that_has_asked_for_a_login_is_asked_nothing_without_one(
    no_docker: dict[str, str],
) -> None:
    guarded, cloud = GuardedRegistry(), FakeCloud()
    registry = guarded.open(cloud, no_docker)
    registry.manifest("shop/web", "1")

    registry.manifest("shop/api", "1")

    assert guarded.requests.count("GET /v2/shop/api/manifests/1") == 1
    assert (cloud.sign_ins, guarded.forms[2]["scope"]) == (1, ["repository:shop/api:pull"])


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


@pytest.mark.parametrize(
    "entry",
    [
        {"identitytoken": "too-old"},
        {"auth": base64.b64encode(b"robot:of-last-year").decode()},
    ],
    ids=["token", "password"],
)
def test_a_login_of_docker_that_is_dead_is_named_and_the_side_signs_in_by_itself(
    tmp_path: Path, entry: dict[str, str]
) -> None:
    guarded, cloud = GuardedRegistry(), FakeCloud()
    registry = guarded.open(cloud, docker_config(tmp_path, entry))

    assert registry.manifest("shop/web", "1") is not None
    assert registry.manifest("shop/web", "2") is not None

    assert cloud.sign_ins == 1
    [said] = guarded.said
    assert f"registry {SOURCE_HOST} refuses the login that docker keeps" in said
    assert said.endswith(f"docker logout {SOURCE_HOST}")


def docker_helper(folder: Path, answer: str) -> dict[str, str]:
    """Install a credential helper that notes what it is asked, and answers."""
    helper = folder / "docker-credential-drawer"
    helper.write_text(
        f'#!/bin/sh\n/bin/cat > {folder}/asked\necho "$1" >> {folder}/asked\n{answer}\n'
    )
    helper.chmod(0o700)
    return {"DOCKER_CONFIG": str(folder), "PATH": str(folder)}


@pytest.mark.parametrize(
    "config", [{"credHelpers": {SOURCE_HOST: "drawer"}}, {"credsStore": "drawer"}]
)
@pytest.mark.parametrize(
    ("username", "secret", "form"),
    [("robot", "password", []), ("<token>", "of-docker", ["of-docker"])],
)
def test_a_credential_helper_is_asked(
    tmp_path: Path, config: dict[str, object], username: str, secret: str, form: list[str]
) -> None:
    told = json.dumps({"ServerURL": SOURCE_HOST, "Username": username, "Secret": secret})
    environment = docker_helper(tmp_path, f"echo '{told}'")
    (tmp_path / "config.json").write_text(json.dumps({**config, "auths": {SOURCE_HOST: {}}}))
    guarded, cloud = GuardedRegistry(), FakeCloud()

    assert guarded.open(cloud, environment).manifest("shop/web", "1") is not None

    assert cloud.sign_ins == 0
    assert [token for sent in guarded.forms for token in sent["refresh_token"]] == form
    assert (tmp_path / "asked").read_text() == f"{SOURCE_HOST}get\n"


@pytest.mark.parametrize(
    ("helper", "answer"),
    [
        ("drawer", "echo credentials not found in native keychain; exit 1"),
        ("drawer", "echo no JSON"),
        ("drawer", 'echo \'{"Username": "", "Secret": ""}\''),
        ("absent", ""),
        ("../drawer", "echo '{}'"),
    ],
)
def test_a_credential_helper_that_has_nothing_counts_as_none(
    tmp_path: Path, helper: str, answer: str
) -> None:
    environment = docker_helper(tmp_path, answer)
    (tmp_path / "config.json").write_text(json.dumps({"credsStore": helper}))
    guarded, cloud = GuardedRegistry(), FakeCloud()

    assert guarded.open(cloud, environment).manifest("shop/web", "1") is not None

    assert cloud.sign_ins == 1
    assert guarded.said == []


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

    manifest = Registry(SOURCE_HOST, http, cloud.registry_token, no_docker).manifest(
        "shop/web", "1"
    )

    assert manifest is not None
    assert cloud.sign_ins == 0


def test_a_refused_login_names_the_registry_and_the_command() -> None:
    def handle(_request: httpx.Request) -> httpx.Response:
        challenge = f'Bearer realm="https://{SOURCE_HOST}/oauth2/token"'
        return httpx.Response(401, headers={"www-authenticate": challenge}, text="no AcrPull")

    http = httpx.Client(transport=httpx.MockTransport(handle))
    registry = Registry(SOURCE_HOST, http, lambda: SecretStr("aad-token"), {})

    with pytest.raises(CommandFailedError, match=f"registry {SOURCE_HOST} refuses") as caught:
        registry.manifest("shop/web", "1")

    assert caught.value.hint.words == "az acr login --name contososource"
    assert "aad-token" not in str(caught.value)


@pytest.mark.usefixtures("retry_clock")
@pytest.mark.parametrize(("status", "is_refusal"), [(403, True), (500, False), (429, False)])
def test_a_role_is_advised_where_the_registry_refuses_and_nowhere_else(
    no_docker: dict[str, str], status: int, is_refusal: bool
) -> None:
    http = httpx.Client(transport=httpx.MockTransport(lambda _request: httpx.Response(status)))
    registry = Registry(SOURCE_HOST, http, FakeCloud().registry_token, no_docker)

    with pytest.raises(CommandFailedError, match=f"answers {status} for") as caught:
        registry.manifest("shop/web", "1")

    assert ("AcrPull" in str(caught.value)) is is_refusal
    assert ("with ABAC, Container Registry Repository Reader" in str(caught.value)) is is_refusal
    assert ("az acr login" in str(caught.value)) is is_refusal


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
    registry = Registry(SOURCE_HOST, http, lambda: SecretStr(""), no_docker)

    with pytest.raises(CommandFailedError) as caught:
        registry.manifest("shop/web", "1")

    assert SOURCE_HOST in caught.value.message
    assert cause in caught.value.message
    assert cure in caught.value.message


def test_content_that_is_not_of_its_digest_is_refused(no_docker: dict[str, str]) -> None:
    http = httpx.Client(
        transport=httpx.MockTransport(lambda _request: httpx.Response(200, content=MANIFEST))
    )
    registry = Registry(SOURCE_HOST, http, lambda: SecretStr(""), no_docker)

    with pytest.raises(CommandFailedError, match="content of digest"):
        registry.manifest("shop/web", "sha256:" + "0" * 64)


def test_lists_are_read_page_by_page(no_docker: dict[str, str]) -> None:
    pages = {
        "/v2/shop/web/tags/list?n=1000": ("tags/list?last=b&n=1000", {"tags": ["a", "b"]}),
        "/v2/shop/web/tags/list?last=b&n=1000": ("", {"tags": ["c"]}),
        "/v2/shop/web/referrers/sha256:1": (
            f"https://{SOURCE_HOST}/v2/shop/web/referrers/sha256:1?page=2",
            {"manifests": [{"digest": "sha256:2"}]},
        ),
        "/v2/shop/web/referrers/sha256:1?page=2": ("", {"manifests": None}),
    }

    def handle(request: httpx.Request) -> httpx.Response:
        following, content = pages[request.url.raw_path.decode()]
        link = following if following.startswith("https:") else f"/v2/shop/web/{following}"
        headers = {"link": f'<{link}>; rel="next"'} if following else {}
        return httpx.Response(200, json=content, headers=headers)

    http = httpx.Client(transport=httpx.MockTransport(handle))
    registry = Registry(SOURCE_HOST, http, lambda: SecretStr(""), no_docker)

    assert registry.tags("shop/web") == ["a", "b", "c"]
    assert registry.referrers("shop/web", "sha256:1") == ["sha256:2"]


def test_a_list_that_ends_before_its_last_page_is_not_taken_for_whole(
    no_docker: dict[str, str],
) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if "last=" in str(request.url):
            return httpx.Response(404)
        link = {"link": '</v2/shop/web/tags/list?last=a&n=1000>; rel="next"'}
        return httpx.Response(200, json={"tags": ["a"]}, headers=link)

    http = httpx.Client(transport=httpx.MockTransport(handle))
    registry = Registry(SOURCE_HOST, http, lambda: SecretStr(""), no_docker)

    with pytest.raises(CommandFailedError, match="404, though its list goes on there"):
        registry.tags("shop/web")


def test_a_registry_that_lists_no_referrers_has_none(no_docker: dict[str, str]) -> None:
    http = httpx.Client(transport=httpx.MockTransport(lambda _request: httpx.Response(404)))
    registry = Registry(SOURCE_HOST, http, lambda: SecretStr(""), no_docker)

    assert registry.referrers("shop/web", "sha256:1") == []
    assert registry.tags("shop/web") == []
