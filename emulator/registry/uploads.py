"""Takes layers piece by piece onto the disk, for the registry beneath would hold them in memory."""

import secrets
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from emulator.front.proxy import CHUNK_BYTES


class Uploads:
    """The unfinished uploads of one registry; a restart forgets them."""

    def __init__(self, directory: Path) -> None:
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True, mode=0o700)
        self._directory = directory

    def begin(self) -> str:
        """Give the id of a new upload."""
        upload = secrets.token_hex(16)
        self._file(upload).touch()
        return upload

    def size(self, upload: str) -> int | None:
        """Give the bytes that have come so far, or None when there is no such upload."""
        file = self._file(upload)
        return file.stat().st_size if upload.isalnum() and file.exists() else None

    async def append(self, upload: str, request: web.BaseRequest) -> int:
        """Write what the request brings and give the new size."""
        with self._file(upload).open("ab") as stream:
            async for chunk in request.content.iter_any():
                stream.write(chunk)
            return stream.tell()

    async def read(self, upload: str, request: web.BaseRequest) -> AsyncIterator[bytes]:
        """Give what has come before, then what the last request brings."""
        with self._file(upload).open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk
        async for chunk in request.content.iter_any():
            yield chunk

    def end(self, upload: str) -> None:
        """Forget an upload, finished or not."""
        self._file(upload).unlink(missing_ok=True)

    def _file(self, upload: str) -> Path:
        return self._directory / upload
