"""A cloud tells where it is, and the SAS for the copy is minted as narrow as can be."""

from datetime import timedelta
from types import SimpleNamespace

import httpx
import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from azure.mgmt.containerregistry.models import PipelineRun
from azure.mgmt.storage.models import ServiceSasParameters
from transfer_support import (
    NOON,
    SAS,
    SOURCE_REGISTRY_ID,
    FakeClock,
    container_part,
)

from transfer.azure.clients import Clients
from transfer.azure.cloud import AzureCloud
from transfer.azure.cloud_access import Access
from transfer.azure.endpoints import Endpoints, find_endpoints
from transfer.azure.resource_ids import parse_resource_id
from transfer.azure.sign_in import SignIn
from transfer.errors import CommandFailedError
from transfer.redaction import redact
from transfer.run_states import RunState

CUSTOM = SignIn(metadata_host="127.0.0.1:4433", whose="source side, stack 'here'")
METADATA = {
    "resourceManager": "https://arm.example:4433/",
    "authentication": {
        "loginEndpoint": "https://login.example:4433/",
        "audiences": ["https://management.example/"],
    },
}


def metadata_host(answer: httpx.Response) -> tuple[httpx.MockTransport, list[httpx.URL]]:
    """Give a host that tells a cloud's endpoints, and the addresses that were asked."""
    asked: list[httpx.URL] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return answer

    return httpx.MockTransport(handle), asked


@pytest.mark.parametrize("document", [METADATA, [METADATA]], ids=["object", "list"])
def test_a_custom_cloud_tells_its_endpoints(document: object) -> None:
    transport, asked = metadata_host(httpx.Response(200, json=document))

    endpoints = find_endpoints(CUSTOM, {}, transport)

    assert [str(url) for url in asked] == [
        "https://127.0.0.1:4433/metadata/endpoints?api-version=2022-09-01"
    ]
    assert endpoints == Endpoints(
        resource_manager="https://arm.example:4433/",
        authority="https://login.example:4433",
        arm_scope="https://management.example/.default",
        registry_scope="https://management.example/.default",
        is_custom=True,
    )


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(200, json={}), httpx.Response(200, text="<html>"), httpx.Response(404)],
    ids=["no-keys", "no-json", "not-found"],
)
def test_a_host_without_endpoints_is_named(answer: httpx.Response) -> None:
    transport, _ = metadata_host(answer)

    with pytest.raises(CommandFailedError, match="the metadata host '127"):
        find_endpoints(CUSTOM, {}, transport)


@pytest.mark.parametrize(
    ("name", "manager", "authority"),
    [
        ("public", "https://management.azure.com/", "https://login.microsoftonline.com"),
        (
            "usgovernment",
            "https://management.usgovcloudapi.net/",
            "https://login.microsoftonline.us",
        ),
        ("china", "https://management.chinacloudapi.cn/", "https://login.chinacloudapi.cn"),
    ],
)
def test_azures_own_clouds_are_known(name: str, manager: str, authority: str) -> None:
    endpoints = find_endpoints(SignIn(cloud=name), {})

    assert (endpoints.resource_manager, endpoints.authority) == (manager, authority)
    assert not endpoints.is_custom


