"""The emulated transfer service: images arrive as they were, and what Azure refuses fails a run."""

import hashlib
import json

import pytest
from azure.storage.blob import BlobBlock, ContentSettings
from data_cloud import (
    EXPIRY,
    START,
    DataCloud,
    cloud,
    in_cloud,
    key,
    push_image,
    push_index,
    push_manifest,
)

from emulator.resource_types import RUN_TYPE
from emulator.state import Resource
from emulator.storage.sas import account_sas, container_sas
from emulator.transfer_service.registry import MANIFEST_TYPES, Manifest, RegistryClient
from emulator.values import JsonObject, child, text

__all__ = ["cloud"]

pytestmark = pytest.mark.xdist_group("transfer")

LAYER = "application/vnd.oci.image.layer.v1.tar"
EXPORT, IMPORT = "exportPipelines", "importPipelines"
FORBIDDEN = "Failed to access storage. Service request failed. Status: 403 "


@in_cloud
async def test_what_is_imported_has_the_digests_of_what_was_exported(cloud: DataCloud) -> None:
    source, target, account = await _two_sides(cloud)
    amd64 = await push_image(source[1], "team/app", "", 300_000)
    arm64 = await push_image(source[1], "team/app", "", 200_000)
    index = await push_index(source[1], "team/app", "v1", [amd64, arm64])
    await source[1].push_manifest("team/app", "v2", index)
    single = await push_image(source[1], "base", "latest")
    artifact = await push_manifest(
        source[1], "charts/web", "1.0", [b"chart"], artifactType="application/x-chart"
    )
    names = ["team/app:v1", "team/app:v2", "base", f"charts/web@{artifact.digest}"]

    exported = await cloud.run(_exporter(cloud, source[0], account), "blob", names)
    imported = await cloud.run(_importer(cloud, target[0], account), "blob", [])

    assert imported["importedArtifacts"] == [*names[:2], "base:latest", names[3]]
    assert imported["catalogDigest"] == exported["catalogDigest"]
    arrived = {
        (repository, reference): await target[1].manifest(repository, reference)
        for repository, reference in (
            ("team/app", "v1"),
            ("team/app", "v2"),
            ("team/app", amd64.digest),
            ("team/app", arm64.digest),
            ("base", "latest"),
            ("charts/web", artifact.digest),
        )
    }
    assert list(arrived.values()) == [index, index, amd64, arm64, single, artifact]
    for manifest in (amd64, arm64, single, artifact):
        for blob in manifest.blobs():
            assert await _digest(target[1], blob.digest) == blob.digest


@in_cloud
async def test_the_log_tells_what_each_run_has_moved(
    cloud: DataCloud, caplog: pytest.LogCaptureFixture
) -> None:
    source, target, account = await _two_sides(cloud)
    await push_image(source[1], "team/app", "v1")

    with caplog.at_level("INFO", "emulator"):
        await cloud.run(_exporter(cloud, source[0], account), "blob", ["team/app:v1"])
        await cloud.run(_importer(cloud, target[0], account), "blob", [])

    told = [text for text in caplog.messages if text.startswith("run ")]
    assert [text.partition(" has moved ")[2] for text in told] == ["team/app:v1"] * 2


@in_cloud
async def test_a_run_says_what_azure_says(cloud: DataCloud) -> None:
    source, _, account = await _two_sides(cloud)
    await push_image(source[1], "base", "latest")
    exporter = _exporter(cloud, source[0], account)

    response = await cloud.run(exporter, "blob", ["base"])

    assert response["status"] == "Succeeded"
    assert response["progress"] == {"percentage": "100"}
    assert response["target"] == exporter.properties["target"]
    assert text(response, "startTime") < text(response, "finishTime")
    assert "pipelineRunErrorMessage" not in response


@in_cloud
async def test_a_transfer_blob_is_marked_and_has_its_md5(cloud: DataCloud) -> None:
    source, _, account = await _two_sides(cloud)
    await push_image(source[1], "base", "latest", 20_000_000)
    await cloud.run(_exporter(cloud, source[0], account), "blob", ["base"])

    async with cloud.container(account, cloud.sas(account, "r")) as container:
        blob = await container.get_blob_client("blob").get_blob_properties()
        content = await (await container.download_blob("blob")).readall()

    assert blob.metadata == {"category": "acr-transfer-blob"}
    assert blob.content_settings.content_md5 == bytearray(hashlib.md5(content).digest())


