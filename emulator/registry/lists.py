"""The lists of a registry, page by page: repositories, and tags and manifests of a repository."""

import re
from collections.abc import Callable, Iterable
from urllib.parse import urlencode

from aiohttp import web

from emulator.errors import AzureError
from emulator.registry.manifests import Held, ManifestJournal
from emulator.values import JsonObject

CATALOG = "/v2/_catalog"
# https://learn.microsoft.com/rest/api/containerregistry/tag/get-list
_OF_A_REPOSITORY = re.compile(
    r"/v2/(?P<docker>.+)/tags/list|/acr/v1/(?P<azure>.+)/_(?P<kind>tags|manifests)"
)
_PER_PAGE = 100
_MOST_PER_PAGE = 1000
_FREE: JsonObject = {
    "deleteEnabled": True,
    "writeEnabled": True,
    "readEnabled": True,
    "listEnabled": True,
}


def answer_list(
    request: web.BaseRequest, journal: ManifestJournal, server: str
) -> web.Response | None:
    """Answer a request for a list; None where it is for something else."""
    if request.method != "GET":
        return None
    if request.path == CATALOG:
        return _page(request, journal.repositories(), lambda shown: {"repositories": [*shown]})
    match = _OF_A_REPOSITORY.fullmatch(request.path)
    if match is None:
        return None
    name = match["docker"] or match["azure"]
    tags, manifests = journal.tags(name), journal.manifests(name)
    if not manifests:
        raise AzureError(404, "NAME_UNKNOWN", "repository name not known to registry")
    if match["docker"]:
        return _page(request, tags, lambda shown: {"name": name, "tags": [*shown]})
    head: JsonObject = {"registry": server, "imageName": name}
    if match["kind"] == "tags":
        return _page(
            request, tags, lambda shown: head | {"tags": [_tag(tag, tags[tag]) for tag in shown]}
        )
    tags_of: dict[str, list[str]] = {}
    for tag in sorted(tags):
        tags_of.setdefault(tags[tag].digest, []).append(tag)

    def describe(digest: str) -> JsonObject:
        return _manifest(manifests[digest], journal.size(digest), tags_of.get(digest, []))

    return _page(
        request, manifests, lambda shown: head | {"manifests": [describe(item) for item in shown]}
    )


def _page(
    request: web.BaseRequest,
    names: Iterable[str],
    document: Callable[[list[str]], JsonObject],
) -> web.Response:
    """Show the names behind `last`, `n` of them, and where the next page is."""
    last, wanted = request.query.get("last", ""), request.query.get("n", "")
    count = min(int(wanted), _MOST_PER_PAGE) if wanted.isdigit() else _PER_PAGE
    left = [name for name in sorted(names) if name > last]
    shown = left[:count]
    headers = {}
    if shown and len(left) > count:
        query = urlencode({"last": shown[-1], "n": str(count)})
        headers["Link"] = f'<{request.path}?{query}>; rel="next"'
    return web.json_response(document(shown), headers=headers)


def _tag(name: str, held: Held) -> JsonObject:
    return {
        "name": name,
        "digest": held.digest,
        "createdTime": held.created,
        "lastUpdateTime": held.changed,
        "signed": False,
        "changeableAttributes": _FREE,
    }


def _manifest(held: Held, size: int, tags: list[str]) -> JsonObject:
    return {
        "digest": held.digest,
        "imageSize": size,
        "createdTime": held.created,
        "lastUpdateTime": held.changed,
        "mediaType": held.media_type,
        "tags": tags,
        "changeableAttributes": _FREE,
    }
