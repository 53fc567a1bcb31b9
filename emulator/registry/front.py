"""Answers a registry's https requests: each goes to the part that knows about it."""

import asyncio
import json
import re
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from emulator.errors import AzureError
from emulator.front.faults import take_fault
from emulator.registry.attributes import image
from emulator.registry.azure_api import AzureApi
from emulator.registry.beneath import Beneath
from emulator.registry.blobs import BlobFront
from emulator.registry.limits import RequestLimits
from emulator.registry.login import RegistryLogin
from emulator.registry.manifest_store import ManifestStore
from emulator.state import State
from emulator.values import JsonObject, text

INDEX_TYPE = "application/vnd.oci.image.index.v1+json"

_MANIFEST = re.compile(r"/v2/(?P<name>.+)/manifests/(?P<reference>[^/]+)")
_REFERRERS = re.compile(r"/v2/(?P<name>.+)/referrers/(?P<digest>[^/]+)")
_NOUN = re.compile(r"/(oauth2|_?manifests|blobs|_?tags|referrers|_catalog)\b")


@dataclass(frozen=True)
class RegistryFront:
    """One registry: what is its own, and the address of the registry beneath."""

    login: RegistryLogin
    store: ManifestStore
    azure: AzureApi
    blobs: BlobFront
    beneath: Beneath
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
            return await self._manifest(request, manifest["name"], manifest["reference"])
        if referrers := _REFERRERS.fullmatch(request.path):
            found = self.store.journal.referrers_of(referrers["name"], referrers["digest"])
            return _referrers(found, request.query.get("artifactType", ""))
        for part in (self.azure, self.blobs):
            answer = await part.answer(request)
            if answer is not None:
                return answer
        return await self.beneath.forward(request)

    async def _manifest(
        self, request: web.BaseRequest, name: str, reference: str
    ) -> web.StreamResponse:
        if request.method == "PUT":
            return await self.store.put(request, name, reference)
        if request.method == "DELETE":
            return await self.store.delete(name, reference)
        self.store.attributes.require("readEnabled", name, image(name, reference))
        return await self.beneath.forward(request)


def error_response(refusal: AzureError) -> web.Response:
    """Say a refusal in the registry's JSON."""
    document = {"errors": [{"code": refusal.code, "message": refusal.message, "detail": None}]}
    return web.json_response(document, status=refusal.status)


def _noun(path: str) -> str:
    found = _NOUN.findall(path)
    return str(found[-1]) if found else "registry"


def _referrers(descriptors: list[JsonObject], wanted: str) -> web.Response:
    headers = {"Content-Type": INDEX_TYPE}
    if wanted:
        descriptors = [one for one in descriptors if text(one, "artifactType") == wanted]
        headers["OCI-Filters-Applied"] = "artifactType"
    document = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": descriptors}
    return web.Response(body=json.dumps(document).encode(), headers=headers)
