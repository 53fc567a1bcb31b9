"""Answers a registry's requests for blobs: uploads piece by piece, and parts of what is there."""

import re
from dataclasses import dataclass

from aiohttp import web

from emulator.errors import AzureError
from emulator.registry.attributes import Attributes
from emulator.registry.beneath import Beneath
from emulator.registry.manifests import is_digest
from emulator.registry.uploads import Uploads

_UPLOAD = re.compile(r"/v2/(?P<name>.+)/blobs/uploads/(?P<upload>[^/]*)")
_BLOB = re.compile(r"/v2/(?P<name>.+)/blobs/(?P<digest>[^/]+)")
_RANGE = re.compile(r"bytes=(?P<first>\d*)-(?P<last>\d*)")


@dataclass(frozen=True)
class BlobFront:
    """The blobs of one registry."""

    uploads: Uploads
    attributes: Attributes
    beneath: Beneath

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse | None:
        """Answer a request for blobs; None where it is for something else."""
        if upload := _UPLOAD.fullmatch(request.path):
            self.attributes.require("writeEnabled", upload["name"])
            return await self._upload(request, upload["name"], upload["upload"])
        blob = _BLOB.fullmatch(request.path)
        if blob is None:
            return None
        part = _RANGE.fullmatch(request.headers.get("Range", ""))
        if request.method == "GET" and part is not None and _is_range(part["first"], part["last"]):
            return await self._part(request, part["first"], part["last"])
        return await self.beneath.forward(request)

    async def _part(self, request: web.BaseRequest, first: str, last: str) -> web.StreamResponse:
        """Answer with a part; the registry beneath takes only ranges that end within the blob."""
        async with self.beneath.send("HEAD", request.raw_path) as answer:
            size = int(answer.headers.get("Content-Length", 0)) if answer.status == 200 else None
        if size is None:
            return await self.beneath.forward(request)
        start = int(first) if first else max(size - int(last), 0)
        end = min(int(last), size - 1) if first and last else size - 1
        if start > end:
            headers = {"Content-Range": f"bytes */{size}"}
            return web.Response(status=416, headers=headers)
        wanted = request.headers.copy()
        wanted["Range"] = f"bytes={start}-{end}"
        async with self.beneath.send("GET", request.raw_path, wanted) as answer:
            return await self.beneath.relay(request, answer)

    async def _upload(self, request: web.BaseRequest, name: str, upload: str) -> web.StreamResponse:
        if request.method == "POST":
            return await self._begin_upload(request, name)
        size = self.uploads.size(upload)
        if size is None:
            raise AzureError(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
        if request.method == "PATCH":
            first = request.headers.get("Content-Range", "").partition("-")[0]
            if first.isdigit() and int(first) != size:
                return self._status(name, upload, size, 416)
            return self._status(name, upload, await self.uploads.append(upload, request), 202)
        if request.method == "PUT":
            return await self._end_upload(request, name, upload, size)
        if request.method == "DELETE":
            self.uploads.end(upload)
            return web.Response(status=204)
        return self._status(name, upload, size, 204)

    async def _begin_upload(self, request: web.BaseRequest, name: str) -> web.StreamResponse:
        if "digest" in request.query:
            return await self.beneath.forward(request)
        mount = request.query.get("mount", "")
        if is_digest(mount):
            async with self.beneath.send("HEAD", f"/v2/{name}/blobs/{mount}") as answer:
                if answer.status == 200:
                    return _created(name, mount)
        return self._status(name, self.uploads.begin(), 0, 202)

    async def _end_upload(
        self, request: web.BaseRequest, name: str, upload: str, size: int
    ) -> web.StreamResponse:
        digest = request.query.get("digest", "")
        if not is_digest(digest):
            raise AzureError(400, "DIGEST_INVALID", "provided digest is not one")
        headers = {}
        if request.content_length is not None or not request.can_read_body:
            headers["Content-Length"] = str(size + (request.content_length or 0))
        path = f"/v2/{name}/blobs/uploads/?digest={digest}"
        body = self.uploads.read(upload, request)
        async with self.beneath.send("POST", path, headers, body) as answer:
            if answer.status >= 300:
                return await self.beneath.relay(request, answer)
        self.uploads.end(upload)
        return _created(name, digest)

    def _status(self, name: str, upload: str, size: int, status: int) -> web.Response:
        return web.Response(
            status=status,
            headers={
                "Location": f"/v2/{name}/blobs/uploads/{upload}",
                "Range": f"0-{max(size - 1, 0)}",
                "Docker-Upload-UUID": upload,
            },
        )


def _is_range(first: str, last: str) -> bool:
    """Tell whether a range is one; HTTP has any other be ignored."""
    return bool(first or last) and not (first and last and int(first) > int(last))


def _created(name: str, digest: str) -> web.Response:
    headers = {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest}
    return web.Response(status=201, headers=headers)
