"""Gives user delegation keys, and takes the SAS that they sign as Azure Storage does."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from aiohttp import web
from azure.storage.blob import UserDelegationKey, generate_container_sas
from yarl import URL

from emulator.arm.base import Caller
from emulator.arm.tenants import tenant_of
from emulator.errors import AzureError
from emulator.signed_tokens import bearer_token
from emulator.state import Resource, State
from emulator.storage.gate import find_account, not_authenticated
from emulator.storage.sas import VERSION, container_sas, parse_time
from emulator.values import same, text, texts

FindCaller = Callable[[str], Caller | None]

_LONGEST = timedelta(days=7)
_SERVICE = "b"
_TIME = "%Y-%m-%dT%H:%M:%SZ"
# Fields of every kind of SAS, as one that is added to a SAS later makes it another. No other
# parameter of a request has such a name.
_SAS_FIELD = re.compile(r"s[a-z]{1,6}|rsc[a-z]")


class Delegation:
    """The keys of all accounts; each is derived from a root of its account, and none is kept."""

    def __init__(self, state: State, find_caller: FindCaller) -> None:
        self._state = state
        self._find_caller = find_caller

    async def give_key(self, account_name: str, request: web.BaseRequest) -> web.Response:
        """Answer `Get User Delegation Key`; who asks the same again gets the same key."""
        account = find_account(self._state, account_name)
        if account is None:
            raise AzureError(404, "ResourceNotFound", "The specified resource does not exist.")
        caller = self._caller(account, request)
        start, expiry = _key_times(await request.read())
        fields = {
            "SignedOid": caller.object_id,
            "SignedTid": caller.tenant_id,
            "SignedStart": f"{start:{_TIME}}",
            "SignedExpiry": f"{expiry:{_TIME}}",
            "SignedService": _SERVICE,
            "SignedVersion": request.headers.get("x-ms-version", VERSION),
        }
        fields["Value"] = self._value(account, list(fields.values()))
        items = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
        document = f"<UserDelegationKey>{items}</UserDelegationKey>"
        return web.Response(text=document, content_type="application/xml")

    def exchange(self, account: Resource, container: str, url: URL) -> URL:
        """Check the SAS of an address; give the address with one of the account's key instead.

        Azurite takes both kinds, but it has one delegation key for all, which everybody knows.
        """
        query = url.raw_query_string
        given = dict(parse_qsl(query, keep_blank_values=True))
        fields = {name: value for name, value in given.items() if _SAS_FIELD.fullmatch(name)}
        if not container or fields != self._sign_again(account, container, fields):
            raise not_authenticated()
        _check_time(fields["skt"], fields["ske"])
        _check_time(fields.get("st", ""), fields["se"])
        token = container_sas(
            account.name,
            texts(account.private, "keys")[0],
            container,
            permissions=fields["sp"],
            start=fields.get("st", ""),
            expiry=fields["se"],
            protocol=fields.get("spr", ""),
        )
        kept = [p for p in query.split("&") if not _SAS_FIELD.fullmatch(unquote(p.split("=")[0]))]
        return URL(f"{url.raw_path}?{'&'.join([*kept, token])}", encoded=True)

    def _caller(self, account: Resource, request: web.BaseRequest) -> Caller:
        caller = self._find_caller(bearer_token(request))
        owner = tenant_of(self._state, account.id)
        if caller is None or (owner and not same(owner, caller.tenant_id)):
            raise AzureError(
                401,
                "InvalidAuthenticationInfo",
                "Server failed to authenticate the request. Please refer to the information in the "
                "www-authenticate header.",
            )
        return caller

    def _sign_again(
        self, account: Resource, container: str, fields: dict[str, str]
    ) -> dict[str, str]:
        """Sign what a SAS says by the key that it names, with Microsoft's own library."""
        names = ("skoid", "sktid", "skt", "ske", "sks", "skv")
        if not all(fields.get(name) for name in ("sp", "se", *names)):
            return {}
        signed = [fields[name] for name in names]
        key = UserDelegationKey()  # type: ignore[no-untyped-call]  # bare in the library
        key.signed_oid, key.signed_tid, key.signed_start, key.signed_expiry = signed[:4]
        key.signed_service, key.signed_version = signed[4:]
        key.value = self._value(account, signed)
        token = generate_container_sas(
            account.name,
            container,
            user_delegation_key=key,
            permission=fields["sp"],
            start=fields.get("st"),
            expiry=fields["se"],
            ip=fields.get("sip"),
            protocol=fields.get("spr"),
        )
        return dict(parse_qsl(token))

    def _value(self, account: Resource, signed: list[str]) -> str:
        # Not one of the account's keys: a key stays good when those are renewed.
        if "delegationRoot" not in account.private:
            account.private["delegationRoot"] = secrets.token_hex(32)
            self._state.put(account)
        root = bytes.fromhex(text(account.private, "delegationRoot"))
        digest = hmac.new(root, "\n".join(signed).encode(), hashlib.sha256).digest()
        return base64.b64encode(digest).decode()


def is_key_request(request: web.BaseRequest) -> bool:
    """Tell whether the request is `Get User Delegation Key`."""
    operation = (request.query.get("restype"), request.query.get("comp"))
    return request.method == "POST" and operation == ("service", "userdelegationkey")


def _key_times(body: bytes) -> tuple[datetime, datetime]:
    try:
        document = ElementTree.fromstring(body)
    except ElementTree.ParseError as exc:
        raise AzureError(
            400, "InvalidXmlDocument", "XML specified is not syntactically valid."
        ) from exc
    try:
        start = parse_time("Start", document.findtext("Start", ""))
        expiry = parse_time("Expiry", document.findtext("Expiry", ""))
    except ValueError as exc:
        raise _invalid_node() from exc
    if not start < expiry <= datetime.now(UTC) + _LONGEST:
        raise _invalid_node()
    return start, expiry


def _invalid_node() -> AzureError:
    # Azure says this of a time that is out of range, too: Azure/azure-sdk-for-net#17690.
    return AzureError(
        400,
        "InvalidXmlNodeValue",
        "The value for one of the XML nodes is not in the correct format.",
    )


def _check_time(start: str, expiry: str) -> None:
    now = datetime.now(UTC)
    try:
        is_now = (not start or parse_time("st", start) <= now) and now <= parse_time("se", expiry)
    except ValueError as exc:
        raise not_authenticated() from exc
    if not is_now:
        raise not_authenticated()
