"""The emulated storage and registries, as real clients see them."""

import asyncio
import base64
import hashlib
import json
import ssl
import stat
from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

import aiohttp
import httpx
import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobBlock, ContentSettings
from azure.storage.blob._shared.shared_access_signature import SharedAccessSignature
from azure.storage.blob._shared_access_signature import BlobSharedAccessSignature
from azure.storage.blob.aio import BlobClient, ContainerClient
from data_cloud import (
    APPLICATION,
    CONTAINER,
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
from pydantic import SecretStr
from yarl import URL

from emulator.certificates import Certificates
from emulator.registry.tokens import TOKEN_USER
from emulator.state import Resource
from emulator.storage.sas import account_sas, container_sas, parse_sas
from emulator.values import JsonObject
from transfer.registry.client import Registry

__all__ = ["cloud"]

pytestmark = pytest.mark.xdist_group("data")

KEY = base64.b64encode(bytes(range(64))).decode()
WINDOW = {"start": START, "expiry": EXPIRY}
MISMATCH = "AuthorizationPermissionMismatch"


def test_the_servers_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)

    assert stat.S_IMODE(certificates.key_file.stat().st_mode) == 0o600


def test_certificates_are_kept_from_start_to_start(tmp_path: Path) -> None:
    first = Certificates(tmp_path).cert_file.read_bytes()

    assert Certificates(tmp_path).cert_file.read_bytes() == first


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@in_cloud
async def test_a_strict_client_trusts_the_servers(cloud: DataCloud, host: str) -> None:
    context = cloud.certificates.client_context()
    context.verify_flags |= ssl.VERIFY_X509_STRICT

    _, writer = await asyncio.open_connection(host, cloud.state.port("storage"), ssl=context)

    writer.close()


def test_an_account_sas_is_signed_as_the_sdk_signs_it() -> None:
    token = account_sas(
        "store", KEY, services="b", resource_types="sco", permissions="rdl", **WINDOW
    )

    # The SDK signs this kind without types; its public function does not let the version be chosen.
    sdk = SharedAccessSignature(  # type: ignore[no-untyped-call]
        "store", KEY, x_ms_version="2021-12-02"
    )
    assert _signature(token) == _signature(
        sdk.generate_account("b", "sco", "rdl", EXPIRY, start=START, protocol="https")
    )


def test_a_container_sas_is_signed_as_the_sdk_signs_it() -> None:
    token = container_sas("store", KEY, CONTAINER, permissions="racwl", **WINDOW)

    sdk = BlobSharedAccessSignature("store", account_key=KEY)
    sdk.x_ms_version = "2021-12-02"
    assert _signature(token) == _signature(
        sdk.generate_container(CONTAINER, "racwl", EXPIRY, start=START, protocol="https")
    )


@pytest.mark.parametrize("time", ["garbage", "", "2026-1-1", "2026-01-01T00:00:00", "2026-13-01"])
def test_a_time_that_is_none_is_found_out(time: str) -> None:
    with pytest.raises(ValueError, match="se is not a time"):
        parse_sas(f"sv=1&se={time}&sig=x")


# Rows of security.md's matrix that the transfer relies on: what each token may do, in the order
# of _operations.
OK, NO = "", MISMATCH
TYPE = "AuthorizationResourceTypeMismatch"


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("account co rwlac", [OK, OK, OK, OK, OK, NO, OK]),
        ("account o rwlac", [TYPE, OK, OK, OK, OK, NO, TYPE]),
        ("account co rlac", [OK, OK, OK, NO, NO, NO, OK]),
        ("account sco rdl", [OK, OK, NO, NO, NO, OK, NO]),
        ("account sco rd", [NO, OK, NO, NO, NO, OK, NO]),
        ("container racwl", [OK, OK, OK, OK, OK, NO, "AuthorizationFailure"]),
        ("container rdl", [OK, OK, NO, NO, NO, OK, "AuthorizationFailure"]),
    ],
)
@in_cloud
async def test_a_sas_allows_what_it_says_and_nothing_more(
    cloud: DataCloud, token: str, expected: list[str]
) -> None:
    account = await cloud.account()
    async with cloud.container(account, cloud.sas(account, "w")) as container:
        await container.upload_blob("old", b"old")

    signed = _token(account, token)
    async with cloud.container(account, signed) as container:
        other_uri = f"{cloud.uri(account)}x?{signed}"
        ca_file = str(cloud.certificates.ca_file)
        async with ContainerClient.from_container_url(
            other_uri, connection_verify=ca_file, retry_total=0
        ) as other:
            assert await _operations(container, other) == expected


