"""What the tests of the `acr-transfer` command share: fake clouds, stacks, registries, storage."""

import base64
import hashlib
import io
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import httpx
import requests
from azure.core.pipeline.transport import RequestsTransport
from pydantic import SecretStr

from components.model.contract import ContainerPart, RunPart, SourceContract, TargetContract
from transfer.clock import Clock
from transfer.console import Console
from transfer.copy.blobs import CATEGORY
from transfer.run_states import RunState
from transfer.stacks import MadeResource

SOURCE_HOST = "contososource.azurecr.io"
TARGET_HOST = "contosotarget.azurecr.io"
# What a SAS looks like; no signature of any account.
SAS = "sv=2021-12-02&sr=c&sp=rl&sig=TOP-SECRET"
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
_PROVIDERS = "/subscriptions/0000/resourceGroups/rg/providers"
SOURCE_REGISTRY_ID = f"{_PROVIDERS}/Microsoft.ContainerRegistry/registries/contososource"
TARGET_REGISTRY_ID = f"{_PROVIDERS}/Microsoft.ContainerRegistry/registries/contosotarget"
IMPORT_PIPELINE = f"{TARGET_REGISTRY_ID}/importPipelines/import"


class FakeClock(Clock):
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.slept = 0.0

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.slept)

    def seconds(self) -> float:
        return self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


def plain_console(clock: Clock | None = None) -> tuple[Console, io.StringIO]:
    """Give a console that is no terminal, and what it prints."""
    stream = io.StringIO()
    return Console(stream, clock or FakeClock()), stream


def run_part(number: int, *artifacts: str, digests: Mapping[str, str] | None = None) -> RunPart:
    """Give a run of the source's contract; with digests it is of a lock."""
    return RunPart(
        name=f"export{number}",
        blob=f"acr-transfer-{number}",
        artifacts=artifacts or tuple(digests or (f"shop/app{number}:1",)),
        digests=dict(digests or {}),
    )


def container_part(side: str) -> ContainerPart:
    """Give the container of a side."""
    account = f"contoso{side}"
    return ContainerPart(
        account_id=f"{_PROVIDERS}/Microsoft.Storage/storageAccounts/{account}",
        container="transfer",
        uri=f"https://{account}.blob.core.windows.net/transfer",
    )


def source_contract(*runs: RunPart) -> SourceContract:
    """Give what a source stack puts out."""
    return SourceContract.model_validate(
        {
            "version": 1,
            "registry": {"id": SOURCE_REGISTRY_ID, "login_server": SOURCE_HOST},
            "pipeline_id": f"{SOURCE_REGISTRY_ID}/exportPipelines/export",
            "container": container_part("source"),
            "runs": runs or (run_part(1),),
            "sas_expires": "2026-06-01T00:00:00+00:00",
        }
    )


def target_contract(
    blobs: str = "copied", import_by: str = "trigger", *, deletes_blobs: bool = False
) -> TargetContract:
    """Give what a target stack puts out."""
    return TargetContract.model_validate(
        {
            "version": 1,
            "registry": {"id": TARGET_REGISTRY_ID, "login_server": TARGET_HOST},
            "pipeline_id": IMPORT_PIPELINE,
            "container": container_part("source" if blobs == "shared" else "target"),
            "runs": (),
            "sas_expires": "2026-06-01T00:00:00+00:00",
            "source_stack": "source",
            "blobs": blobs,
            "import_by": import_by,
            "deletes_blobs": deletes_blobs,
        }
    )


class SilentStack:
    """A stack that tells Pulumi's provider nothing, and whose state is empty."""

    def provider_config(self, names: Collection[str]) -> dict[str, SecretStr]:
        assert "clientSecret" in names
        return {}

    def exists(self) -> bool:
        return True

    def secret_keys(self) -> frozenset[str]:
        return frozenset()

    def resources(self) -> list[MadeResource]:
        return []


class FakeCloud:
    """A cloud that mints a fixed SAS and tells runs from a script, one list a call."""

    def __init__(self, runs: Mapping[str, Sequence[Sequence[RunState]]] | None = None) -> None:
        self._runs = {key: list(lists) for key, lists in (runs or {}).items()}
        self.minted: list[tuple[str, str]] = []
        self.sign_ins = 0

    def container_sas(self, container: ContainerPart, permissions: str) -> SecretStr:
        self.minted.append((container.uri, permissions))
        return SecretStr(SAS)

    def pipeline_runs(self, registry_id: str) -> list[RunState]:
        lists = self._runs.get(registry_id) or [[]]
        return list(lists.pop(0) if len(lists) > 1 else lists[0])

    def registry_token(self) -> SecretStr:
        self.sign_ins += 1
        return SecretStr("aad-token")


class FakeStorage:
    """Containers of blobs behind HEAD requests."""

    def __init__(self) -> None:
        self.blobs: dict[str, dict[str, str]] = {}
        self.refusal: httpx.Response | None = None

    def put(self, side: str, name: str, content: bytes, **changed: str) -> None:
        """Store a blob the way an export or a good copy leaves it; `changed` are headers."""
        headers = {
            "content-length": str(len(content)),
            "content-md5": md5(content),
            "x-ms-meta-Category": CATEGORY,
            "last-modified": "Fri, 01 May 2026 11:00:00 GMT",
        }
        headers |= {key.replace("_", "-"): value for key, value in changed.items()}
        self.blobs[f"https://contoso{side}.blob.core.windows.net/transfer/{name}"] = {
            key: value for key, value in headers.items() if value
        }

    def remove(self, side: str, name: str) -> None:
        """Delete a blob."""
        del self.blobs[f"https://contoso{side}.blob.core.windows.net/transfer/{name}"]

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        assert request.method == "HEAD"
        assert b"sig=TOP-SECRET" in request.url.query
        if self.refusal is not None:
            return self.refusal
        headers = self.blobs.get(unquote(str(request.url).partition("?")[0]))
        if headers is None:
            return httpx.Response(404, headers={"x-ms-error-code": "BlobNotFound"})
        return httpx.Response(200, headers=headers)


