"""The lists of a registry, page by page: repositories, and tags and manifests of a repository."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from emulator.errors import AzureError
from emulator.registry.attributes import Attributes, image
from emulator.registry.manifests import Held, ManifestJournal
from emulator.values import JsonObject, text

CATALOGS = ("/v2/_catalog", "/acr/v1/_catalog")
# https://learn.microsoft.com/rest/api/containerregistry/tag/get-list
_OF_A_REPOSITORY = re.compile(
    r"/v2/(?P<docker>.+)/tags/list|/acr/v1/(?P<azure>.+)/_(?P<kind>tags|manifests)"
)
_PER_PAGE = 100
_MOST_PER_PAGE = 1000


@dataclass(frozen=True)
class Lists:
    """What one registry tells of what it holds."""

    journal: ManifestJournal
    attributes: Attributes
    server: str

    def answer(self, request: web.BaseRequest) -> web.Response | None:
        """Answer a request for a list; None where it is for something else."""
        if request.method != "GET":
            return None
        if request.path in CATALOGS:
            names = dict.fromkeys(filter(self._is_listed, self.journal.repositories()), "")
            return _page(request, names, lambda shown: {"repositories": shown})
        match = _OF_A_REPOSITORY.fullmatch(request.path)
        if match is None:
            return None
        name = match["docker"] or match["azure"]
        if not self.journal.manifests(name):
            raise AzureError(404, "NAME_UNKNOWN", "repository name not known to registry")
        if match["docker"]:
            tags = self._times(name, self.journal.tags(name))
            return _page(request, tags, lambda shown: {"name": name, "tags": shown})
        if match["kind"] == "tags":
            wanted = request.query.get("digest", "")
            held = self.journal.tags(name)
            return _page(
                request,
                self._times(
                    name, {tag: one for tag, one in held.items() if wanted in ("", one.digest)}
                ),
                lambda shown: self.head(name) | {"tags": [self.tag(name, tag) for tag in shown]},
            )
        return _page(
            request,
            self._times(name, self.journal.manifests(name)),
            lambda shown: (
                self.head(name) | {"manifests": [self.manifest(name, one) for one in shown]}
            ),
        )

    def head(self, name: str) -> JsonObject:
        """Say what an answer is about."""
        return {"registry": self.server, "imageName": name}

    def tag(self, name: str, tag: str) -> JsonObject:
        """Describe a tag."""
        held = self.journal.tags(name)[tag]
        return {
            "name": tag,
            "digest": held.digest,
            "createdTime": held.created,
            "lastUpdateTime": held.changed,
            "signed": False,
            "changeableAttributes": self.attributes.of(image(name, tag)),
        }

    def manifest(self, name: str, digest: str) -> JsonObject:
        """Describe a manifest; Azure leaves out what there is none of."""
        held = self.journal.manifests(name)[digest]
        tags = sorted(self.journal.tags_of(name, digest))
        more: JsonObject = {
            "architecture": held.architecture,
            "os": held.os,
            "configMediaType": text(self.journal.document(digest), "config", "mediaType"),
            "tags": tags,
        }
        return {
            "digest": held.digest,
            "imageSize": self.journal.image_size(digest),
            "createdTime": held.created,
            "lastUpdateTime": held.changed,
            "mediaType": held.media_type,
            **{key: value for key, value in more.items() if value},
            "changeableAttributes": self.attributes.of(image(name, digest)),
        }

    def _times(self, name: str, held: Mapping[str, Held]) -> dict[str, str]:
        """Give when each thing was changed, of those that may be listed."""
        return {key: one.changed for key, one in held.items() if self._is_listed(image(name, key))}

    def _is_listed(self, subject: str) -> bool:
        return self.attributes.allows("listEnabled", subject)


def _page(
    request: web.BaseRequest,
    times: Mapping[str, str],
    document: Callable[[list[str]], JsonObject],
) -> web.Response:
    """Show the names behind `last`, `n` of them, and where the next page is."""
    last, wanted = request.query.get("last", ""), request.query.get("n", str(_PER_PAGE))
    if not wanted.isdigit():
        raise AzureError(400, "PAGINATION_NUMBER_INVALID", "invalid number of results requested")
    count = min(int(wanted), _MOST_PER_PAGE)
    order = request.query.get("orderby", "")
    names = sorted(times)
    if order in ("timeasc", "timedesc"):
        names.sort(key=lambda name: times[name], reverse=order == "timedesc")
        left = names[names.index(last) + 1 :] if last in names else names
    else:
        left = [name for name in names if name > last]
    shown = left[:count]
    headers = {}
    if shown and len(left) > count:
        query = {"last": shown[-1], "n": str(count)} | ({"orderby": order} if order else {})
        headers["Link"] = f'<{request.path}?{urlencode(query)}>; rel="next"'
    return web.json_response(document(shown), headers=headers)
