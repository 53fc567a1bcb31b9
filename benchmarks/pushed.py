"""Many small images in a registry: pushed as bytes, as a client for each would take minutes."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from transfer.azure.endpoints import trusted_authorities

_IMAGE = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"
_PARALLEL = 8


class PushClient:
    """A registry that is signed in to for writing, with what docker knows of it."""

    def __init__(
        self, host: str, environment: Mapping[str, str], repositories: Sequence[str]
    ) -> None:
        document = json.loads((Path(environment["DOCKER_CONFIG"]) / "config.json").read_text())
        basic = {"Authorization": f"Basic {document['auths'][host]['auth']}"}
        self._http = httpx.Client(
            base_url=f"https://{host}", verify=trusted_authorities(environment), timeout=60
        )
        scopes = [f"repository:{name}:pull,push" for name in repositories]
        query: dict[str, str | list[str]] = {"service": host, "scope": scopes}
        answer = self._http.get("/oauth2/token", params=query, headers=basic)
        self.token = str(answer.raise_for_status().json()["access_token"])
        self._http.headers["Authorization"] = f"Bearer {self.token}"

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def blob(self, repository: str, media_type: str, content: bytes) -> dict[str, object]:
        """Push a blob, and give its descriptor."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        path = f"/v2/{repository}/blobs/uploads/"
        self._http.post(path, params={"digest": digest}, content=content).raise_for_status()
        return {"mediaType": media_type, "digest": digest, "size": len(content)}

    def manifest(
        self, repository: str, tag: str, media_type: str, **content: object
    ) -> dict[str, object]:
        """Push a manifest, by its digest where no tag is given, and give its descriptor."""
        body = json.dumps({"schemaVersion": 2, "mediaType": media_type, **content}).encode()
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        self._http.put(
            f"/v2/{repository}/manifests/{tag or digest}",
            content=body,
            headers={"Content-Type": media_type},
        ).raise_for_status()
        return {"mediaType": media_type, "digest": digest, "size": len(body)}

    def image(self, repository: str, tag: str, layers: Sequence[bytes], name: str) -> None:
        """Push an image of one platform with these layers."""
        config = self.blob(repository, _CONFIG, b'{"os":"linux","architecture":"amd64"}')
        held = [self.blob(repository, _LAYER, layer) for layer in layers]
        named = {"name": name}
        self.manifest(repository, tag, _IMAGE, config=config, layers=held, annotations=named)


def push_many(client: PushClient, names: Sequence[str], *, every_index: int) -> None:
    """Push an image for each name, and for some an index over two platforms."""
    parts = {}
    for repository in {name.partition(":")[0] for name in names}:
        config = client.blob(repository, _CONFIG, b'{"os":"linux","architecture":"amd64"}')
        parts[repository] = (config, client.blob(repository, _LAYER, b"a layer of all images"))

    def push(numbered: tuple[int, str]) -> None:
        number, name = numbered
        repository, _, tag = name.partition(":")
        config, layer = parts[repository]

        def image(own_tag: str, platform: str) -> dict[str, object]:
            named = {"name": f"{name} {platform}"}
            return client.manifest(
                repository, own_tag, _IMAGE, config=config, layers=[layer], annotations=named
            )

        if number % every_index:
            image(tag, "amd64")
            return
        platforms = [
            {**image("", platform), "platform": {"os": "linux", "architecture": platform}}
            for platform in ("amd64", "arm64")
        ]
        client.manifest(repository, tag, _INDEX, manifests=platforms)

    with ThreadPoolExecutor(_PARALLEL) as pool:
        list(pool.map(push, enumerate(names)))
