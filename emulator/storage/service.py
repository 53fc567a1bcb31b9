"""Serves every emulated storage account: Azurite beneath an https front that adds what it lacks."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

import aiohttp
from aiohttp import web
from yarl import URL

from emulator.arm.base import timestamp
from emulator.certificates import Certificates
from emulator.errors import AzureError, EmulatorError
from emulator.front.faults import take_fault
from emulator.front.proxy import Front, RequestContext, client_session, relay, send
from emulator.resource_types import ACCOUNT_TYPE
from emulator.signed_tokens import bearer_token
from emulator.state import State
from emulator.storage.addresses import by_path, is_signed_by_host, local_path, parts
from emulator.storage.azurite import Azurite
from emulator.storage.containers import Containers, check_change, is_container_change, note_change
from emulator.storage.copy_from_url import cannot_verify, copy_from_url, is_copy_from_url
from emulator.storage.delegation import Delegation, FindCaller, is_key_request
from emulator.storage.gate import check_request, check_rights, find_account
from emulator.storage.sas import account_sas
from emulator.storage.service_tokens import ServiceTokens
from emulator.values import texts

_SECONDARY = "-secondary"

# Operations after which a blob may newly be what a source trigger waits for.
_WRITES = frozenset([None, "blocklist", "metadata", "properties"])


class BlobService:
    """The blob endpoint of all accounts: https://127.0.0.1:PORT/ACCOUNT/CONTAINER/BLOB."""

    def __init__(self, state: State, certificates: Certificates, find_caller: FindCaller) -> None:
        self.on_blob_written: Callable[[str, str, str], None] | None = None
        self._state = state
        self.certificates = certificates
        self._find_caller = find_caller
        self._delegation = Delegation(state, find_caller)
        self._azurite = Azurite(state.directory / "blobs", certificates)
        self.port = state.port("storage")
        self._front = Front(self.port, certificates.server_context())
        self._client: aiohttp.ClientSession | None = None
        self._keys: dict[str, str] = {}
        self._containers = Containers(state, self._azurite, self._keys, certificates.ca_file)
        self._tokens = ServiceTokens()

    async def start(self) -> None:
        """Start with the accounts that the state knows."""
        self._client = client_session(self.certificates.client_context())
        try:
            await self._azurite.start()
            for account in self._state.list(ACCOUNT_TYPE):
                await self.set_account(account.name, texts(account.private, "keys"))
                await self._containers.agree(account)
            await self._front.start(self._handle)
        except (OSError, EmulatorError):
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop; the blobs stay on disk."""
        await self._front.stop()
        if self._client is not None:
            await self._client.close()
        await self._azurite.stop()

    def account_endpoint(self, account: str) -> str:
        """Give the account's blob endpoint, as Azure does with a slash at its end."""
        return f"https://127.0.0.1:{self.port}/{account}/"

    def sign_in(self, principals: Sequence[str]) -> str:
        """Give the transfer service a bearer token with which it acts as a pipeline's identity."""
        return self._tokens.issue(principals)

    async def set_account(self, account: str, keys: list[str]) -> None:
        """Make an account known, or change its keys; what was signed with an old key ends here."""
        self._keys[account] = keys[0]
        await self._azurite.set_account(account, keys)

    async def set_container(
        self,
        account: str,
        container: str,
        *,
        access: str = "None",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Create a container, or change one that exists."""
        await self._containers.make(account, container, access=access, metadata=metadata or {})

    async def delete_container(self, account: str, container: str) -> None:
        """Delete a container with its blobs, if there is one."""
        await self._containers.delete(account, container)

    async def container_names(self, account: str) -> set[str]:
        """Name the containers of an account."""
        return await self._containers.names(account)

    async def delete_account(self, account: str) -> None:
        """Delete the account's containers, and forget it and its keys."""
        if account not in self._keys:
            return
        for container in await self.container_names(account):
            await self.delete_container(account, container)
        del self._keys[account]
        await self._azurite.set_account(account, [])

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            dropped = take_fault(request, self._state, "storage")
            if dropped is not None:
                return dropped
            original, request = request, by_path(request)
            url = URL(request.raw_path, encoded=True)
            admitted = self._admit(url, request)
            if admitted is not url:
                request = request.clone(rel_url=admitted)
            answer = await self._answer(request, original)
        except AzureError as refusal:
            return error_response(request, refusal)
        except aiohttp.ClientConnectionError:
            return error_response(request, AzureError(503, "ServerBusy", "The server is busy."))
        if answer.status < 300 and request.method == "PUT":
            self._tell(request)
        return answer

    async def _answer(
        self, request: web.BaseRequest, original: web.BaseRequest
    ) -> web.StreamResponse:
        name, container, _ = parts(URL(request.raw_path, encoded=True))
        if is_key_request(request):
            return await self._delegation.give_key(name, request)
        if is_copy_from_url(request) and self._principals(request) is None:
            return await self._copy(request)
        account = find_account(self._state, name) if is_container_change(request) else None
        if account is not None:
            check_change(request, account)
        async with self._pass_on(request, original, name) as answer:
            if account is not None and answer.status < 300:
                note_change(request, self._state, account, container)
            return await relay(request, answer)

    def _pass_on(
        self, request: web.BaseRequest, original: web.BaseRequest, account: str
    ) -> RequestContext:
        """Send a request to Azurite as it takes it: by the key that signed it, or by ours."""
        assert self._client is not None
        path, headers = request.raw_path, request.headers.copy()
        if account in self._keys and self._principals(request) is not None:
            # Azurite knows nothing of roles: once they allow a request, it goes on with our SAS.
            path += f"{'&' if '?' in path else '?'}{self._own_sas(account)}"
            del headers["Authorization"]
        elif is_signed_by_host(original):
            path, headers = original.raw_path, original.headers.copy()
        body = request.content.iter_any() if request.can_read_body else None
        return send(self._client, request.method, self._azurite.base + path, headers, body)

    async def _copy(self, request: web.BaseRequest) -> web.StreamResponse:
        assert self._client is not None

        def admit_source(source: URL) -> URL:
            ours = local_path(source, self.port)
            if ours is None:
                raise cannot_verify(404, "The specified resource does not exist.")
            try:
                return self._admit(ours, None)
            except AzureError as refusal:
                raise cannot_verify(refusal.status, refusal.message) from refusal

        return await copy_from_url(request, self._client, self._azurite.base, admit_source)

    def _admit(self, url: URL, request: web.BaseRequest | None) -> URL:
        """Refuse what the account refuses; give the address under which Azurite takes the rest."""
        name, container, _ = parts(url)
        account = find_account(self._state, name.removesuffix(_SECONDARY))
        if account is None:
            return url  # Azurite knows it or answers that there is no such resource
        claims = check_request(
            account,
            query=url.raw_query_string,
            authorization=request.headers.get("Authorization") if request else None,
            client_ip=(request.remote if request else None) or "127.0.0.1",
        )
        principals = self._principals(request) if request else None
        if request is not None and principals is not None and not is_key_request(request):
            check_rights(self._state, account, container, principals, request.method)
        is_delegated = claims is not None and claims.is_delegated
        return self._delegation.exchange(account, container, url) if is_delegated else url

    def _principals(self, request: web.BaseRequest) -> list[str] | None:
        """Give who is signed in with a token: the transfer service, or an application."""
        service = self._tokens.read(request)
        caller = self._find_caller(bearer_token(request)) if service is None else None
        return [caller.object_id] if caller else service

    def _tell(self, request: web.BaseRequest) -> None:
        account, container, blob = parts(URL(request.raw_path, encoded=True))
        if blob and request.query.get("comp") in _WRITES and self.on_blob_written is not None:
            self.on_blob_written(account, container, blob)

    def _own_sas(self, account: str) -> str:
        now = datetime.now(UTC)
        return account_sas(
            account,
            self._keys[account],
            services="b",
            resource_types="sco",
            permissions="rwdlac",
            start=f"{now - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}",
            expiry=f"{now + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}",
        )


def error_response(request: web.BaseRequest, refusal: AzureError) -> web.Response:
    """Say a refusal as Azure Storage does: reason phrase, x-ms-error-code and XML."""
    request_id = str(uuid.uuid4())
    text = (
        '<?xml version="1.0" encoding="utf-8"?>'
        f"<Error><Code>{refusal.code}</Code><Message>{escape(refusal.message)}\n"
        f"RequestId:{request_id}\nTime:{timestamp()}</Message></Error>"
    )
    return web.Response(
        status=refusal.status,
        reason=refusal.message,
        headers={"x-ms-error-code": refusal.code, "x-ms-request-id": request_id},
        body=None if request.method == "HEAD" else text.encode(),
        content_type="application/xml",
    )