@pytest.mark.parametrize(
    ("size", "expected"),
    [(8 * 1024**3, "Failed to access registry"), (8 * 1024**3 + 1, "layers of up to 8 GB")],
)
@in_cloud
async def test_a_layer_of_more_than_8_gb_fails_the_export(
    cloud: DataCloud, size: int, expected: str
) -> None:
    source, _, account = await _two_sides(cloud)
    layer: JsonObject = {"mediaType": LAYER, "digest": f"sha256:{'0' * 64}", "size": size}
    await _push_layers(source[1], "large", layer)

    error = await cloud.error(_exporter(cloud, source[0], account), "blob", ["large:v1"])

    assert expected in error


@in_cloud
async def test_a_foreign_layer_stays_where_it_is(cloud: DataCloud) -> None:
    source, target, account = await _two_sides(cloud)
    digest = f"sha256:{'0' * 64}"
    place = ["https://registry.invalid/layer"]
    layer: JsonObject = {"mediaType": LAYER, "digest": digest, "size": 9 * 1024**3, "urls": place}
    image = await _push_layers(source[1], "windows", layer)

    exported = await cloud.run(_exporter(cloud, source[0], account), "blob", ["windows:v1"])
    imported = await cloud.run(_importer(cloud, target[0], account), "blob", [])

    assert (exported["status"], imported["status"]) == ("Succeeded", "Succeeded")
    assert await target[1].manifest("windows", "v1") == image
    assert not await target[1].has_blob("windows", digest)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), "The artifact 'missing:v1' was not found in the registry."),
        (("ContinueOnErrors",), ""),
    ],
)
@in_cloud
async def test_a_missing_artifact_fails_the_export_unless_errors_are_passed_over(
    cloud: DataCloud, options: tuple[str, ...], expected: str
) -> None:
    source, _, account = await _two_sides(cloud)
    await push_image(source[1], "base", "latest")
    exporter = cloud.pipeline(EXPORT, source[0], account, "racwl", *options)

    response = await cloud.run(exporter, "blob", ["missing:v1", "base"])

    assert text(response, "pipelineRunErrorMessage") == expected


@in_cloud
async def test_more_than_fifty_artifacts_are_refused(cloud: DataCloud) -> None:
    source, _, account = await _two_sides(cloud)

    error = await cloud.error(
        _exporter(cloud, source[0], account), "blob", [f"base:{n}" for n in range(51)]
    )

    assert error == (
        "The number of artifacts, 51, is not valid: a pipeline run exports 1 to 50 artifacts."
    )


@pytest.mark.parametrize(("option", "succeeds"), [("", False), ("OverwriteBlobs", True)])
@in_cloud
async def test_an_existing_blob_is_overwritten_only_on_request(
    cloud: DataCloud, option: str, succeeds: bool
) -> None:
    source, _, account = await _two_sides(cloud)
    await push_image(source[1], "base", "latest")
    exporter = cloud.pipeline(EXPORT, source[0], account, "racwl", option)
    await cloud.run(exporter, "blob", ["base"])

    response = await cloud.run(exporter, "blob", ["base"])

    assert (response["status"] == "Succeeded") is succeeds


@pytest.mark.parametrize("overwrite", [False, True])
@in_cloud
async def test_a_tag_moves_only_on_request(cloud: DataCloud, overwrite: bool) -> None:
    source, target, account = await _two_sides(cloud)
    new = await push_image(source[1], "base", "latest")
    old = await push_image(target[1], "base", "latest")
    await cloud.run(_exporter(cloud, source[0], account), "blob", ["base"])
    option = "OverwriteTags" if overwrite else ""

    response = await cloud.run(cloud.pipeline(IMPORT, target[0], account, "rl", option), "blob", [])

    assert await target[1].manifest("base", "latest") == (new if overwrite else old)
    assert (response["status"] == "Succeeded") is overwrite


