"""Azure's own addresses of a registry, /acr/v1: lists of what it holds, and one thing of them."""

import json
import re
from dataclasses import dataclass

from aiohttp import web

from emulator.errors import AzureError
from emulator.registry.attributes import image
from emulator.registry.lists import Lists
from emulator.registry.manifest_store import ManifestStore, not_there, repository_not_there
from emulator.values import JsonObject

# https://learn.microsoft.com/rest/api/containerregistry
_PLACE = re.compile(r"/acr/v1/(?P<name>.+?)(/_(?P<kind>tags|manifests)/(?P<reference>[^/]+))?")


@dataclass(frozen=True)
class AzureApi:
    """What Azure tells and changes of repositories, tags and manifests."""

    store: ManifestStore
    lists: Lists

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse | None:
        """Answer a request; None where it is for something else."""
        listed = self.lists.answer(request)
        if listed is not None:
            return listed
        place = _PLACE.fullmatch(request.path)
        if place is None:
            return None
        name, kind, reference = place["name"], place["kind"], place["reference"]
        if request.method == "DELETE" and kind is None:
            return await self.store.delete_repository(name)
        if request.method == "DELETE" and kind == "tags":
            return await self.store.delete(name, reference)
        if request.method not in ("GET", "PATCH"):
            raise AzureError(405, "UNSUPPORTED", "The operation is unsupported.")
        self._require(name, kind, reference)
        if request.method == "PATCH":
            subject = image(name, reference) if reference else name
            self.store.attributes.change(subject, await _body(request))
        return web.json_response(self._shown(name, kind, reference))

    def _require(self, name: str, kind: str | None, reference: str) -> None:
        journal = self.store.journal
        if not journal.manifests(name):
            raise repository_not_there(name)
        known = journal.tags(name) if kind == "tags" else journal.manifests(name)
        if kind is not None and reference not in known:
            raise not_there(reference)

    def _shown(self, name: str, kind: str | None, reference: str) -> JsonObject:
        head = self.lists.head(name)
        match kind:
            case "tags":
                return head | {"tag": self.lists.tag(name, reference)}
            case "manifests":
                return head | {"manifest": self.lists.manifest(name, reference)}
        journal = self.store.journal
        held = [*journal.manifests(name).values(), *journal.tags(name).values()]
        return head | {
            "createdTime": min(one.created for one in held),
            "lastUpdateTime": max(one.changed for one in held),
            "manifestCount": len(journal.manifests(name)),
            "tagCount": len(journal.tags(name)),
            "changeableAttributes": self.store.attributes.of(name),
        }


async def _body(request: web.BaseRequest) -> JsonObject:
    try:
        document = json.loads(await request.read())
    except ValueError as exc:
        raise AzureError(400, "INVALID_JSON", "the request body is not JSON") from exc
    return document if isinstance(document, dict) else {}