@pytest.mark.parametrize(
    "kind", ["expired", "not yet valid", "tampered", "widened", "other account"]
)
@in_cloud
async def test_a_sas_that_does_not_hold_is_refused(cloud: DataCloud, kind: str) -> None:
    account, other = await cloud.account(), await cloud.account()
    good = cloud.sas(account, "rl")
    token = {
        "expired": _window(account, START, "2025-02-01T00:00:00Z"),
        "not yet valid": _window(account, "2044-01-01T00:00:00Z", EXPIRY),
        "tampered": good.replace("se=2045", "se=2046"),
        "widened": good.replace("sp=rl", "sp=rwl"),
        "other account": cloud.sas(other, "rl"),
    }[kind]

    assert await _refusal(cloud, account, token) == "AuthorizationFailure"


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"networkAcls": {"defaultAction": "Deny"}}, "AuthorizationFailure"),
        ({"publicNetworkAccess": "Disabled"}, "AuthorizationFailure"),
        ({"allowSharedKeyAccess": False}, "KeyBasedAuthenticationNotPermitted"),
    ],
)
@in_cloud
async def test_a_closed_account_refuses_a_good_sas(
    cloud: DataCloud, properties: JsonObject, expected: str
) -> None:
    account = await cloud.account(**properties)

    assert await _refusal(cloud, account, cloud.sas(account, "rl")) == expected


@pytest.mark.parametrize(
    ("start", "expiry", "expected"),
    [
        ("2026-01-01T00:00:00Z", "2045-01-01T00:00:00Z", "AuthorizationFailure"),
        ("", "2045-01-01T00:00:00Z", "AuthorizationFailure"),
        (START, "garbage", "AuthenticationFailed"),
    ],
)
@in_cloud
async def test_a_sas_outside_the_accounts_policy_is_refused(
    cloud: DataCloud, start: str, expiry: str, expected: str
) -> None:
    policy = {"sasExpirationPeriod": "7.00:00:00", "expirationAction": "Block"}
    account = await cloud.account(sasPolicy=policy)

    assert await _refusal(cloud, account, _window(account, start, expiry)) == expected


@pytest.mark.parametrize(
    ("expiry", "expected"),
    [("2045-01-01T00:00:00Z", ""), ("2045-01-01T00:00:01Z", "AuthorizationFailure")],
    ids=["exactly the period", "one second more"],
)
@in_cloud
async def test_a_sas_may_be_as_long_as_the_policy_says_and_no_second_longer(
    cloud: DataCloud, expiry: str, expected: str
) -> None:
    days = (datetime.fromisoformat(EXPIRY) - datetime.fromisoformat(START)).days
    policy = {"sasExpirationPeriod": f"{days}.00:00:00", "expirationAction": "Block"}
    account = await cloud.account(sasPolicy=policy)

    assert await _refusal(cloud, account, _window(account, START, expiry)) == expected


@in_cloud
async def test_a_policy_that_only_logs_refuses_no_sas(cloud: DataCloud) -> None:
    policy = {"sasExpirationPeriod": "1.00:00:00", "expirationAction": "Log"}
    account = await cloud.account(sasPolicy=policy)

    assert await _refusal(cloud, account, _window(account, "", EXPIRY)) == ""


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        ("10.1.2.3", "AuthorizationSourceIPMismatch"),
        ("127.0.0.1", ""),
        ("127.0.0.0-127.0.0.9", ""),
        ("nowhere", "AuthenticationFailed"),
    ],
)
@in_cloud
async def test_a_sas_holds_for_its_addresses_only(
    cloud: DataCloud, addresses: str, expected: str
) -> None:
    account = await cloud.account()
    sdk = BlobSharedAccessSignature(account.name, account_key=key(account))
    sdk.x_ms_version = "2021-12-02"
    token = sdk.generate_container(CONTAINER, "rl", EXPIRY, ip=addresses, protocol="https")

    assert await _refusal(cloud, account, token) == expected


