"""Answers a registry's https requests for sign-in, uploads, manifests; passes the rest on."""

import asyncio
import re
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from emulator.errors import AzureError
from emulator.front.faults import take_fault
from emulator.front.proxy import forward, relay, send
from emulator.registry.limits import RequestLimits
from emulator.registry.lists import answer_list
from emulator.registry.login import RegistryLogin
from emulator.registry.manifests import ManifestJournal, is_digest
from emulator.registry.uploads import Uploads
from emulator.state import State
from emulator.values import JsonObject

MAX_MANIFEST_BYTES = 4 * 1024 * 1024
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"

_MANIFEST = re.compile(r"/v2/(?P<name>.+)/manifests/(?P<reference>[^/]+)")
_REFERRERS = re.compile(r"/v2/(?P<name>.+)/referrers/(?P<digest>[^/]+)")
_NOUN = re.compile(r"/(oauth2|_?manifests|blobs|_?tags|referrers|_catalog)\b")
_UPLOAD = re.compile(r"/v2/(?P<name>.+)/blobs/uploads/(?P<upload>[^/]*)")


@dataclass(frozen=True)
class RegistryFront:
    """One registry: what is its own, and the address of the registry beneath."""

    login: RegistryLogin
    journal: ManifestJournal
    uploads: Uploads
    client: aiohttp.ClientSession
    base: str
    state: State
    limits: RequestLimits = field(default_factory=RequestLimits)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        self.state.requests[f"{request.method} {_noun(request.path)}"] += 1
        if self.state.settings.registry_seconds:
            await asyncio.sleep(self.state.settings.registry_seconds)
        try:
            refusal = take_fault(request, self.state, "registry") or self._limit(request)
            if refusal is not None:
                return refusal
            if request.path.startswith("/oauth2/"):
                return await self.login.handle(request)
            refusal = self.login.check(request)
            return refusal if refusal is not None else await self._answer(request)
        except AzureError as exc:
            return error_response(exc)
        except aiohttp.ClientConnectionError:
            return error_response(AzureError(503, "UNAVAILABLE", "the registry is not available"))

    def _limit(self, request: web.BaseRequest) -> web.Response | None:
        """Refuse a request of which there have been too many in this minute."""
        settings = self.state.settings
        limits, minute = settings.registry_limits, settings.limit_seconds
        if not limits or self.login.is_service(request):
            return None
        seconds = self.limits.admit(request.method, request.path, limits, minute)
        if not seconds:
            return None
        refusal = error_response(AzureError(429, "TOOMANYREQUESTS", "too many requests"))
        refusal.headers["Retry-After"] = str(seconds)
        return refusal

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if manifest := _MANIFEST.fullmatch(request.path):
            if request.method == "PUT":
                return await self._put_manifest(request, manifest["name"], manifest["reference"])
            if request.method == "DELETE":
                return await self._delete_manifest(request, manifest["name"], manifest["reference"])
        if referrers := _REFERRERS.fullmatch(request.path):
            return _referrers(self.journal.referrers_of(referrers["name"], referrers["digest"]))
        if (listed := answer_list(request, self.journal, self.login.service)) is not None:
            return listed
        if upload := _UPLOAD.fullmatch(request.path):
            return await self._upload(request, upload["name"], upload["upload"])
        return await forward(request, self.client, self.base)

    async def _put_manifest(
        self, request: web.BaseRequest, name: str, reference: str
    ) -> web.StreamResponse:
        body = await request.content.read(MAX_MANIFEST_BYTES + 1)
        while len(body) <= MAX_MANIFEST_BYTES and (more := await request.content.readany()):
            body += more
        if len(body) > MAX_MANIFEST_BYTES:
            raise AzureError(413, "MANIFEST_INVALID", "manifest exceeds the limit of 4 MiB")
        headers = {"Content-Type": request.headers.get("Content-Type", "")}
        url = self.base + request.raw_path
        async with send(self.client, "PUT", url, headers, body) as answer:
            if answer.status >= 300:
                return await relay(request, answer)
            digest = self.journal.put(name, reference, headers["Content-Type"], body)
            return await relay(request, answer, {"Location": f"/v2/{name}/manifests/{digest}"})

    async def _delete_manifest(
        self, request: web.BaseRequest, name: str, reference: str
    ) -> web.StreamResponse:
        # Azure deletes a manifest together with its tags.
        tags = self.journal.tags_of(name, reference) if is_digest(reference) else []
        for tag in tags:
            async with send(self.client, "DELETE", f"{self.base}/v2/{name}/manifests/{tag}", {}):
                self.journal.delete(name, tag)
        async with send(self.client, "DELETE", self.base + request.raw_path, {}) as answer:
            if answer.status < 300:
                self.journal.delete(name, reference)
            return await relay(request, answer)

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
            return await forward(request, self.client, self.base)
        mount = request.query.get("mount", "")
        if is_digest(mount):
            url = f"{self.base}/v2/{name}/blobs/{mount}"
            async with send(self.client, "HEAD", url, {}) as answer:
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
        url = f"{self.base}/v2/{name}/blobs/uploads/?digest={digest}"
        body = self.uploads.read(upload, request)
        async with send(self.client, "POST", url, headers, body) as answer:
            if answer.status >= 300:
                return await relay(request, answer)
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


def error_response(refusal: AzureError) -> web.Response:
    """Say a refusal in the registry's JSON."""
    document = {"errors": [{"code": refusal.code, "message": refusal.message, "detail": None}]}
    return web.json_response(document, status=refusal.status)


def _noun(path: str) -> str:
    found = _NOUN.findall(path)
    return str(found[-1]) if found else "registry"


def _referrers(descriptors: list[JsonObject]) -> web.Response:
    document = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": descriptors}
    return web.json_response(document, content_type=INDEX_TYPE)


def _created(name: str, digest: str) -> web.Response:
    headers = {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest}
    return web.Response(status=201, headers=headers)
