"""Addresses of blobs: the account is the first part of the path, or of the host name."""

from urllib.parse import unquote

from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from emulator.host_names import account_of

_LOCAL = ("127.0.0.1", "localhost")


def by_path(request: web.BaseRequest) -> web.BaseRequest:
    """Give a request with its account in the path, whatever its host name says."""
    # Azurite would find another account in another host name.
    headers = CIMultiDict(request.headers)
    headers["Host"] = _LOCAL[0]
    account = account_of(request.host)
    path = f"/{account}{request.raw_path}" if account else request.raw_path
    return request.clone(rel_url=URL(path, encoded=True), headers=headers)


def is_signed_by_host(request: web.BaseRequest) -> bool:
    """Tell whether a key has signed the path as it is under the host name of the account."""
    has_key = request.headers.get("Authorization", "").startswith("SharedKey")
    return has_key and account_of(request.host) != ""


def local_path(url: URL, port: int) -> URL | None:
    """Give an address of ours with its account in the path; None when it is none of ours."""
    account = account_of(url.host or "")
    if account:
        return URL(f"/{account}{url.raw_path_qs}", encoded=True)
    return url if url.host in _LOCAL and url.port == port else None


def parts(url: URL) -> tuple[str, str, str]:
    """Give account, container and blob of an address with its account in the path."""
    # Decoded before it is cut, as Azurite does: another reading would pass by the checks.
    account, _, rest = unquote(url.raw_path).removeprefix("/").partition("/")
    container, _, blob = rest.partition("/")
    return account, container, blob