class FakeCredential:
    """Signs in without asking anyone."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    def get_token(self, *scopes: str, **_options: object) -> AccessToken:
        if self._error is not None:
            raise self._error
        return AccessToken(f"token for {scopes[0]}", 4102444800)


class FakeClient:
    """Both management clients: notes how it is made and called, answers or raises."""

    answer: object = None
    made: tuple[object, ...] = ()
    called: tuple[object, ...] = ()

    def __init__(self, _credential: object, *place: object, **options: object) -> None:
        FakeClient.made = (*place, options["credential_scopes"])
        operations = SimpleNamespace(list_service_sas=self._call, list=self._call)
        self.storage_accounts = self.pipeline_runs = operations

    def _call(self, *arguments: object) -> object:
        FakeClient.called = arguments
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> type[FakeClient]:
    """Fake management clients."""
    monkeypatch.setattr("azure.mgmt.storage.StorageManagementClient", FakeClient)
    monkeypatch.setattr(
        "azure.mgmt.containerregistry.ContainerRegistryManagementClient", FakeClient
    )
    return FakeClient


def azure_cloud(error: Exception | None = None, advice: str = "") -> AzureCloud:
    """Give the public cloud with a fake sign-in."""
    endpoints, credential = find_endpoints(SignIn(), {}), FakeCredential(error)
    clients = Clients(endpoints, credential)
    access = Access(endpoints, credential, clients, "source side, stack 'here'", advice)
    return AzureCloud(access, FakeClock())


def test_the_sas_opens_one_container_by_https_for_an_hour(client: type[FakeClient]) -> None:
    client.answer = SimpleNamespace(service_sas_token=f"?{SAS}")

    sas = azure_cloud().container_sas(container_part("source"), "rl")

    assert sas.get_secret_value() == SAS
    assert SAS not in repr(sas)
    group, account, parameters = client.called
    assert (group, account) == ("rg", "contososource")
    assert parameters == ServiceSasParameters(
        canonicalized_resource="/blob/contososource/transfer",
        resource="c",
        permissions="rl",
        protocols="https",
        shared_access_start_time=NOON - timedelta(minutes=15),
        shared_access_expiry_time=NOON + timedelta(hours=1),
        key_to_sign="key1",
    )


def test_clients_take_subscription_and_cloud_from_the_contract_and_the_environment(
    client: type[FakeClient],
) -> None:
    client.answer = []

    azure_cloud().pipeline_runs(SOURCE_REGISTRY_ID)

    scope = "https://management.azure.com/.default"
    assert client.made == ("0000", "https://management.azure.com/", [scope])


def test_a_run_of_the_trigger_is_read_with_all_that_a_wait_needs(client: type[FakeClient]) -> None:
    properties = {
        "provisioningState": "Succeeded",
        "request": {
            "pipelineResourceId": "/p",
            "source": {"type": "AzureStorageBlob", "name": "acr-transfer-1"},
        },
        "response": {
            "status": "Running",
            "startTime": "2026-05-01T12:00:00Z",
            "progress": {"percentage": "40"},
            "importedArtifacts": ["shop/web:1"],
        },
    }
    client.answer = [PipelineRun({"name": "trigger_1", "properties": properties})]

    [state] = azure_cloud().pipeline_runs(SOURCE_REGISTRY_ID)

    assert state == RunState(
        name="trigger_1",
        pipeline_id="/p",
        blob="acr-transfer-1",
        status="Running",
        provisioning_state="Succeeded",
        percentage="40",
        artifacts=("shop/web:1",),
        started=NOON,
    )


def test_a_bare_run_is_read(client: type[FakeClient]) -> None:
    client.answer = [PipelineRun({"name": "run00001"})]

    [state] = azure_cloud().pipeline_runs(SOURCE_REGISTRY_ID)

    assert not state.has_ended


@pytest.mark.parametrize(
    ("error", "message", "next_command"),
    [
        (
            ClientAuthenticationError("DefaultAzureCredential failed to retrieve a token"),
            "source side, stack 'here': Azure refuses the pipeline runs of registry 'contoso",
            "Sign in: az login; or correct ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET.",
        ),
        (
            ServiceRequestError("no route to host"),
            "source side, stack 'here': Azure cannot be reached",
            "curl -sS https://management.azure.com/",
        ),
    ],
    ids=["sign-in", "network"],
)
def test_an_error_of_the_cloud_becomes_a_sentence(
    client: type[FakeClient], error: Exception, message: str, next_command: str
) -> None:
    client.answer = error

    with pytest.raises(CommandFailedError, match=message) as caught:
        azure_cloud().pipeline_runs(SOURCE_REGISTRY_ID)

    assert caught.value.hint.words == next_command


def test_a_refused_sign_in_becomes_a_sentence() -> None:
    error = ClientAuthenticationError("AADSTS7000215: Invalid client secret provided.")

    with pytest.raises(CommandFailedError, match="a token for the registry") as caught:
        azure_cloud(error, "az login --tenant t").registry_token()

    assert caught.value.hint.words == "az login --tenant t"


def test_what_is_no_resource_id_is_refused() -> None:
    with pytest.raises(CommandFailedError, match="'contoso' in the stack's contract"):
        parse_resource_id("contoso")


@pytest.mark.parametrize(
    "text",
    [
        f"https://a.blob.core.windows.net/c?{SAS}&se=2026",
        'sig=TOP-SECRET"',
        "SIG%3DTOP-SECRET%26",
        '{"refresh_token": "TOP-SECRET"}',
        "access_token=TOP-SECRET&service=x",
        "Authorization: Bearer TOP-SECRET-TOKEN-LONG-ENOUGH",
    ],
)
def test_signatures_and_tokens_are_redacted(text: str) -> None:
    redacted = redact(text)

    assert "TOP-SECRET" not in redacted
    assert "REDACTED" in redacted
