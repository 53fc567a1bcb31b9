"""Reading manifests and blobs of a registry by the OCI distribution protocol."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TypeVar

import httpx
from httpx_retries import retry_request

from components.model.artifacts import Artifact
from transfer.errors import CommandFailedError
from transfer.parallel import Once
from transfer.patience import BUSY, PATIENCE
from transfer.registry.login import (
    CATALOG_ROLE,
    FAULT_OF_REGISTRY,
    NEEDED_ROLE,
    GetToken,
    RegistryLogin,
    Say,
    sign_in_command,
)
from transfer.registry.manifest import (
    IMAGE_TYPES,
    INDEX_TYPES,
    SCHEMA_1_TYPES,
    Form,
    Manifest,
    ManifestError,
    parse_catalog,
    parse_manifest,
    parse_movable_tags,
    parse_referrers,
    parse_tag_times,
    parse_tags,
)

_REFUSED = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)

_MANIFEST_TYPES = (*INDEX_TYPES, *IMAGE_TYPES, *SCHEMA_1_TYPES)
_PER_PAGE = 1000
_CATALOG = "registry:catalog:*"
_Parsed = TypeVar("_Parsed")


class UnreadableError(CommandFailedError):
    """One thing in a registry that cannot be read, while others can."""


class Registry:
    """A registry that is only read, and asked for each thing once until it is looked at anew."""

    def __init__(
        self,
        host: str,
        http: httpx.Client,
        sign_in: GetToken,
        environment: Mapping[str, str],
        whose: str = "",
        say: Say = lambda _: None,
    ) -> None:
        self.host = host
        self._http = http
        self._login = RegistryLogin(host, http, environment, sign_in, whose, say)
        self._ask_once = Once(self._ask)

    def manifest(self, repository: str, reference: str) -> Manifest | None:
        """Read a manifest by tag or digest; None where there is none.

        The digest is computed from what was received, not taken from a header.
        """
        response = self._read("GET", repository, f"manifests/{reference}")
        if response is None:
            return None
        digest = f"sha256:{hashlib.sha256(response.content).hexdigest()}"
        kind = response.headers.get("content-type", "")
        parse = partial(parse_manifest, digest, content_type=kind)
        found = self._parsed(f"{repository}/manifests/{reference}", response, parse)
        by_tag = response.headers.get("docker-content-digest", "")
        named = reference if reference.startswith("sha256:") else by_tag
        # The digest of schema 1 leaves out the signatures that its manifest ends with.
        is_of_content = found.form is not Form.SCHEMA_1
        if is_of_content and named.startswith("sha256:") and named != digest:
            raise self._unreadable(
                f"{repository}@{named}",
                f"content of digest {digest}: a proxy or a cache is in the way",
            )
        return found

    def digest(self, artifact: Artifact) -> str:
        """Tell the digest of an artifact; empty where there is none."""
        manifest = self.manifest(artifact.repository, artifact.reference)
        return manifest.digest if manifest else ""

    def has_blob(self, repository: str, digest: str) -> bool:
        """Whether a repository holds a layer or configuration."""
        return self._read("HEAD", repository, f"blobs/{digest}") is not None

    def look_anew(self) -> None:
        """Forget what was read: an import may have changed it."""
        self._ask_once = Once(self._ask)

    def tags(self, repository: str) -> list[str]:
        """List the tags of a repository."""
        path = f"v2/{repository}/tags/list"
        return self._pages(path, f"n={_PER_PAGE}", _pull(repository), parse_tags) or []

    def referrers(self, repository: str, digest: str) -> list[str]:
        """List the digests of what refers to a manifest: signatures, SBOMs and the like."""
        path = f"v2/{repository}/referrers/{digest}"
        return self._pages(path, "", _pull(repository), parse_referrers) or []

    def repositories(self) -> list[str]:
        """List the repositories of the registry."""
        return self._pages("v2/_catalog", f"n={_PER_PAGE}", _CATALOG, parse_catalog) or []

    def tag_times(self, repository: str) -> dict[str, datetime] | None:
        """Tell when each tag was last moved; None where the registry is none of Azure's.

        https://learn.microsoft.com/rest/api/containerregistry/tag/get-list
        """
        path = f"acr/v1/{repository}/_tags"
        found = self._pages(path, f"n={_PER_PAGE}", _metadata(repository), parse_tag_times)
        return None if found is None else dict(found)

    def movable_tags(self, repository: str) -> set[str] | None:
        """Name the tags that no image lock holds; None where the registry is none of Azure's.

        https://learn.microsoft.com/azure/container-registry/container-registry-image-lock
        """
        path = f"acr/v1/{repository}/_tags"
        found = self._pages(path, f"n={_PER_PAGE}", _metadata(repository), parse_movable_tags)
        return None if found is None else set(found)

    def manifest_digests(self, repository: str) -> list[str] | None:
        """List the digests of a repository's manifests; None where the registry does not tell.

        https://learn.microsoft.com/rest/api/containerregistry/manifests/get-list
        """
        path = f"acr/v1/{repository}/_manifests"
        try:
            return self._pages(path, f"n={_PER_PAGE}", _metadata(repository), parse_referrers)
        except UnreadableError:
            return None

    def _pages(
        self, path: str, query: str, scope: str, parse: Callable[[bytes], list[_Parsed]]
    ) -> list[_Parsed] | None:
        """Read a list page by page; None where the registry has no such list."""
        found: list[_Parsed] = []
        first = following = f"/{path}?{query}"
        while following:
            rest = following.rpartition(f"/{path}?")[2]
            wanted = f"{path}?{rest}" if rest else path
            response = self._ask_once(("GET", wanted, scope))
            if response is None and following == first:
                return None
            if response is None:
                raise self._unreadable(wanted, "404, though its list goes on there")
            found += self._parsed(wanted, response, parse)
            following = response.links.get("next", {}).get("url", "")
        return found

    def _parsed(
        self, what: str, response: httpx.Response, parse: Callable[[bytes], _Parsed]
    ) -> _Parsed:
        try:
            return parse(response.content)
        except ManifestError as error:
            raise self._unreadable(what, str(error)) from error

    def _read(self, method: str, repository: str, rest: str) -> httpx.Response | None:
        return self._ask_once((method, f"v2/{repository}/{rest}", _pull(repository)))

    def _ask(self, wanted: tuple[str, str, str]) -> httpx.Response | None:
        method, path, scope = wanted
        header = self._login.header(scope)
        response = self._send(method, path, header)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            challenge = response.headers.get("www-authenticate", "")
            header = self._login.answer(scope, challenge, header)
            response = self._send(method, path, header)
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        # A blob may lie in storage: the redirect to it is proof enough.
        if response.is_success or (method == "HEAD" and response.is_redirect):
            return response
        answer = (
            f"registry {self.host} answers {response.status_code} for {path.removeprefix('v2/')}: "
            f"{response.text[:300] or response.reason_phrase}."
        )
        if response.status_code in BUSY:
            raise CommandFailedError(answer, FAULT_OF_REGISTRY)
        if response.status_code in _REFUSED:
            role = CATALOG_ROLE if scope == _CATALOG else NEEDED_ROLE
            raise UnreadableError(f"{answer} {role}.", sign_in_command(self.host))
        raise UnreadableError(answer, FAULT_OF_REGISTRY)

    def _unreadable(self, what: str, answer: str) -> UnreadableError:
        return UnreadableError(
            f"registry {self.host} answers {what} with {answer}.", FAULT_OF_REGISTRY
        )

    def _send(self, method: str, path: str, authorization: str) -> httpx.Response:
        headers = {"Accept": ", ".join(_MANIFEST_TYPES)}
        if authorization:
            headers["Authorization"] = authorization
        url = f"https://{self.host}/{path}"
        try:
            return retry_request(self._http, method, url, headers=headers, retry=PATIENCE)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: httpx.HTTPError) -> CommandFailedError:
        cause = str(error) or type(error).__name__
        cure = "Is it up, is its firewall open to this machine, is a proxy in the way?"
        if "CERTIFICATE" in cause.upper():
            cure = "Name the certificate authority of the registry in SSL_CERT_FILE."
        return CommandFailedError(
            f"registry {self.host} cannot be reached: {cause}. {cure}",
            f"curl -sSI https://{self.host}/v2/",
        )


def _pull(repository: str) -> str:
    return f"repository:{repository}:pull"


def _metadata(repository: str) -> str:
    # What the lists that only Azure has ask for, in the challenge of each.
    return f"repository:{repository}:metadata_read"
