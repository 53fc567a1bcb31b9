"""What an emulated registry does for clients: Azure's own SDK and oras, each with its list."""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import aiohttp
import oras.client
import pytest
from azure.containerregistry import ArtifactManifestOrder, ArtifactTagOrder
from azure.containerregistry.aio import ContainerRegistryClient
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from data_cloud import (
    APPLICATION,
    DataCloud,
    cloud,
    in_cloud,
    push_image,
    push_index,
    push_manifest,
)

from emulator.registry.attributes import Attributes
from emulator.state import Resource
from emulator.transfer_service.registry import Manifest
from emulator.values import JsonObject

__all__ = ["cloud"]

pytestmark = pytest.mark.xdist_group("data")

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
APP = "shop/app"
LOCKED = "The operation is disallowed on this registry, repository or image"


class _SignedIn:
    """The credential of somebody whom Azure's sign-in knows."""

    async def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken("emulator.user", int(time.time()) + 3600)

    async def close(self) -> None:
        """Have nothing to close."""

    async def __aenter__(self) -> "_SignedIn":
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()


def sdk(cloud: DataCloud, registry: Resource) -> ContainerRegistryClient:
    return ContainerRegistryClient(
        f"https://{cloud.registries.login_server(registry.name)}",
        _SignedIn(),
        connection_verify=str(cloud.certificates.ca_file),
        retry_total=0,
    )


class Raw:
    """The registry's own addresses, asked with a token for everything."""

    def __init__(self, cloud: DataCloud, registry: Resource) -> None:
        self._client = cloud.client
        self._base = f"https://{cloud.registries.login_server(registry.name)}"
        token = cloud.registries.service_token(registry.name)
        self._headers = {"Authorization": f"Bearer {token}"}

    async def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[aiohttp.ClientResponse, bytes]:
        sent = self._headers | {name.replace("_", "-"): text for name, text in headers.items()}
        async with self._client.request(
            method, self._base + path, headers=sent, data=body
        ) as answer:
            return answer, await answer.read()

    async def json(self, path: str) -> JsonObject:
        _, body = await self.ask("GET", path)
        document = json.loads(body)
        assert isinstance(document, dict)
        return document