@pytest.mark.parametrize("path", ["{}/transfer", "{}%2Ftransfer", "{}-secondary/transfer"])
@in_cloud
async def test_no_way_of_writing_the_address_passes_the_firewall(
    cloud: DataCloud, path: str
) -> None:
    account = await cloud.account(publicNetworkAccess="Disabled")
    host = f"https://127.0.0.1:{cloud.state.port('storage')}"
    query = f"restype=container&comp=list&{cloud.sas(account, 'rl')}"

    url = URL(f"{host}/{path.format(account.name)}?{query}", encoded=True)
    async with cloud.client.get(url) as answer:
        assert answer.reason == "This request is not authorized to perform this operation."


@in_cloud
async def test_nobody_reads_without_signing_in(cloud: DataCloud) -> None:
    account = await cloud.account()

    assert await _refusal(cloud, account, "") == "PublicAccessNotPermitted"


@in_cloud
async def test_a_new_key_ends_what_the_old_one_signed(cloud: DataCloud) -> None:
    account = await cloud.account()
    token = cloud.sas(account, "rl")

    before = await _refusal(cloud, account, token)
    await cloud.blobs.set_account(account.name, [KEY, KEY])

    assert (before, await _refusal(cloud, account, token)) == ("", "AuthorizationFailure")


@in_cloud
async def test_a_deleted_account_leaves_no_blobs_to_its_successor(cloud: DataCloud) -> None:
    account = await cloud.account()
    async with cloud.container(account, cloud.sas(account, "w")) as container:
        await container.upload_blob("blob", b"old")

    await cloud.blobs.delete_account(account.name)
    await cloud.blobs.set_account(account.name, [key(account)])
    await cloud.blobs.set_container(account.name, CONTAINER)

    async with cloud.container(account, cloud.sas(account, "rl")) as container:
        assert [blob.name async for blob in container.list_blobs()] == []


@pytest.mark.parametrize("size", [0, 1, 9_000_000])
@in_cloud
async def test_azcopy_keeps_metadata_and_md5_from_account_to_account(
    cloud: DataCloud, size: int, tmp_path: Path
) -> None:
    source, target = await cloud.account(), await cloud.account()
    md5 = bytearray(hashlib.md5(b"x" * size).digest())
    async with cloud.container(source, cloud.sas(source, "w")) as container:
        await container.upload_blob(
            "a b%/ü",
            b"x" * size,
            metadata={"category": "acr-transfer-blob"},
            content_settings=ContentSettings(content_type="application/x-tar", content_md5=md5),
        )
    written: list[tuple[str, str, str]] = []
    cloud.blobs.on_blob_written = lambda *blob: written.append(blob)

    await cloud.tool(
        "azcopy",
        "copy",
        f"{cloud.uri(source)}/a%20b%25/%C3%BC?{cloud.sas(source, 'r')}",
        f"{cloud.uri(target)}/a%20b%25/%C3%BC?{cloud.sas(target, 'cw')}",
        "--from-to=BlobBlob",
        # The tier is read from the account, which a container SAS may not do.
        "--s2s-preserve-access-tier=false",
        "--block-size-mb=4",
        AZCOPY_LOG_LOCATION=str(tmp_path),
        AZCOPY_JOB_PLAN_LOCATION=str(tmp_path),
    )

    async with cloud.container(target, cloud.sas(target, "r")) as container:
        blob = await container.get_blob_client("a b%/ü").get_blob_properties()
    assert (blob.size, blob.content_settings.content_md5) == (size, md5)
    assert blob.content_settings.content_type == "application/x-tar"
    assert {k.lower(): v for k, v in blob.metadata.items()} == {"category": "acr-transfer-blob"}
    assert written[-1] == (target.name, CONTAINER, "a b%/ü")


@pytest.mark.parametrize("problem", ["forbidden", "missing", "foreign", "firewall"])
@in_cloud
async def test_a_copy_from_a_source_that_cannot_be_read_is_refused(
    cloud: DataCloud, problem: str
) -> None:
    source, target = await cloud.account(), await cloud.account()
    async with cloud.container(source, cloud.sas(source, "w")) as container:
        await container.upload_blob("blob", b"content")
    letters, name = ("l" if problem == "forbidden" else "r"), "blob"
    if problem == "missing":
        name = "none"
    if problem == "firewall":
        source.properties["publicNetworkAccess"] = "Disabled"
    url = f"{cloud.uri(source)}/{name}?{cloud.sas(source, letters)}"
    if problem == "foreign":
        url = "https://elsewhere.invalid/account/container/blob"

    async with cloud.container(target, cloud.sas(target, "cw")) as container:
        with pytest.raises(HttpResponseError) as refusal:
            await container.get_blob_client("copy").upload_blob_from_url(url)

    assert _code(refusal.value) == "CannotVerifyCopySource"