def storage_transport(handle: Callable[[httpx.Request], httpx.Response]) -> RequestsTransport:
    """Give what Microsoft's client sends requests with: to a handler."""
    session = requests.Session()
    session.mount("https://", _HandlerAdapter(handle))
    return RequestsTransport(session=session)


class _HandlerAdapter(requests.adapters.BaseAdapter):
    def __init__(self, handle: Callable[[httpx.Request], httpx.Response]) -> None:
        super().__init__()
        self._handle = handle

    def send(
        self, request: requests.PreparedRequest, *_: object, **__: object
    ) -> requests.Response:
        assert request.method
        assert request.url
        asked = httpx.Request(request.method, request.url)
        try:
            given = self._handle(asked)
        except httpx.ConnectError as error:
            raise requests.ConnectionError(str(error)) from error
        answer = requests.Response()
        answer.status_code, answer.reason = given.status_code, given.reason_phrase
        answer.headers.update(given.headers)
        answer.raw = io.BytesIO(given.content)
        answer.request, answer.url = request, request.url
        return answer

    def close(self) -> None:
        """Close nothing."""


Content = bytes | Mapping[str, object]


class FakeRegistries:
    """Registries that need no login."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self.refusals: dict[str, int] = {}
        self.named: dict[str, str] = {}
        """Digests that the header names, by path, whatever the content is."""
        self.unreachable: set[str] = set()
        self.requests: list[str] = []

    def push(self, host: str, repository: str, tag: str, *parts: str, index: bool = False) -> str:
        """Store an image with layers, or an index of manifests; give its digest."""
        key = "manifests" if index else "layers"
        document: dict[str, object] = {key: [{"digest": part} for part in parts]}
        if not index:
            for part in parts:
                self.content[f"{host}/v2/{repository}/blobs/{part}"] = b""
        return self.put(host, repository, tag, document)

    def push_both(self, repository: str, tag: str, *parts: str, index: bool = False) -> str:
        """Store the same at the source and the target."""
        self.push(SOURCE_HOST, repository, tag, *parts, index=index)
        return self.push(TARGET_HOST, repository, tag, *parts, index=index)

    def refer(self, host: str, repository: str, subject: str, *referrers: str) -> None:
        """Have the referrers API list manifests by which something refers to another one."""
        content = json.dumps({"manifests": [{"digest": digest} for digest in referrers]})
        self.content[f"{host}/v2/{repository}/referrers/{subject}"] = content.encode()

    def put(
        self, host: str, repository: str, tag: str, content: bytes | Mapping[str, object]
    ) -> str:
        """Store any content as a manifest; give its digest."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        for reference in (tag, digest):
            self.content[f"{host}/v2/{repository}/manifests/{reference}"] = body
        return digest

    def put_both(self, repository: str, tag: str, content: Content) -> str:
        """Store the same at the source and the target."""
        self.put(SOURCE_HOST, repository, tag, content)
        return self.put(TARGET_HOST, repository, tag, content)

    def remove(self, host: str, repository: str, rest: str) -> None:
        """Take a manifest or blob away."""
        del self.content[f"{host}/v2/{repository}/{rest}"]

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        path = f"{request.url.host}{request.url.path}"
        self.requests.append(f"{request.method} {path}")
        if request.url.host in self.unreachable:
            raise httpx.ConnectError("[Errno 111] Connection refused")
        if path in self.refusals:
            return httpx.Response(self.refusals[path], text="denied")
        content = self.content.get(path)
        if content is None:
            return httpx.Response(404)
        headers = {"docker-content-digest": self.named[path]} if path in self.named else {}
        return httpx.Response(200, content=content, headers=headers)

    def client(self) -> httpx.Client:
        """Give a client of them."""
        return httpx.Client(transport=httpx.MockTransport(self.handle))


def md5(content: bytes) -> str:
    """Give an MD5 the way storage writes it."""
    return base64.b64encode(hashlib.md5(content).digest()).decode()


def import_state(
    name: str, blob: str, status: str, *, minute: int = 0, error: str = ""
) -> RunState:
    """Give an import run that began at a minute after noon."""
    return RunState(
        name=name,
        pipeline_id=IMPORT_PIPELINE.lower(),
        blob=blob,
        status=status,
        provisioning_state="Failed" if status == "Failed" else "Succeeded",
        error=error,
        started=NOON + timedelta(minutes=minute),
    )


def export_state(number: int, status: str = "Succeeded", *, minute: int = 0) -> RunState:
    """Give the export run of `run_part(number)`."""
    return RunState(
        name=f"export{number}",
        pipeline_id="",
        blob="",
        status=status,
        provisioning_state=status,
        started=NOON + timedelta(minutes=minute),
    )


def new_place(registry_id: str) -> dict[str, str]:
    """Give the place that a side of default settings keeps in its stack."""
    return {
        "registry": registry_id,
        "location": "westeurope",
        "resource_group": "new",
        "prefix": "acrt",
        "storage": "new",
        "container": "transfer",
        "storage_access": "sas",
        "vault": "new",
        "suffix": "abcd2345",
    }
