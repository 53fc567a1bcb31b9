"""Blobs of one container, looked at by HEAD requests with a short-lived SAS."""

import base64
import binascii
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from components.model.contract import ContainerPart
from components.model.diagnosis import explain
from components.model.names import Side
from transfer.azure.delegation import LACKS_PERMISSION, lacks_role
from transfer.errors import CommandFailedError
from transfer.redaction import redact

# The source trigger imports only blobs that carry this.
# https://learn.microsoft.com/azure/container-registry/container-registry-transfer-troubleshooting
CATEGORY_KEY = "category"
CATEGORY = "acr-transfer-blob"
_PARALLEL = 8


@dataclass(frozen=True)
class BlobFacts:
    """What storage tells of a blob without its content."""

    length: int
    md5: str
    category: str
    last_modified: datetime

    def is_same_content(self, other: "BlobFacts") -> bool:
        """Whether both have one length and one MD5, neither missing."""
        return bool(self.md5) and (self.length, self.md5) == (other.length, other.md5)


class Container:
    """A side's blob container, opened with a SAS."""

    def __init__(self, side: Side, part: ContainerPart, sas: SecretStr, http: httpx.Client) -> None:
        self._side = side
        self._part = part
        self._sas = sas
        self._http = http

    def __str__(self) -> str:
        return f"the {self._side}'s container {self._part.uri}"

    def address(self) -> str:
        """Give the container's address with its SAS: for azcopy, never for a text."""
        return f"{self._part.uri.rstrip('/')}?{self._sas.get_secret_value()}"

    def head_blobs(self, names: Iterable[str]) -> dict[str, BlobFacts | None]:
        """Look at blobs, several at a time; None where there is none.

        Raises:
            CommandFailedError: storage cannot be reached or refuses.
        """
        wanted = tuple(names)
        with ThreadPoolExecutor(_PARALLEL) as pool:
            return dict(zip(wanted, pool.map(self._look_at, wanted), strict=True))

    def _look_at(self, name: str) -> BlobFacts | None:
        url = f"{self._part.uri.rstrip('/')}/{quote(name)}?{self._sas.get_secret_value()}"
        try:
            response = self._http.head(url)
        except httpx.HTTPError as error:
            raise CommandFailedError(
                f"{self} cannot be reached: {redact(str(error))}. The network, a proxy or "
                "SSL_CERT_FILE may be in the way.",
                f"curl -sSI {self._part.uri}",
            ) from None  # the exception's request holds the SAS
        code = response.headers.get("x-ms-error-code", "")
        if response.status_code == httpx.codes.NOT_FOUND and code in ("", "BlobNotFound"):
            return None
        if not response.is_success:
            said = f"{code} {response.status_code} ({response.reason_phrase})".strip()
            refusal = f"storage refuses blob {name!r} of {self}: {said}."
            if code == LACKS_PERMISSION and not self._part.allows_shared_keys:
                letters = httpx.QueryParams(self._sas.get_secret_value()).get("sp", "")
                raise lacks_role(refusal, self._part, letters)
            diagnosis = explain(said)
            raise CommandFailedError(f"{refusal} {diagnosis.meaning}", diagnosis.fix)
        return _facts(response.headers)


def md5_of_hex(digest: str) -> str:
    """Give a hexadecimal MD5 the way storage writes it."""
    return base64.b64encode(binascii.unhexlify(digest)).decode()


def _facts(headers: httpx.Headers) -> BlobFacts:
    # azcopy and the service change the case of metadata keys; headers have none.
    return BlobFacts(
        length=int(headers.get("content-length", "0")),
        md5=headers.get("content-md5", ""),
        category=headers.get(f"x-ms-meta-{CATEGORY_KEY}", ""),
        last_modified=parsedate_to_datetime(headers["last-modified"]),
    )