@in_cloud
async def test_a_copy_takes_metadata_and_headers_from_its_source(cloud: DataCloud) -> None:
    account = await cloud.account()
    async with cloud.container(account, cloud.sas(account, "rw")) as container:
        settings = ContentSettings(content_type="application/x-tar")
        blob = container.get_blob_client("blob")
        await blob.upload_blob(b"content", metadata={"category": "old"}, content_settings=settings)
        copy = container.get_blob_client("copy")
        await copy.upload_blob_from_url(f"{cloud.uri(account)}/blob?{cloud.sas(account, 'r')}")

        properties = await copy.get_blob_properties()
    assert properties.metadata == {"category": "old"}
    assert properties.content_settings.content_type == "application/x-tar"
    assert properties.content_settings.content_md5 == bytearray(hashlib.md5(b"content").digest())


@in_cloud
async def test_a_copy_may_bring_its_own_metadata(cloud: DataCloud) -> None:
    account = await cloud.account()
    async with cloud.container(account, cloud.sas(account, "rw")) as container:
        await container.upload_blob("blob", b"content", metadata={"category": "old"})
        copy = container.get_blob_client("copy")
        url = f"{cloud.uri(account)}/blob?{cloud.sas(account, 'r')}"
        await copy.upload_blob_from_url(url, metadata={"category": "new"})

        assert (await copy.get_blob_properties()).metadata == {"category": "new"}


@in_cloud
async def test_a_real_client_signs_in_pushes_and_pulls(cloud: DataCloud, tmp_path: Path) -> None:
    registry, client = await cloud.registry()
    image = await push_image(client, "team/app", "v1", 100_000)
    server = cloud.registries.login_server(registry.name)
    signed_in = {"DOCKER_CONFIG": str(await _sign_in(cloud, server, tmp_path))}
    file = tmp_path / "image.tar"

    await cloud.tool(
        "crane", "pull", "--format=oci", f"{server}/team/app:v1", str(file), **signed_in
    )
    await cloud.tool("crane", "push", str(file), f"{server}/team/copy:v1", **signed_in)

    digest = await cloud.tool("crane", "digest", f"{server}/team/copy:v1", **signed_in)
    assert digest == image.digest
    catalog = await cloud.tool("crane", "catalog", server, **signed_in)
    assert sorted(catalog.split()) == ["team/app", "team/copy"]


@in_cloud
async def test_a_registry_asks_who_is_there(cloud: DataCloud) -> None:
    registry, _ = await cloud.registry()
    server = cloud.registries.login_server(registry.name)

    async with cloud.client.get(f"https://{server}/v2/app/manifests/v1") as answer:
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == (
            f'Bearer realm="https://{server}/oauth2/token",service="{server}",'
            'scope="repository:app:pull"'
        )


@pytest.mark.parametrize(
    ("token", "service"), [("", ""), ("guessed", ""), ("emulator.user", "127.0.0.1:1")]
)
@in_cloud
async def test_a_stranger_gets_no_refresh_token(cloud: DataCloud, token: str, service: str) -> None:
    registry, _ = await cloud.registry()
    server = cloud.registries.login_server(registry.name)

    assert await _exchange(cloud, server, token, service or server) is None


@pytest.mark.parametrize(
    ("login", "status"),
    [(APPLICATION, 200), ((APPLICATION[0], "guessed"), 401), ((TOKEN_USER, "guessed"), 401)],
)
@in_cloud
async def test_an_applications_id_and_secret_are_a_login_as_at_azures_registries(
    cloud: DataCloud, login: tuple[str, str], status: int
) -> None:
    registry, client = await cloud.registry()
    await push_image(client, "app", "v1")
    server = cloud.registries.login_server(registry.name)
    asked = {"service": server, "scope": "repository:app:pull"}
    form = {**asked, "grant_type": "password", "username": login[0], "password": login[1]}
    url = f"https://{server}/oauth2/token"

    basic = {"Authorization": aiohttp.encode_basic_auth(*login)}
    async with (
        cloud.client.get(url, params=asked, headers=basic) as got,
        cloud.client.post(url, data=form) as posted,
    ):
        answers = [await got.json(), await posted.json()]
        assert [got.status, posted.status] == [status, status]

    for answer in answers if status == 200 else ():
        headers = {"Authorization": f"Bearer {answer['access_token']}"}
        manifest = f"https://{server}/v2/app/manifests/v1"
        async with cloud.client.get(manifest, headers=headers) as read:
            assert read.status == 200


