"""From an account that forbids its keys, the copy gets a SAS that its own sign-in stands behind."""

from datetime import datetime, timedelta
from typing import Self
from urllib.parse import parse_qs

import pytest
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
)
from azure.storage.blob import StorageErrorCode, UserDelegationKey
from token_sign_in import CUSTOM, Token, access_cloud
from transfer_support import NOON, FakeClock, container_part

from components.model.contract import ContainerPart
from transfer.azure.cloud import AzureCloud
from transfer.azure.endpoints import Endpoints, find_endpoints
from transfer.azure.sign_in import SignIn
from transfer.errors import CommandFailedError

KEY = "VE9QLVNFQ1JFVA=="


class FakeStorage:
    """Storage's client: notes how it is made and asked, gives a key or raises."""

    error: AzureError | None = None
    made: tuple[object, ...] = ()
    asked: tuple[datetime, ...] = ()

    def __init__(self, endpoint: str, _credential: object, **options: object) -> None:
        FakeStorage.made = (endpoint, options["audience"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    def get_user_delegation_key(self, start: datetime, expiry: datetime) -> UserDelegationKey:
        FakeStorage.asked = (start, expiry)
        if self.error is not None:
            raise self.error
        key = UserDelegationKey()  # type: ignore[no-untyped-call]  # bare in the library
        key.signed_oid, key.signed_tid = "object", "tenant"
        key.signed_start, key.signed_expiry = "2026-05-01T11:45:00Z", "2026-05-01T13:00:00Z"
        key.signed_service, key.signed_version, key.value = "b", "2026-10-06", KEY
        return key


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> type[FakeStorage]:
    """Fake storage, which gives a key."""
    monkeypatch.setattr("azure.storage.blob.BlobServiceClient", FakeStorage)
    monkeypatch.setattr(FakeStorage, "error", None)
    return FakeStorage


def part(side: str = "source", **changed: object) -> ContainerPart:
    """Give the container of a side, in an account that forbids its keys."""
    return container_part(side).model_copy(update={"allows_shared_keys": False, **changed})


def azure_cloud(endpoints: Endpoints | None = None) -> AzureCloud:
    """Give a cloud with a fake sign-in; the public one by default."""
    return access_cloud(endpoints or find_endpoints(SignIn(), {}), Token(), FakeClock())


def refusal(code: str, kind: type[HttpResponseError] = HttpResponseError) -> HttpResponseError:
    """Give an error as storage's client raises it."""
    error = kind(f"Storage's sentence.\nRequestId:1\nErrorCode:{code}")
    error.error_code = code  # type: ignore[attr-defined]  # as the client does
    return error


def test_the_sas_opens_one_container_by_https_for_an_hour(storage: type[FakeStorage]) -> None:
    sas = azure_cloud().container_sas(part("target"), "rcwl")

    assert storage.asked == (NOON - timedelta(minutes=15), NOON + timedelta(hours=1))
    fields = {name: values for name, [values] in parse_qs(sas.get_secret_value()).items()}
    signature = fields.pop("sig")
    assert fields == {
        "sv": "2026-10-06",
        "sr": "c",
        "sp": "rcwl",
        "spr": "https",
        "st": "2026-05-01T11:45:00Z",
        "se": "2026-05-01T13:00:00Z",
        "skoid": "object",
        "sktid": "tenant",
        "skt": "2026-05-01T11:45:00Z",
        "ske": "2026-05-01T13:00:00Z",
        "sks": "b",
        "skv": "2026-10-06",
    }
    assert signature not in repr(sas)
    assert KEY not in sas.get_secret_value()


@pytest.mark.parametrize("name", ["public", "usgovernment", "china"])
def test_storage_has_one_audience_in_all_of_azures_clouds(
    storage: type[FakeStorage], name: str
) -> None:
    uri = "https://contoso.blob.example.cn/transfer/"

    azure_cloud(find_endpoints(SignIn(cloud=name), {})).container_sas(part(uri=uri), "rl")

    assert storage.made == ("https://contoso.blob.example.cn", "https://storage.azure.com")


def test_a_custom_cloud_is_asked_with_its_own_audience(storage: type[FakeStorage]) -> None:
    uri = "https://127.0.0.1:4433/contoso/transfer"

    azure_cloud(CUSTOM).container_sas(part(uri=uri), "rl")

    assert storage.made == ("https://127.0.0.1:4433/contoso", "https://audience.example")


@pytest.mark.parametrize(
    ("side", "letters", "role"),
    [
        ("source", "rl", "Storage Blob Data Reader"),
        ("target", "rcwl", "Storage Blob Data Contributor"),
    ],
)
def test_a_lacking_role_is_named_with_the_commands_to_assign_it(
    storage: type[FakeStorage], side: str, letters: str, role: str
) -> None:
    storage.error = refusal("AuthorizationPermissionMismatch")

    with pytest.raises(CommandFailedError) as caught:
        azure_cloud().container_sas(part(side), letters)

    assert caught.value.message == (
        f"Azure refuses a user delegation key of storage account 'contoso{side}': "
        "AuthorizationPermissionMismatch: Storage's sentence.\n"
        "The account forbids its keys, so the SAS opens what whoever is signed in may open. That "
        f"takes two roles: Storage Blob Delegator on the account, and {role} on the container. "
        "A role assigned a moment ago may not be in effect yet."
    )
    account = part(side).account_id
    assert caught.value.hint.words == (
        "az role assignment create --assignee WHO --role 'Storage Blob Delegator' "
        f"--scope {account} && "
        f"az role assignment create --assignee WHO --role '{role}' "
        f"--scope {account}/blobServices/default/containers/transfer"
    )


@pytest.mark.parametrize(
    ("error", "message", "next_command"),
    [
        (
            ClientAuthenticationError("AADSTS7000215: Invalid client secret provided."),
            "Azure refuses a user delegation key of storage account 'contososource': AADSTS7000215",
            "Sign in: az login; or correct ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET.",
        ),
        (
            refusal("InvalidAuthenticationInfo", ClientAuthenticationError),
            "InvalidAuthenticationInfo: Storage's sentence.\nStorage does not accept the sign-in",
            "Sign in there: az login --tenant TENANT; or correct ARM_TENANT_ID.",
        ),
        (
            refusal(StorageErrorCode.AUTHORIZATION_FAILURE),
            "AuthorizationFailure: Storage's sentence.\n",
            "Renew it",
        ),
        (
            ServiceRequestError("no route to host"),
            "Azure cannot be reached for a user delegation key",
            "curl -sS https://contososource.blob.core.windows.net",
        ),
    ],
    ids=["sign-in", "token", "storage", "network"],
)
def test_a_key_that_is_not_given_is_explained(
    storage: type[FakeStorage], error: AzureError, message: str, next_command: str
) -> None:
    storage.error = error

    with pytest.raises(CommandFailedError) as caught:
        azure_cloud().container_sas(part(), "rl")

    assert message in caught.value.message
    assert "RequestId" not in caught.value.message
    assert caught.value.hint.words.startswith(next_command)
