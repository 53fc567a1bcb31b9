"""Does `Put Blob From URL` and `Put Block From URL`, which Azurite does not have."""

from collections.abc import Callable, Mapping

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from emulator.errors import AzureError
from emulator.front.proxy import relay, send

# Content headers that Put Blob From URL takes from the source, by the name that sets them.
_CONTENT_HEADERS = {
    "x-ms-blob-content-type": "Content-Type",
    "x-ms-blob-content-encoding": "Content-Encoding",
    "x-ms-blob-content-language": "Content-Language",
    "x-ms-blob-content-disposition": "Content-Disposition",
    "x-ms-blob-cache-control": "Cache-Control",
    "x-ms-blob-content-md5": "Content-MD5",
}
_METADATA = "x-ms-meta-"
_SOURCE_CONDITIONS = "x-ms-source-if-"


def is_copy_from_url(request: web.BaseRequest) -> bool:
    """Tell whether the request is one of the two; `Copy Blob`, which Azurite has, names no type."""
    if request.method != "PUT" or "x-ms-copy-source" not in request.headers:
        return False
    operation = request.query.get("comp")
    return operation == "block" or (operation is None and "x-ms-blob-type" in request.headers)


async def copy_from_url(
    request: web.BaseRequest,
    client: aiohttp.ClientSession,
    base: str,
    admit_source: Callable[[URL], URL],
) -> web.StreamResponse:
    """Stream the source blob, or a range of it, into the blob or block that the request names."""
    if "sig" not in request.query:
        # With a key the signature covers the request as it came, which cannot be sent on.
        raise AzureError(
            501,
            "NotImplemented",
            "The requested operation is not implemented on the specified resource.",
        )
    source = URL(request.headers["x-ms-copy-source"], encoded=True)
    path = admit_source(source).raw_path_qs
    async with send(client, "GET", base + path, _source_headers(request.headers)) as read:
        if read.status >= 300:
            raise _unreadable(read)
        headers = _target_headers(request, read)
        body = read.content.iter_any()
        async with send(client, "PUT", base + request.raw_path, headers, body) as written:
            return await relay(request, written)


def cannot_verify(status: int, message: str) -> AzureError:
    """Refuse a source, with the reason that the source's own account gave."""
    return AzureError(status, "CannotVerifyCopySource", message)


def _source_headers(headers: Mapping[str, str]) -> dict[str, str]:
    wanted = {
        "If-" + name.lower().removeprefix(_SOURCE_CONDITIONS): value
        for name, value in headers.items()
        if name.lower().startswith(_SOURCE_CONDITIONS)
    }
    if "x-ms-source-range" in headers:
        wanted["x-ms-range"] = headers["x-ms-source-range"]
    wanted |= {name: headers[name] for name in ("x-ms-version", "Host") if name in headers}
    return wanted


def _target_headers(request: web.BaseRequest, source: aiohttp.ClientResponse) -> CIMultiDict[str]:
    headers = CIMultiDict(
        (name, value)
        for name, value in request.headers.items()
        if not name.lower().startswith(("x-ms-copy-source", "x-ms-source-"))
    )
    headers["Content-Length"] = source.headers["Content-Length"]
    if "x-ms-source-content-md5" in request.headers:
        headers["Content-MD5"] = request.headers["x-ms-source-content-md5"]
    if request.query.get("comp") is not None:
        return headers
    if request.headers.get("x-ms-copy-source-blob-properties", "true").lower() == "true":
        for target_name, source_name in _CONTENT_HEADERS.items():
            if source_name in source.headers:
                headers.setdefault(target_name, source.headers[source_name])
    if not any(name.lower().startswith(_METADATA) for name in headers):
        headers.extend(
            (name, value)
            for name, value in source.headers.items()
            if name.lower().startswith(_METADATA)
        )
    return headers


def _unreadable(source: aiohttp.ClientResponse) -> AzureError:
    if source.status in (304, 412):
        return AzureError(
            412,
            "SourceConditionNotMet",
            "The source condition specified using HTTP conditional header(s) is not met.",
        )
    return cannot_verify(source.status, source.reason or "")
