"""Reading manifests and blobs of a registry by the OCI distribution protocol."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from httpx_retries import retry_request

from components.model.artifacts import Artifact
from transfer.errors import CommandFailedError
from transfer.parallel import Once
from transfer.patience import PATIENCE
from transfer.registry.login import FAULT_OF_REGISTRY, NEEDED_ROLE, GetToken, RegistryLogin, Say

_MANIFEST_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.artifact.manifest.v1+json",
)
_REFUSED = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)


@dataclass(frozen=True)
class Manifest:
    """A manifest: its digest, what it points to, and for an index each of its manifests."""

    digest: str
    is_index: bool
    children: tuple[str, ...]
    blobs: tuple[str, ...]


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
        if reference.startswith("sha256:") and reference != digest:
            raise CommandFailedError(
                f"registry {self.host} answers {repository}@{reference} with content of digest "
                f"{digest}: a proxy or a cache is in the way.",
                f"curl -sSI https://{self.host}/v2/",
            )
        return _parse(digest, response.content)

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

    def _read(self, method: str, repository: str, rest: str) -> httpx.Response | None:
        return self._ask_once((method, repository, rest))

    def _ask(self, wanted: tuple[str, str, str]) -> httpx.Response | None:
        method, repository, rest = wanted
        header = self._login.header(repository)
        response = self._send(method, repository, rest, header)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            challenge = response.headers.get("www-authenticate", "")
            header = self._login.answer(repository, challenge, header)
            response = self._send(method, repository, rest, header)
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        # A blob may lie in storage: the redirect to it is proof enough.
        if response.is_success or (method == "HEAD" and response.is_redirect):
            return response
        answer = (
            f"registry {self.host} answers {response.status_code} for {repository}/{rest}: "
            f"{response.text[:300] or response.reason_phrase}."
        )
        if response.status_code not in _REFUSED:
            raise CommandFailedError(answer, FAULT_OF_REGISTRY)
        raise CommandFailedError(
            f"{answer} {NEEDED_ROLE}.", f"az acr login --name {self.host.split('.')[0]}"
        )

    def _send(self, method: str, repository: str, rest: str, authorization: str) -> httpx.Response:
        headers = {"Accept": ", ".join(_MANIFEST_TYPES)}
        if authorization:
            headers["Authorization"] = authorization
        url = f"https://{self.host}/v2/{repository}/{rest}"
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


def _parse(digest: str, content: bytes) -> Manifest:
    """Take a manifest apart; what is neither an index nor an image has no parts."""
    document = json.loads(content)
    children = [str(entry["digest"]) for entry in document.get("manifests") or ()]
    parts = [*(document.get("layers") or ()), *(document.get("blobs") or ())]
    if document.get("config"):
        parts.insert(0, document["config"])
    # Foreign layers are fetched from elsewhere and are in no registry.
    blobs = [str(part["digest"]) for part in parts if not part.get("urls")]
    return Manifest(digest, "manifests" in document, tuple(children), tuple(dict.fromkeys(blobs)))