@in_cloud
async def test_a_token_is_good_for_what_was_asked_and_where(cloud: DataCloud) -> None:
    (registry, client), (other, _) = await cloud.registry(), await cloud.registry()
    await push_image(client, "app", "v1")
    server = cloud.registries.login_server(registry.name)
    refresh_token = await _exchange(cloud, server, "emulator.user", server)
    form = {
        "grant_type": "refresh_token",
        "service": server,
        "scope": "repository:app:pull",
        "refresh_token": refresh_token or "",
    }
    async with cloud.client.post(f"https://{server}/oauth2/token", data=form) as answer:
        headers = {"Authorization": f"Bearer {(await answer.json())['access_token']}"}

    answers = []
    for method, host, path in (
        ("GET", server, "/v2/app/manifests/v1"),
        ("DELETE", server, "/v2/app/manifests/v1"),
        ("GET", server, "/v2/base/manifests/v1"),
        ("GET", server, "/v2/_catalog"),
        ("GET", cloud.registries.login_server(other.name), "/v2/"),
    ):
        url = f"https://{host}{path}"
        async with cloud.client.request(method, url, headers=headers) as answer:
            answers.append(answer.status)
    assert answers == [200, 401, 401, 401, 401]


@in_cloud
async def test_a_deleted_manifest_takes_its_tags_along(cloud: DataCloud, tmp_path: Path) -> None:
    registry, client = await cloud.registry()
    image = await push_image(client, "app", "v1")
    await client.push_manifest("app", "v2", image)
    server = cloud.registries.login_server(registry.name)
    signed_in = {"DOCKER_CONFIG": str(await _sign_in(cloud, server, tmp_path))}

    await cloud.tool("crane", "delete", f"{server}/app@{image.digest}", **signed_in)

    assert await client.manifest("app", "v2") is None


@in_cloud
async def test_a_manifest_with_a_subject_is_listed_as_its_referrer(cloud: DataCloud) -> None:
    registry, client = await cloud.registry()
    image = await push_image(client, "shop/app", "1")
    subject = {"mediaType": image.media_type, "digest": image.digest, "size": len(image.body)}
    signature = await push_manifest(client, "shop/app", "", [b"signature"], subject=subject)
    await push_manifest(client, "shop/other", "", [b"signature"], subject=subject)
    server = cloud.registries.login_server(registry.name)
    headers = {"Authorization": f"Bearer {cloud.registries.service_token(registry.name)}"}

    async def referrers() -> list[str]:
        url = f"https://{server}/v2/shop/app/referrers/{image.digest}"
        async with cloud.client.get(url, headers=headers) as answer:
            assert answer.content_type == "application/vnd.oci.image.index.v1+json"
            return [
                entry["digest"] for entry in (await answer.json(content_type=None))["manifests"]
            ]

    listed = await referrers()
    url = f"https://{server}/v2/shop/app/manifests/{signature.digest}"
    async with cloud.client.delete(url, headers=headers) as answer:
        assert answer.status == 202

    assert listed == [signature.digest]
    assert await referrers() == []


