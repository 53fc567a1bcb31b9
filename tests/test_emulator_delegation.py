"""User delegation keys of the emulated storage, and what they sign, as real clients see them."""

import asyncio
import hashlib
import os
import re
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import ContentSettings, UserDelegationKey, generate_container_sas
from azure.storage.blob.aio import BlobServiceClient, ContainerClient
from data_cloud import CALLER, CONTAINER, DataCloud, cloud, in_cloud, key
from token_sign_in import CUSTOM, Token, access_cloud
from transfer_support import plain_console, run_part, source_contract, target_contract

from components.model.contract import ContainerPart
from emulator.arm.tenants import claim
from emulator.state import Resource
from emulator.values import JsonObject
from transfer.clock import Clock
from transfer.copy.blobs import open_transport
from transfer.copy.carrier import Carrier

__all__ = ["cloud"]

pytestmark = pytest.mark.xdist_group("data")

NO_KEYS = {"allowSharedKeyAccess": False}
CLOSED = {"publicNetworkAccess": "Disabled"}
HALF_AN_HOUR = {"sasPolicy": {"sasExpirationPeriod": "0.00:30:00", "expirationAction": "Block"}}
HOUR = timedelta(hours=1)
RUN = run_part(1)
AZURE = access_cloud(CUSTOM, Token("emulator.user"), Clock())
FAILED, MISMATCH = "AuthenticationFailed", "AuthorizationPermissionMismatch"


