"""Reads and writes a container registry over its https interface."""

import hashlib
import json
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from functools import cached_property

import aiohttp
from yarl import URL

from emulator.front.proxy import CHUNK_BYTES
from emulator.transfer_service.errors import TransferError
from emulator.values import JsonObject, child, find, number, objects, text

INDEX_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
MANIFEST_TYPES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.artifact.manifest.v1+json",
)


@dataclass(frozen=True)
class Descriptor:
    """A pointer to content: its type, digest and size."""

    media_type: str
    digest: str
    size: int
    is_foreign: bool = False  # its bytes lie elsewhere and are in no registry

    @classmethod
    def read(cls, document: JsonObject) -> "Descriptor":
        """Read it from a manifest."""
        return cls(
            text(document, "mediaType"),
            text(document, "digest"),
            int(number(document, "size")),
            is_foreign=bool(find(document, "urls")),
        )


@dataclass(frozen=True)
class Manifest:
    """A manifest as it is stored, byte for byte."""

    media_type: str
    body: bytes

    @cached_property
    def digest(self) -> str:
        """Give the digest by which it is known."""
        return f"sha256:{hashlib.sha256(self.body).hexdigest()}"

    def manifests(self) -> list[Descriptor]:
        """Give the manifests that an index holds together; none for an image."""
        document = self._document()
        return [Descriptor.read(one) for one in objects(document, "manifests")]

    def blobs(self) -> list[Descriptor]:
        """Give config and layers; none for an index."""
        document = self._document()
        config = child(document, "config")
        found = [config] if config else []
        found += objects(document, "layers") + objects(document, "blobs")
        return [Descriptor.read(one) for one in found]

    def _document(self) -> JsonObject:
        document = json.loads(self.body)
        return document if isinstance(document, dict) else {}


class RegistryClient:
    """One registry, reached with a token of the service."""

    def __init__(self, client: aiohttp.ClientSession, login_server: str, token: str) -> None:
        self._client = client
        self._base = f"https://{login_server}/v2"
        self._headers = {"Authorization": f"Bearer {token}"}

    async def manifest(self, repository: str, reference: str) -> Manifest | None:
        """Give a manifest by tag or digest; None when there is none."""
        accept = ", ".join((*INDEX_TYPES, *MANIFEST_TYPES))
        url = f"{self._base}/{repository}/manifests/{reference}"
        async with self._client.get(url, headers=self._headers | {"Accept": accept}) as answer:
            if answer.status == 404:
                return None
            _check(answer, f"manifest {repository}:{reference}")
            return Manifest(answer.content_type, await answer.read())

    async def read_blob(self, repository: str, digest: str) -> AsyncIterator[bytes]:
        """Stream a blob."""
        url = f"{self._base}/{repository}/blobs/{digest}"
        async with self._client.get(url, headers=self._headers) as answer:
            _check(answer, f"blob {repository}@{digest}")
            async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
                yield chunk

    async def has_blob(self, repository: str, digest: str) -> bool:
        """Tell whether a blob is there."""
        url = f"{self._base}/{repository}/blobs/{digest}"
        async with self._client.head(url, headers=self._headers) as answer:
            return answer.status == 200

    async def push_blob(
        self, repository: str, descriptor: Descriptor, body: AsyncIterable[bytes]
    ) -> None:
        """Write a blob; the registry checks its digest."""
        start = f"{self._base}/{repository}/blobs/uploads/"
        async with self._client.post(start, headers=self._headers) as answer:
            _check(answer, f"blob {repository}@{descriptor.digest}")
            location = answer.url.join(URL(answer.headers["Location"]))
        url = location.update_query(digest=descriptor.digest)
        headers = self._headers | {"Content-Length": str(descriptor.size)}
        async with self._client.put(url, headers=headers, data=body) as answer:
            _check(answer, f"blob {repository}@{descriptor.digest}")

    async def push_manifest(self, repository: str, reference: str, manifest: Manifest) -> None:
        """Write a manifest under a tag or its digest."""
        url = f"{self._base}/{repository}/manifests/{reference}"
        headers = self._headers | {"Content-Type": manifest.media_type}
        async with self._client.put(url, headers=headers, data=manifest.body) as answer:
            _check(answer, f"manifest {repository}:{reference}")


def _check(answer: aiohttp.ClientResponse, subject: str) -> None:
    if answer.status >= 300:
        raise TransferError(
            f"Failed to access registry. Service request failed for {subject}. "
            f"Status: {answer.status} ({answer.reason})"
        )