@in_cloud
async def test_the_command_reads_azures_lists_page_by_page(
    cloud: DataCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transfer.registry.client._PER_PAGE", 1)
    registry, client = await cloud.registry()
    before = datetime.now(UTC)
    old, kept = [await push_image(client, "shop/app", tag) for tag in ("v1", "v2")]
    await push_image(client, "base", "1")
    between = datetime.now(UTC)
    new = await push_image(client, "shop/app", "v1")
    server = cloud.registries.login_server(registry.name)
    nothing = {"DOCKER_CONFIG": str(cloud.directory / "none")}

    def read() -> tuple[object, ...]:
        with httpx.Client(verify=cloud.certificates.client_context()) as http:
            there = Registry(server, http, lambda: SecretStr("emulator.user"), nothing)
            times = there.tag_times("shop/app") or {}
            return (
                there.repositories(),
                there.tags("shop/app"),
                {tag: before < moved < between for tag, moved in times.items()},
                there.manifest_digests("shop/app"),
                (there.tags("none"), there.tag_times("none"), there.manifest_digests("none")),
            )

    assert await asyncio.to_thread(read) == (
        ["base", "shop/app"],
        ["v1", "v2"],
        {"v1": False, "v2": True},
        sorted([old.digest, kept.digest, new.digest]),
        ([], None, None),
    )


@in_cloud
async def test_everything_is_there_after_a_restart(cloud: DataCloud) -> None:
    account = await cloud.account()
    async with cloud.container(account, cloud.sas(account, "w")) as container:
        await container.upload_blob("blob", b"content")
    registry, client = await cloud.registry()
    images = [await push_image(client, "app", f"v{n}") for n in range(2)]
    index = await push_index(client, "app", "all", images)
    moved = await push_image(client, "app", "v1")

    await cloud.stop()
    cloud.open()
    await cloud.start()

    async with cloud.container(account, cloud.sas(account, "r")) as container:
        assert await (await container.download_blob("blob")).readall() == b"content"
    client = cloud.registry_client(registry)
    assert [await client.manifest("app", tag) for tag in ("v0", "v1", "all")] == [
        images[0],
        moved,
        index,
    ]


@in_cloud
async def test_a_removed_registry_leaves_nothing_to_its_successor(cloud: DataCloud) -> None:
    registry, client = await cloud.registry()
    await push_image(client, "app", "v1")

    await cloud.registries.remove(registry.name)
    await cloud.registries.ensure(registry.name)

    assert await client.manifest("app", "v1") is None


async def _operations(container: ContainerClient, other: ContainerClient) -> list[str]:
    """Try: list, get, put new, overwrite, put blocks, delete, create a container."""
    old, new = container.get_blob_client("old"), container.get_blob_client("new")

    async def put_blocks() -> None:
        blocks = container.get_blob_client("blocks")
        await blocks.stage_block("AAAA", b"content")
        await blocks.commit_block_list([BlobBlock("AAAA")])

    return [
        await _attempt(_list(container)),
        await _attempt(_read(old)),
        await _attempt(new.upload_blob(b"new")),
        await _attempt(old.upload_blob(b"newer", overwrite=True)),
        await _attempt(put_blocks()),
        await _attempt(old.delete_blob()),
        await _attempt(other.create_container()),
    ]


async def _list(container: ContainerClient) -> None:
    async for _ in container.list_blobs():
        pass


async def _read(blob: BlobClient) -> None:
    await (await blob.download_blob()).readall()


async def _attempt(operation: Awaitable[object]) -> str:
    try:
        await operation
    except HttpResponseError as exc:
        return _code(exc)
    return ""


async def _refusal(cloud: DataCloud, account: Resource, token: str) -> str:
    async with cloud.container(account, token) as container:
        return await _attempt(_list(container))


def _code(error: HttpResponseError) -> str:
    code: str = getattr(error, "error_code", "")
    return str(getattr(code, "value", code))


def _token(account: Resource, description: str) -> str:
    kind, *types, letters = description.split()
    if kind == "container":
        return container_sas(account.name, key(account), CONTAINER, permissions=letters, **WINDOW)
    return account_sas(
        account.name,
        key(account),
        services="b",
        resource_types=types[0],
        permissions=letters,
        **WINDOW,
    )


def _window(account: Resource, start: str, expiry: str) -> str:
    return container_sas(
        account.name, key(account), CONTAINER, permissions="rl", start=start, expiry=expiry
    )


def _signature(token: str) -> str:
    return parse_qs(token)["sig"][0]


async def _exchange(cloud: DataCloud, server: str, token: str, service: str) -> str | None:
    form = {"grant_type": "access_token", "service": service, "access_token": token}
    async with cloud.client.post(f"https://{server}/oauth2/exchange", data=form) as answer:
        return (await answer.json())["refresh_token"] if answer.status == 200 else None


async def _sign_in(cloud: DataCloud, server: str, directory: Path) -> Path:
    """Write what `docker login` would have left."""
    token = await _exchange(cloud, server, "emulator.user", server)
    login = base64.b64encode(f"{TOKEN_USER}:{token}".encode()).decode()
    document = {"auths": {server: {"auth": login}}}
    (directory / "config.json").write_text(json.dumps(document))
    return directory