@pytest.mark.parametrize(
    ("permissions", "error", "is_left"),
    [
        ("rdl", "", False),
        (
            "rl",
            FORBIDDEN
            + "(This request is not authorized to perform this operation using this permission)",
            True,
        ),
    ],
)
@in_cloud
async def test_deleting_the_source_blob_needs_the_letter_d(
    cloud: DataCloud, permissions: str, error: str, is_left: bool
) -> None:
    source, target, account = await _two_sides(cloud)
    await push_image(source[1], "base", "latest")
    await cloud.run(_exporter(cloud, source[0], account), "blob", ["base"])
    importer = cloud.pipeline(IMPORT, target[0], account, permissions, "DeleteSourceBlobOnSuccess")

    response = await cloud.run(importer, "blob", [])

    assert text(response, "pipelineRunErrorMessage") == error
    async with cloud.container(account, cloud.sas(account, "r")) as container:
        assert await container.get_blob_client("blob").exists() is is_left


@pytest.mark.parametrize("missing", ["identity", "policy", "vault", "secret", "enabled", "mark"])
@in_cloud
async def test_a_run_fails_for_what_is_missing_on_the_way_to_the_sas(
    cloud: DataCloud, missing: str
) -> None:
    source, _, account = await _two_sides(cloud)
    exporter = _exporter(cloud, source[0], account)
    vault = _vault(cloud, exporter)
    secret = cloud.state.require(f"{vault.id}/secrets/sas")
    match missing:
        case "identity":
            cloud.state.remove(
                next(iter(child(exporter.body, "identity", "userAssignedIdentities")))
            )
        case "policy":
            vault.properties["accessPolicies"] = []
        case "vault":
            cloud.state.remove(vault.id)
        case "secret":
            cloud.state.remove(secret.id)
        case "enabled":
            secret.private["versions"] = [{"value": "?sv=1", "enabled": False}]
        case "mark":
            cloud.secret(vault, cloud.sas(account, "racwl"))

    error = await cloud.error(exporter, "blob", ["base"])

    expected = {
        "identity": "Failed to acquire a token. The identity '",
        "policy": "Failed to access key vault. Service request failed. Status: 403 (Forbidden). "
        f"The user, group or application 'oid={exporter.name}' does not have secrets get "
        f"permission on key vault '{exporter.name};location=westeurope'.",
        "vault": "Failed to access key vault. No such host is known.",
        "secret": "Failed to access key vault. Service request failed. Status: 404 (Not Found). "
        "A secret with (name/id) sas was not found in this key vault.",
        "enabled": "Failed to access key vault. Service request failed. Status: 403 (Forbidden). "
        "Operation get is not allowed on a disabled secret.",
        "mark": "Failed to access storage. The SAS token in the secret 'sas' is not valid",
    }
    assert error.startswith(expected[missing])


@in_cloud
async def test_a_vault_with_roles_asks_for_a_role(cloud: DataCloud) -> None:
    source, _, account = await _two_sides(cloud)
    await push_image(source[1], "base", "latest")
    exporter = _exporter(cloud, source[0], account)
    vault = _vault(cloud, exporter)
    vault.properties["enableRbacAuthorization"] = True

    error = await cloud.error(exporter, "blob", ["base"])
    properties: JsonObject = {
        "scope": vault.id.upper(),
        "principalId": exporter.name,
        "roleDefinitionId": "/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6",
    }
    cloud.put("Microsoft.Authorization/roleAssignments", cloud.name("role"), properties)
    response = await cloud.run(exporter, "blob", ["base"])

    assert "Caller is not authorized to perform action on resource." in error
    assert response["status"] == "Succeeded"


@pytest.mark.parametrize("kind", ["expired", "wrong", "lacking", "other container"])
@in_cloud
async def test_a_bad_sas_fails_the_run_with_the_answer_of_storage(
    cloud: DataCloud, kind: str
) -> None:
    source, _, account = await _two_sides(cloud)
    await push_image(source[1], "base", "latest")
    exporter = _exporter(cloud, source[0], account)
    store, secret = account.name, key(account)
    token = {
        "expired": container_sas(
            store,
            secret,
            "transfer",
            permissions="racwl",
            start=START,
            expiry="2025-02-01T00:00:00Z",
        ),
        "wrong": cloud.sas(account, "racwl").replace("sp=racwl", "sp=racwdl"),
        "lacking": cloud.sas(account, "rl"),
        "other container": container_sas(
            store, secret, "other", permissions="racwl", start=START, expiry=EXPIRY
        ),
    }[kind]
    cloud.secret(_vault(cloud, exporter), f"?{token}")

    error = await cloud.error(exporter, "blob", ["base"])

    assert error.startswith(FORBIDDEN)
    assert "sig=" not in error


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        (
            {"networkAcls": {"defaultAction": "Deny"}},
            "This request is not authorized to perform this operation",
        ),
        (
            {"allowSharedKeyAccess": False},
            "Key based authentication is not permitted on this storage account",
        ),
    ],
)
@in_cloud
async def test_a_closed_account_fails_the_run(
    cloud: DataCloud, properties: JsonObject, reason: str
) -> None:
    source, _, account = await _two_sides(cloud)
    account.properties.update(properties)

    error = await cloud.error(_exporter(cloud, source[0], account), "blob", ["base"])

    assert error == f"{FORBIDDEN}({reason})"


