"""Reads and writes the blobs of a pipeline's container with nothing but the pipeline's way in."""

import base64
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.core.pipeline.transport import AioHttpTransport
from azure.storage.blob import BlobProperties, ContentSettings
from azure.storage.blob.aio import ContainerClient
from typing_extensions import override

from emulator.transfer_service.access import ContainerAccess
from emulator.transfer_service.errors import TransferError

CATEGORY = "acr-transfer-blob"
BLOCK_BYTES = 8 * 1024 * 1024
_TOKEN_SECONDS = 3600


class BlobContainer:
    """One container over https, as a client of Azure Storage sees it; use it with `async with`."""

    def __init__(self, access: ContainerAccess, ca_file: Path) -> None:
        self._client = ContainerClient.from_container_url(
            access.uri + access.sas,
            credential=_Bearer(access.bearer) if access.bearer else None,
            transport=AioHttpTransport(connection_verify=str(ca_file)),
            connection_verify=str(ca_file),
            retry_total=0,
            max_single_put_size=BLOCK_BYTES,
            max_block_size=BLOCK_BYTES,
            max_single_get_size=BLOCK_BYTES,
            max_chunk_get_size=BLOCK_BYTES,
        )

    async def __aenter__(self) -> "BlobContainer":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.close()

    async def find(self, name: str) -> BlobProperties | None:
        """Give what the service knows of a blob; None when there is none."""
        with _storage_errors():
            try:
                return await self._client.get_blob_client(name).get_blob_properties()
            except ResourceNotFoundError as exc:
                if getattr(exc, "error_code", "") != "BlobNotFound":
                    raise
                return None

    async def list(self) -> list[BlobProperties]:
        """Give all blobs with their metadata."""
        with _storage_errors():
            return [blob async for blob in self._client.list_blobs(include=["metadata"])]

    async def upload(self, name: str, file: BinaryIO, md5: bytes, *, overwrite: bool) -> None:
        """Write a transfer blob in blocks, marked as one and with its MD5."""
        size = file.seek(0, 2)
        file.seek(0)
        with _storage_errors():
            await self._client.upload_blob(
                name,
                file,
                length=size,
                overwrite=overwrite,
                metadata={"category": CATEGORY},
                content_settings=ContentSettings(
                    content_type="application/octet-stream", content_md5=bytearray(md5)
                ),
                max_concurrency=2,
            )

    async def download(self, name: str, file: BinaryIO) -> bytes:
        """Write a blob's content to a file and give its MD5."""
        md5 = hashlib.md5(usedforsecurity=False)
        with _storage_errors():
            stream = await self._client.download_blob(name)
            async for chunk in stream.chunks():
                md5.update(chunk)
                file.write(chunk)
        return md5.digest()

    async def delete(self, name: str) -> None:
        """Delete a blob."""
        with _storage_errors():
            await self._client.delete_blob(name)


class _Bearer(AsyncTokenCredential):
    """A token that has been issued already."""

    def __init__(self, token: str) -> None:
        self._token = token

    @override
    async def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        **options: object,
    ) -> AccessToken:
        """Give the token; it lives as long as the service."""
        return AccessToken(self._token, int(time.time()) + _TOKEN_SECONDS)

    @override
    async def close(self) -> None:
        """Have nothing to close."""

    @override
    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Have nothing to close."""


def is_transfer_blob(blob: BlobProperties) -> bool:
    """Tell whether the blob's metadata says that a transfer pipeline wrote it."""
    metadata = {key.lower(): value for key, value in (blob.metadata or {}).items()}
    return metadata.get("category") == CATEGORY


def content_md5(blob: BlobProperties) -> bytes | None:
    """Give the MD5 that the blob's properties hold."""
    value = blob.content_settings.content_md5
    if isinstance(value, str):
        return base64.b64decode(value)
    return bytes(value) if value else None


@contextmanager
def _storage_errors() -> Iterator[None]:
    # The original errors know the request and with it the SAS: they are not passed on.
    try:
        yield
    except HttpResponseError as exc:
        reason = (exc.reason or "").rstrip(".")
        raise TransferError(
            "Failed to access storage. Service request failed. "
            f"Status: {exc.status_code} ({reason})"
        ) from None
    except AzureError as exc:
        raise TransferError(
            f"Failed to access storage. The request could not be sent ({type(exc).__name__})."
        ) from None
