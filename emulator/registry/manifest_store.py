"""Writes and deletes a registry's manifests: in the registry beneath, and in the journal."""

from dataclasses import dataclass

from aiohttp import web

from emulator.errors import AzureError
from emulator.registry.attributes import Attributes, image
from emulator.registry.beneath import Beneath
from emulator.registry.manifests import ManifestJournal, is_digest, parse_manifest, subject_of
from emulator.values import child, number, text

MAX_MANIFEST_BYTES = 4 * 1024 * 1024
_MAX_CONFIG_BYTES = 1024 * 1024


@dataclass(frozen=True)
class ManifestStore:
    """The manifests of one registry, with what may be done with them."""

    journal: ManifestJournal
    attributes: Attributes
    beneath: Beneath

    async def put(self, request: web.BaseRequest, name: str, reference: str) -> web.StreamResponse:
        """Take a manifest."""
        self.attributes.require("writeEnabled", name, image(name, reference))
        body = await request.content.read(MAX_MANIFEST_BYTES + 1)
        while len(body) <= MAX_MANIFEST_BYTES and (more := await request.content.readany()):
            body += more
        if len(body) > MAX_MANIFEST_BYTES:
            raise AzureError(413, "MANIFEST_INVALID", "manifest exceeds the limit of 4 MiB")
        headers = {"Content-Type": request.headers.get("Content-Type", "")}
        async with self.beneath.send("PUT", request.raw_path, headers, body) as answer:
            if answer.status >= 300:
                return await self.beneath.relay(request, answer)
            platform = await self._platform(name, body)
            digest = self.journal.put(name, reference, headers["Content-Type"], body, platform)
            told = {"Location": f"/v2/{name}/manifests/{digest}"}
            if subject := subject_of(body):
                told["OCI-Subject"] = subject
            return await self.beneath.relay(request, answer, told)

    async def delete(self, name: str, reference: str) -> web.Response:
        """Delete a tag, or as Azure does a manifest together with its tags."""
        known = self.journal.manifests if is_digest(reference) else self.journal.tags
        if reference not in known(name):
            raise not_there(reference)
        tags = self.journal.tags_of(name, reference) if is_digest(reference) else []
        doomed = [*tags, reference]
        self.attributes.require("deleteEnabled", name, *(image(name, one) for one in doomed))
        for one in doomed:
            await self._forget(name, one)
        return web.Response(status=202)

    async def delete_repository(self, name: str) -> web.Response:
        """Delete all that a repository holds."""
        manifests, tags = sorted(self.journal.manifests(name)), sorted(self.journal.tags(name))
        if not manifests:
            raise repository_not_there(name)
        doomed = [*tags, *manifests]
        self.attributes.require("deleteEnabled", name, *(image(name, one) for one in doomed))
        for one in doomed:
            await self._forget(name, one)
        self.attributes.forget(name)
        deleted = {"manifestsDeleted": manifests, "tagsDeleted": tags}
        return web.json_response(deleted, status=202)

    async def _platform(self, name: str, body: bytes) -> dict[str, str]:
        """Read for which platform an image is, as Azure tells in its lists."""
        config = child(parse_manifest(body), "config")
        if not config or number(config, "size") > _MAX_CONFIG_BYTES:
            return {}
        path = f"/v2/{name}/blobs/{text(config, 'digest')}"
        async with self.beneath.send("GET", path) as answer:
            found = parse_manifest(await answer.read()) if answer.status == 200 else {}
        return {key: text(found, key) for key in ("architecture", "os") if text(found, key)}

    async def _forget(self, name: str, reference: str) -> None:
        async with self.beneath.send("DELETE", f"/v2/{name}/manifests/{reference}") as answer:
            if answer.status < 300:
                self.journal.delete(name, reference)
                self.attributes.forget(image(name, reference))


def repository_not_there(name: str) -> AzureError:
    """Refuse a repository that nothing was pushed to."""
    return AzureError(404, "NAME_UNKNOWN", f'repository "{name}" is not found')


def not_there(reference: str) -> AzureError:
    """Refuse a tag or a manifest that a repository does not hold."""
    return AzureError(404, "MANIFEST_UNKNOWN", f'manifest tagged by "{reference}" is not found')