@pytest.mark.parametrize(
    ("metadata", "md5", "error"),
    [
        ({}, b"", "The blob 'blob' is not a transfer blob: its metadata lacks"),
        ({"Category": "acr-transfer-blob"}, b"", "The blob 'blob' has no Content-MD5."),
        ({"category": "acr-transfer-blob"}, bytes(16), "The content of the blob 'blob' does not"),
    ],
)
@in_cloud
async def test_a_blob_without_mark_or_md5_is_not_imported(
    cloud: DataCloud, metadata: dict[str, str], md5: bytes, error: str
) -> None:
    _, target, account = await _two_sides(cloud)
    await _upload_blocks(cloud, account, metadata, md5)

    assert (await cloud.error(_importer(cloud, target[0], account), "blob", [])).startswith(error)


@in_cloud
async def test_what_is_no_archive_is_not_imported(cloud: DataCloud) -> None:
    _, target, account = await _two_sides(cloud)
    md5 = hashlib.md5(b"content").digest()
    await _upload_blocks(cloud, account, {"category": "acr-transfer-blob"}, md5)

    error = await cloud.error(_importer(cloud, target[0], account), "blob", [])

    assert error == "The blob is not an archive of a transfer pipeline."


@in_cloud
async def test_a_missing_blob_fails_the_import(cloud: DataCloud) -> None:
    _, target, account = await _two_sides(cloud)

    error = await cloud.error(_importer(cloud, target[0], account), "blob", [])

    assert error == (
        "Failed to access storage. Service request failed. "
        "Status: 404 (The specified blob does not exist)"
    )


@in_cloud
async def test_the_trigger_imports_each_version_of_a_blob_once(cloud: DataCloud) -> None:
    source, target, account = await _two_sides(cloud)
    image = await push_image(source[1], "base", "latest")
    importer = _triggered(cloud, target[0], account, "rl")

    await cloud.run(_exporter(cloud, source[0], account), "blob", ["base"])
    await cloud.worker.settle()
    cloud.worker.pipeline_changed(importer)
    await cloud.worker.settle()

    runs = cloud.state.list(RUN_TYPE, target[0].id)
    assert [text(run.properties, "response", "status") for run in runs] == ["Succeeded"]
    assert "_" in runs[0].name
    assert child(runs[0].properties, "response", "trigger", "sourceTrigger")["timestamp"]
    assert await target[1].manifest("base", "latest") == image


@in_cloud
async def test_pipelines_name_container_and_vault_by_their_host_names(cloud: DataCloud) -> None:
    source, target, account = await _two_sides(cloud)
    await push_image(source[1], "app", "v1")
    account.properties["primaryEndpoints"] = {"blob": cloud.blobs.account_endpoint(account.name)}
    exporter = _exporter(cloud, source[0], account)
    importer = _triggered(cloud, target[0], account, "rl")
    for pipeline, side in ((exporter, "target"), (importer, "source")):
        container = child(pipeline.properties, side)
        container["uri"] = f"https://{account.name}.blob.first.azure.test/transfer"
        container["keyVaultUri"] = f"https://{pipeline.name}.vault.first.azure.test/secrets/sas"

    await cloud.run(exporter, "blob", ["app:v1"])
    await cloud.worker.settle()

    assert await target[1].manifest("app", "v1") == await source[1].manifest("app", "v1")


@in_cloud
async def test_the_trigger_finds_what_lay_there_before_the_pipeline(cloud: DataCloud) -> None:
    source, target, account = await _two_sides(cloud)
    image = await push_image(source[1], "base", "latest")
    await cloud.run(_exporter(cloud, source[0], account), "blob", ["base"])

    cloud.worker.pipeline_changed(_triggered(cloud, target[0], account, "rl"))
    await cloud.worker.settle()

    assert await target[1].manifest("base", "latest") == image