class AsyncSignIn(AsyncTokenCredential):
    """A credential that has one token, whatever it is for."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken(self._token, 4102444800)

    async def close(self) -> None:
        """Do nothing."""

    async def __aexit__(self, *_error: object, **_named: object) -> None:
        """Do nothing."""


@in_cloud
async def test_a_key_says_whose_it_is_and_how_long_it_is_good(cloud: DataCloud) -> None:
    account = await cloud.account(**NO_KEYS)

    got = await _key(cloud, account, -HOUR, 6 * 24 * HOUR)

    assert (got.signed_oid, got.signed_tid) == (CALLER.object_id, CALLER.tenant_id)
    times = [datetime.fromisoformat(str(time)) for time in (got.signed_start, got.signed_expiry)]
    assert times[1] - times[0] == HOUR + 6 * 24 * HOUR
    assert (got.signed_service, got.signed_version) == ("b", "2026-10-06")


@in_cloud
async def test_a_key_is_another_for_each_account_and_each_time(cloud: DataCloud) -> None:
    account, other = await cloud.account(), await cloud.account()

    keys = [
        await _key(cloud, account, -HOUR, HOUR),
        await _key(cloud, account, -HOUR, 2 * HOUR),
        await _key(cloud, other, -HOUR, HOUR),
    ]

    assert len({one.value for one in keys}) == 3


@pytest.mark.parametrize(
    ("start", "expiry"), [(-HOUR, 7 * 24 * HOUR + HOUR), (HOUR, -HOUR), (HOUR, HOUR)]
)
@in_cloud
async def test_a_key_is_good_for_seven_days_at_most(
    cloud: DataCloud, start: timedelta, expiry: timedelta
) -> None:
    account = await cloud.account()

    with pytest.raises(HttpResponseError) as refusal:
        await _key(cloud, account, start, expiry)

    assert _code(refusal.value) == "InvalidXmlNodeValue"


@pytest.mark.parametrize(
    ("body", "code"), [("<KeyInfo>", "InvalidXmlDocument"), ("<KeyInfo/>", "InvalidXmlNodeValue")]
)
@in_cloud
async def test_a_request_for_a_key_that_says_no_times_is_refused(
    cloud: DataCloud, body: str, code: str
) -> None:
    account = await cloud.account()
    url = cloud.blobs.account_endpoint(account.name) + "?restype=service&comp=userdelegationkey"
    headers = {"Authorization": "Bearer emulator.user"}

    async with cloud.client.post(url, data=body, headers=headers) as answer:
        assert answer.headers["x-ms-error-code"] == code


@in_cloud
async def test_a_key_is_not_given_to_an_application_of_another_tenant(cloud: DataCloud) -> None:
    account = await cloud.account()
    url = cloud.blobs.account_endpoint(account.name) + "?restype=service&comp=userdelegationkey"
    headers = {"Authorization": "Bearer emulator.user"}
    claim(cloud.state, account.id, "another-tenant")

    try:
        async with cloud.client.post(url, headers=headers) as answer:
            assert answer.headers["x-ms-error-code"] == "InvalidAuthenticationInfo"
    finally:
        cloud.state.remove("/".join(account.id.split("/")[:3]))


@pytest.mark.parametrize(
    ("token", "properties", "code"),
    [
        ("guessed", NO_KEYS, "InvalidAuthenticationInfo"),
        ("", {}, "InvalidAuthenticationInfo"),  # signed by the account's key
        ("", NO_KEYS, "KeyBasedAuthenticationNotPermitted"),
        ("emulator.user", CLOSED, "AuthorizationFailure"),
    ],
)
@in_cloud
async def test_a_stranger_gets_no_delegation_key(
    cloud: DataCloud, token: str, properties: JsonObject, code: str
) -> None:
    account = await cloud.account(**properties)

    with pytest.raises(HttpResponseError) as refusal:
        await _key(cloud, account, -HOUR, HOUR, token)

    assert _code(refusal.value) == code


@pytest.mark.parametrize(
    ("letters", "expected"),
    [("rl", ["", "", MISMATCH]), ("l", ["", MISMATCH, MISMATCH]), ("rcw", [MISMATCH, "", ""])],
)
@in_cloud
async def test_a_delegated_sas_opens_an_account_without_shared_keys(
    cloud: DataCloud, letters: str, expected: list[str]
) -> None:
    account = await cloud.account(**NO_KEYS)
    async with cloud.container(account, await _sas(cloud, account, "w")) as container:
        await container.upload_blob("a b%/ü", b"content")

    token = await _sas(cloud, account, letters)
    async with cloud.container(account, token) as container:
        operations = [
            _list(container),
            container.download_blob("a b%/ü"),
            container.upload_blob("new", b"new"),
        ]
        assert [await _attempt(operation) for operation in operations] == expected


@pytest.mark.parametrize(
    "fault",
    [
        "expired",
        "not yet valid",
        "key expired",
        "key not yet valid",
        "tampered",
        "widened",
        "prolonged",
        "key of another",
        "key prolonged",
        "field added",
        "no letters",
        "no key times",
        "other version",
        "other account",
        "other container",
    ],
)
@in_cloud
async def test_a_delegated_sas_that_does_not_hold_is_refused(cloud: DataCloud, fault: str) -> None:
    account, other = await cloud.account(**NO_KEYS), await cloud.account()
    good = await _sas(cloud, account, "rl")
    token = {
        "expired": await _sas(cloud, account, "rl", expiry=-HOUR),
        "not yet valid": await _sas(cloud, account, "rl", start=HOUR, expiry=2 * HOUR),
        "key expired": await _sas(cloud, account, "rl", key_times=(-2 * HOUR, -HOUR)),
        "key not yet valid": await _sas(cloud, account, "rl", key_times=(HOUR, 2 * HOUR)),
        "tampered": good.replace("sig=", "sig=A"),
        "widened": good.replace("sp=rl", "sp=rwl"),
        "prolonged": re.sub(r"&se=\d{4}", "&se=2999", good),
        "key of another": good.replace("skoid=", "skoid=0"),
        "key prolonged": re.sub(r"&ske=\d{4}", "&ske=2999", good),
        "field added": good + "&rscd=inline",
        "no letters": good.replace("sp=rl", "sp="),
        "no key times": good.replace("&ske=", "&x="),
        "other version": good.replace("sv=2026-10-06", "sv=2026-06-06"),
        "other account": await _sas(cloud, other, "rl"),
        "other container": await _sas(cloud, account, "rl", container="other"),
    }[fault]
    assert token != good

    async with cloud.container(account, token) as container:
        assert await _attempt(_list(container)) == FAILED


@pytest.mark.parametrize(
    ("properties", "addresses", "code"),
    [
        (CLOSED, None, "AuthorizationFailure"),
        (HALF_AN_HOUR, None, "AuthorizationFailure"),
        (NO_KEYS, "10.1.2.3", "AuthorizationSourceIPMismatch"),
        (NO_KEYS, "127.0.0.1", ""),
    ],
)
@in_cloud
async def test_a_delegated_sas_keeps_to_the_accounts_rules_and_its_own(
    cloud: DataCloud, properties: JsonObject, addresses: str | None, code: str
) -> None:
    account = await cloud.account()
    token = await _sas(cloud, account, "rl", addresses=addresses)
    account.properties.update(properties)

    async with cloud.container(account, token) as container:
        assert await _attempt(_list(container)) == code


@in_cloud
async def test_a_delegated_sas_outlives_the_accounts_keys_and_a_restart(cloud: DataCloud) -> None:
    account, other = await cloud.account(**NO_KEYS), await cloud.account()
    token = await _sas(cloud, account, "rl")

    account.private["keys"] = [key(other)] * 2
    cloud.state.put(account)
    await cloud.stop()
    cloud.open()
    await cloud.start()

    async with cloud.container(account, token) as container:
        assert await _attempt(_list(container)) == ""


@pytest.mark.parametrize(
    ("source_letters", "target_letters", "code"),
    [("r", "cw", ""), ("l", "cw", "CannotVerifyCopySource"), ("r", "r", MISMATCH)],
)
@in_cloud
async def test_a_blob_is_copied_from_and_to_accounts_without_shared_keys(
    cloud: DataCloud, source_letters: str, target_letters: str, code: str
) -> None:
    source, target = await cloud.account(**NO_KEYS), await cloud.account(**NO_KEYS)
    async with cloud.container(source, await _sas(cloud, source, "w")) as container:
        await container.upload_blob("blob", b"content", metadata={"category": "x"})
    url = f"{cloud.uri(source)}/blob?{await _sas(cloud, source, source_letters)}"

    async with cloud.container(target, await _sas(cloud, target, target_letters)) as container:
        copy = container.get_blob_client("copy")
        assert await _attempt(copy.upload_blob_from_url(url)) == code


@pytest.mark.parametrize("way", ["between", "over a folder"])
@in_cloud
async def test_acr_transfer_copies_between_accounts_without_shared_keys(
    cloud: DataCloud, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = await cloud.account(**NO_KEYS), await cloud.account(**NO_KEYS)
    content = b"x" * 9_000_000
    async with cloud.container(source, await _sas(cloud, source, "w")) as container:
        await container.upload_blob(
            RUN.blob,
            content,
            metadata={"category": "acr-transfer-blob"},
            content_settings=ContentSettings(content_md5=bytearray(hashlib.md5(content).digest())),
        )
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, str(cloud.certificates.ca_file))
    here = source_contract(RUN).model_copy(update={"container": _part(cloud, source)})
    there = target_contract().model_copy(update={"container": _part(cloud, target)})

    def copy() -> tuple[str, ...]:
        transport = partial(open_transport, os.environ)
        carrier = Carrier(lambda _: AZURE, transport, plain_console()[0], Clock())
        if way == "between":
            return carrier.between_clouds(here, there, [RUN]).copied
        carrier.to_folder(here, [RUN], tmp_path)
        return carrier.from_folder(there, tmp_path).copied

    assert await asyncio.to_thread(copy) == (RUN.blob,)

    async with cloud.container(target, await _sas(cloud, target, "r")) as container:
        assert await (await container.download_blob(RUN.blob)).readall() == content


@in_cloud
async def test_no_log_holds_the_token_the_key_or_the_sas(
    cloud: DataCloud, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    account = await cloud.account(**NO_KEYS)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(cloud.certificates.ca_file))

    with caplog.at_level("DEBUG"):
        await asyncio.to_thread(AZURE.container_sas, _part(cloud, account), "rl")

    assert "userdelegationkey" in caplog.text
    secrets = ("emulator.user", "sig=", "<Value>")
    assert [secret for secret in secrets if secret in caplog.text] == []


async def _key(
    cloud: DataCloud,
    account: Resource,
    start: timedelta,
    expiry: timedelta,
    token: str = "emulator.user",
) -> UserDelegationKey:
    """Ask for a key that is good from and until so long from now; without a token by the key."""
    now = datetime.now(UTC)
    async with BlobServiceClient(
        cloud.blobs.account_endpoint(account.name),
        AsyncSignIn(token) if token else key(account),
        connection_verify=str(cloud.certificates.ca_file),
        retry_total=0,
    ) as client:
        return await client.get_user_delegation_key(now + start, now + expiry)


async def _sas(
    cloud: DataCloud,
    account: Resource,
    letters: str,
    *,
    start: timedelta = -HOUR,
    expiry: timedelta = HOUR,
    key_times: tuple[timedelta, timedelta] = (-HOUR, HOUR),
    container: str = CONTAINER,
    addresses: str | None = None,
) -> str:
    now = datetime.now(UTC)
    return generate_container_sas(
        account.name,
        container,
        user_delegation_key=await _key(cloud, account, *key_times),
        permission=letters,
        start=now + start,
        expiry=now + expiry,
        ip=addresses,
        protocol="https",
    )


def _part(cloud: DataCloud, account: Resource) -> ContainerPart:
    return ContainerPart(
        account_id=account.id,
        container=CONTAINER,
        uri=cloud.uri(account),
        allows_shared_keys=False,
    )


async def _list(container: ContainerClient) -> None:
    async for _ in container.list_blobs():
        pass


async def _attempt(operation: Awaitable[object]) -> str:
    try:
        await operation
    except HttpResponseError as exc:
        return _code(exc)
    return ""


def _code(error: HttpResponseError) -> str:
    code: object = getattr(error, "error_code", "")
    return str(getattr(code, "value", code))