@pytest.mark.parametrize(
    ("wanted", "status", "content", "place"),
    [
        ("bytes=0-4194303", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=2-3", 206, b"23", "bytes 2-3/10"),
        ("bytes=5-", 206, b"56789", "bytes 5-9/10"),
        ("bytes=-4", 206, b"6789", "bytes 6-9/10"),
        ("bytes=-40", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=3-2", 200, b"0123456789", None),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
    ],
)
@in_cloud
async def test_a_part_of_a_blob_is_given_as_http_says(
    cloud: DataCloud, wanted: str, status: int, content: bytes, place: str | None
) -> None:
    registry, client = await cloud.registry()
    await push_manifest(client, APP, "1", [b"0123456789"])
    digest = Manifest("", b"0123456789").digest

    answer, body = await Raw(cloud, registry).ask("GET", f"/v2/{APP}/blobs/{digest}", Range=wanted)

    assert (answer.status, body) == (status, content)
    assert answer.headers.get("Content-Range") == place


@pytest.mark.parametrize("path", ["/v2/_catalog", "/acr/v1/_catalog", f"/v2/{APP}/tags/list"])
@in_cloud
async def test_a_list_is_sorted_and_leads_from_page_to_page(cloud: DataCloud, path: str) -> None:
    registry, client = await cloud.registry()
    names = ["c", "a", "b"]
    for name in names:
        await push_image(client, *((APP, name) if "tags" in path else (name, "1")))
    raw = Raw(cloud, registry)

    found: list[str] = []
    following = f"{path}?n=2"
    links = 0
    while following:
        answer, body = await raw.ask("GET", following)
        assert answer.content_type == "application/json"
        document = json.loads(body)
        found += document["tags" if "tags" in path else "repositories"]
        link = answer.headers.get("Link", "")
        following = link.partition("<")[2].partition(">")[0]
        links += bool(link)

    assert (found, links) == (["a", "b", "c"], 1)


@in_cloud
async def test_a_page_of_no_number_is_refused(cloud: DataCloud) -> None:
    registry, _ = await cloud.registry()

    answer, body = await Raw(cloud, registry).ask("GET", "/v2/_catalog?n=many")

    assert answer.status == 400
    assert json.loads(body)["errors"][0]["code"] == "PAGINATION_NUMBER_INVALID"


@pytest.mark.parametrize(
    "path",
    [f"/v2/{APP}/manifests/none", f"/v2/{APP}/blobs/sha256:{'0' * 64}", f"/acr/v1/{APP}/_tags/x"],
)
@in_cloud
async def test_what_is_not_there_is_said_in_json(cloud: DataCloud, path: str) -> None:
    registry, client = await cloud.registry()
    await push_image(client, APP, "1")

    answer, body = await Raw(cloud, registry).ask("GET", path)

    assert (answer.status, answer.content_type) == (404, "application/json")
    assert json.loads(body)["errors"][0]["code"] in ("MANIFEST_UNKNOWN", "BLOB_UNKNOWN")


@in_cloud
async def test_a_referrer_is_told_of_and_found_by_its_type(cloud: DataCloud) -> None:
    registry, client = await cloud.registry()
    image = await push_image(client, APP, "1")
    subject = {"mediaType": image.media_type, "digest": image.digest, "size": len(image.body)}
    sbom: JsonObject = {
        "artifactType": "application/spdx+json",
        "annotations": {"made": "today"},
        "subject": subject,
        "manifests": [],
    }
    signature = await push_manifest(client, APP, "", [b"signed"], subject=subject)
    raw = Raw(cloud, registry)

    body = json.dumps(sbom).encode()
    digest = Manifest("", body).digest
    path = f"/v2/{APP}/manifests/{digest}"
    pushed, _ = await raw.ask("PUT", path, body, Content_Type=OCI_INDEX)
    wanted = "application%2Fspdx%2Bjson"
    everything, _ = await raw.ask("GET", f"/v2/{APP}/referrers/{image.digest}")
    some, content = await raw.ask(
        "GET", f"/v2/{APP}/referrers/{image.digest}?artifactType={wanted}"
    )

    assert pushed.headers["OCI-Subject"] == image.digest
    assert everything.headers["Content-Type"] == OCI_INDEX
    assert "OCI-Filters-Applied" not in everything.headers
    assert some.headers["OCI-Filters-Applied"] == "artifactType"
    assert json.loads(content)["manifests"] == [
        {
            "mediaType": OCI_INDEX,
            "digest": digest,
            "size": len(body),
            "artifactType": "application/spdx+json",
            "annotations": {"made": "today"},
        }
    ]
    assert signature.digest != digest


@in_cloud
async def test_azures_sdk_pushes_and_pulls_what_is_larger_than_its_pieces(
    cloud: DataCloud,
) -> None:
    registry, _ = await cloud.registry()
    content = b"0123456789abcdef" * 300_000
    async with sdk(cloud, registry) as client:
        for blob in (content, b"{}"):
            digest, size = await client.upload_blob(APP, BytesIO(blob))
            stream = await client.download_blob(APP, digest)
            assert (b"".join([piece async for piece in stream]), size) == (blob, len(blob))
        manifest = _manifest([content], b"{}")
        pushed = await client.set_manifest(APP, manifest, tag="v1")
        pulled = await client.get_manifest(APP, "v1")

        assert (pulled.digest, pulled.manifest) == (pushed, manifest)
        with pytest.raises(ResourceNotFoundError):
            await client.get_manifest(APP, "v2")


@in_cloud
async def test_azures_sdk_lists_all_pages_in_either_order(cloud: DataCloud) -> None:
    registry, client = await cloud.registry()
    images = {tag: await push_image(client, APP, tag) for tag in ("b", "a", "c")}
    await push_image(client, "base", "1")
    newest = ArtifactTagOrder.LAST_UPDATED_ON_DESCENDING
    oldest = ArtifactTagOrder.LAST_UPDATED_ON_ASCENDING
    by_time = ArtifactManifestOrder.LAST_UPDATED_ON_ASCENDING
    async with sdk(cloud, registry) as azure:
        names = [name async for name in azure.list_repository_names(results_per_page=1)]
        tags = [
            [
                one.name
                async for one in azure.list_tag_properties(APP, order_by=order, results_per_page=1)
            ]
            for order in (newest, oldest, ArtifactTagOrder.NONE)
        ]
        manifests = [
            one.digest async for one in azure.list_manifest_properties(APP, order_by=by_time)
        ]

    assert names == ["base", APP]
    assert tags == [["c", "a", "b"], ["b", "a", "c"], ["a", "b", "c"]]
    assert manifests == [image.digest for image in images.values()]


@in_cloud
async def test_azures_sdk_reads_what_the_registry_knows_of_an_image(cloud: DataCloud) -> None:
    registry, client = await cloud.registry()
    image = await push_image(client, APP, "v1", 1000)
    index = await push_index(client, APP, "all", [image])
    async with sdk(cloud, registry) as azure:
        repository = await azure.get_repository_properties(APP)
        tag = await azure.get_tag_properties(APP, "v1")
        one = await azure.get_manifest_properties(APP, "v1")
        many = await azure.get_manifest_properties(APP, "all")

    assert (repository.name, repository.manifest_count, repository.tag_count) == (APP, 2, 2)
    assert (tag.digest, tag.can_write) == (image.digest, True)
    assert (one.digest, one.tags, one.architecture, one.operating_system) == (
        image.digest,
        ["v1"],
        "amd64",
        "linux",
    )
    assert (one.size_in_bytes or 0) > 1000
    assert many.size_in_bytes == (one.size_in_bytes or 0) + len(index.body)
    assert many.architecture is None


@in_cloud
async def test_a_locked_tag_is_neither_moved_nor_deleted(cloud: DataCloud) -> None:
    registry, client = await cloud.registry()
    image = await push_image(client, APP, "v1")
    async with sdk(cloud, registry) as azure:
        changed = await azure.update_tag_properties(APP, "v1", can_write=False)
        assert (changed.can_write, changed.can_delete) == (False, True)
        for attempt in (
            azure.set_manifest(APP, {"schemaVersion": 2}, tag="v1"),
            azure.delete_tag(APP, "v1"),
            azure.delete_manifest(APP, "v1"),
            azure.delete_repository(APP),
        ):
            with pytest.raises(HttpResponseError, match=LOCKED) as refusal:
                await attempt
            assert refusal.value.status_code == 405
        other = await azure.set_manifest(APP, {"schemaVersion": 2}, tag="v2")
        await azure.update_tag_properties(APP, "v1", can_write=True)
        moved = await azure.set_manifest(APP, {"schemaVersion": 2}, tag="v1")

    assert moved == other != image.digest


def test_a_lock_outlives_a_restart_and_goes_with_what_it_locks(tmp_path: Path) -> None:
    before = Attributes(tmp_path / "attributes.json")
    for subject in (APP, f"{APP}:v1", "shop/apple:v1"):
        before.change(subject, {"writeEnabled": False})

    after = Attributes(tmp_path / "attributes.json")
    locked = after.of(f"{APP}:v1")["writeEnabled"]
    after.forget(APP)

    assert locked is False
    assert [after.allows("writeEnabled", one) for one in (APP, f"{APP}:v1", "shop/apple:v1")] == [
        True,
        True,
        False,
    ]


@in_cloud
async def test_a_repository_can_be_closed_to_pushes_pulls_and_lists(cloud: DataCloud) -> None:
    registry, client = await cloud.registry()
    await push_image(client, APP, "v1")
    await push_image(client, "base", "1")
    async with sdk(cloud, registry) as azure:
        await azure.update_repository_properties(
            APP, can_write=False, can_read=False, can_list=False
        )
        for attempt in (azure.get_manifest(APP, "v1"), azure.upload_blob(APP, BytesIO(b"{}"))):
            with pytest.raises(HttpResponseError) as refusal:
                await attempt
            assert refusal.value.status_code == 405
        names = [name async for name in azure.list_repository_names()]

    assert names == ["base"]


@in_cloud
async def test_azures_sdk_deletes_tags_manifests_blobs_and_repositories(cloud: DataCloud) -> None:
    registry, client = await cloud.registry()
    first, second = [await push_image(client, APP, tag) for tag in ("v1", "v2")]
    blob = second.blobs()[1].digest
    async with sdk(cloud, registry) as azure:
        await azure.delete_tag(APP, "v1")
        assert [one.name async for one in azure.list_tag_properties(APP)] == ["v2"]
        assert (await azure.get_manifest(APP, first.digest)).digest == first.digest
        await azure.delete_manifest(APP, first.digest)
        await azure.delete_blob(APP, blob)
        left = [one.digest async for one in azure.list_manifest_properties(APP)]
        await azure.delete_repository(APP)
        names = [name async for name in azure.list_repository_names()]
        for attempt in (azure.delete_repository(APP), azure.delete_tag(APP, "v1")):
            await attempt

    assert (left, names) == ([second.digest], [])
    assert not await client.has_blob(APP, blob)


@in_cloud
async def test_a_deleted_repository_names_what_went_with_it(cloud: DataCloud) -> None:
    registry, client = await cloud.registry()
    image = await push_image(client, APP, "v1")

    answer, body = await Raw(cloud, registry).ask("DELETE", "/acr/v1/shop%2Fapp")

    assert answer.status == 202
    assert json.loads(body) == {"manifestsDeleted": [image.digest], "tagsDeleted": ["v1"]}


@pytest.mark.parametrize("chunked", [False, True])
@in_cloud
async def test_oras_pushes_and_pulls_files(cloud: DataCloud, chunked: bool, tmp_path: Path) -> None:
    registry, _ = await cloud.registry()
    (tmp_path / "chart.txt").write_bytes(b"content" * 100_000)

    def work(client: oras.client.OrasClient, server: str) -> list[bytes]:
        target = f"{server}/charts/shop:1"
        client.push(
            target,
            files=[f"{tmp_path}/chart.txt:text/plain"],
            disable_path_validation=True,
            do_chunked=chunked,
            chunk_size=300_000,
        )
        pulled = client.pull(target, outdir=str(tmp_path / "out"))
        return [Path(name).read_bytes() for name in pulled]

    pulled = await _with_oras(cloud, registry, work)

    assert pulled == [b"content" * 100_000]


@in_cloud
async def test_oras_lists_tags_page_by_page_and_deletes_one(cloud: DataCloud) -> None:
    registry, client = await cloud.registry()
    for tag in ("c", "a", "b"):
        await push_image(client, APP, tag)

    def work(client: oras.client.OrasClient, server: str) -> tuple[object, ...]:
        target = f"{server}/{APP}"
        return (
            client.get_tags(target),
            client.get_tags(target, N=2),
            client.delete_tags(target, ["a"]),
            client.get_tags(target),
        )

    found = await _with_oras(cloud, registry, work)

    assert found == (["a", "b", "c"], ["a", "b"], ["a"], ["b", "c"])


async def _with_oras(
    cloud: DataCloud,
    registry: Resource,
    work: Callable[[oras.client.OrasClient, str], object],
) -> object:
    server = cloud.registries.login_server(registry.name)
    # With tokens it keeps the first one, which is not good for a push, at Azure's registries too.
    client = oras.client.OrasClient(
        auth_backend="basic", tls_verify=str(cloud.certificates.ca_file)
    )
    client.auth.set_basic_auth(*APPLICATION)
    try:
        return await asyncio.to_thread(work, client, server)
    finally:
        client.session.close()


def _manifest(layers: list[bytes], config: bytes) -> JsonObject:
    parts = [
        {
            "mediaType": "application/vnd.oci.image.layer.v1.tar",
            "digest": f"sha256:{hashlib.sha256(content).hexdigest()}",
            "size": len(content),
        }
        for content in [*layers, config]
    ]
    return {"schemaVersion": 2, "layers": parts[:-1], "config": parts[-1]}