@pytest.mark.parametrize("reason", ["no list", "disabled", "unmarked"])
@in_cloud
async def test_the_trigger_stays_silent(cloud: DataCloud, reason: str) -> None:
    source, target, account = await _two_sides(cloud)
    await push_image(source[1], "base", "latest")
    importer = _triggered(cloud, target[0], account, "r" if reason == "no list" else "rl")
    if reason == "disabled":
        importer.properties["trigger"] = {"sourceTrigger": {"status": "Disabled"}}

    if reason == "unmarked":
        await _upload_blocks(cloud, account, {}, bytes(16))
    else:
        await cloud.run(_exporter(cloud, source[0], account), "blob", ["base"])
    await cloud.worker.settle()

    assert cloud.state.list(RUN_TYPE, target[0].id) == []


@in_cloud
async def test_an_account_sas_of_the_seed_serves_both_sides(cloud: DataCloud) -> None:
    source, target, account = await _two_sides(cloud)
    image = await push_image(source[1], "base", "latest")
    exporter, importer = _exporter(cloud, source[0], account), _importer(cloud, target[0], account)
    for pipeline, types, letters in ((exporter, "co", "rwlac"), (importer, "sco", "rdl")):
        token = account_sas(
            account.name,
            key(account),
            services="b",
            resource_types=types,
            permissions=letters,
            start=START,
            expiry=EXPIRY,
        )
        cloud.secret(_vault(cloud, pipeline), f"?{token}")

    await cloud.run(exporter, "blob", ["base"])
    await cloud.run(importer, "blob", [])

    assert await target[1].manifest("base", "latest") == image


def test_a_run_in_progress_at_a_kill_shows_as_failed(cloud: DataCloud) -> None:
    properties: JsonObject = {"response": {"status": "Running"}, "provisioningState": "Creating"}
    run = cloud.put(RUN_TYPE, "reg/pipelineRuns/killed", properties)

    type(cloud.worker)(cloud.state, cloud.blobs, cloud.registries)
    cloud.blobs.on_blob_written = cloud.worker.blob_written

    assert run.properties["provisioningState"] == "Failed"
    assert text(run.properties, "response", "pipelineRunErrorMessage").startswith(
        "The pipeline run was interrupted"
    )


Side = tuple[Resource, RegistryClient]


async def _two_sides(cloud: DataCloud) -> tuple[Side, Side, Resource]:
    return await cloud.registry(), await cloud.registry(), await cloud.account()


def _exporter(cloud: DataCloud, registry: Resource, account: Resource) -> Resource:
    return cloud.pipeline(EXPORT, registry, account, "racwl")


def _importer(cloud: DataCloud, registry: Resource, account: Resource) -> Resource:
    return cloud.pipeline(IMPORT, registry, account, "rl")


def _triggered(
    cloud: DataCloud, registry: Resource, account: Resource, permissions: str
) -> Resource:
    pipeline = cloud.pipeline(IMPORT, registry, account, permissions)
    pipeline.properties["trigger"] = {"sourceTrigger": {"status": "Enabled"}}
    return pipeline


def _vault(cloud: DataCloud, pipeline: Resource) -> Resource:
    vaults = cloud.state.list("Microsoft.KeyVault/vaults")
    return next(vault for vault in vaults if vault.name == pipeline.name)


async def _digest(registry: RegistryClient, digest: str) -> str:
    sha256 = hashlib.sha256()
    async for chunk in registry.read_blob("any", digest):
        sha256.update(chunk)
    return f"sha256:{sha256.hexdigest()}"


async def _upload_blocks(
    cloud: DataCloud, account: Resource, metadata: dict[str, str], md5: bytes
) -> None:
    settings = ContentSettings(content_md5=bytearray(md5)) if md5 else None
    async with cloud.container(account, cloud.sas(account, "w")) as container:
        blob = container.get_blob_client("blob")
        await blob.stage_block("AAAA", b"content")
        await blob.commit_block_list(
            [BlobBlock("AAAA")], metadata=metadata, content_settings=settings
        )


async def _push_layers(registry: RegistryClient, repository: str, *layers: JsonObject) -> Manifest:
    document = {"schemaVersion": 2, "layers": list(layers)}
    manifest = Manifest(MANIFEST_TYPES[0], json.dumps(document).encode())
    await registry.push_manifest(repository, "v1", manifest)
    return manifest
