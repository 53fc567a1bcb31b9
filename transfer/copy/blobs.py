"""Blobs of one container, looked at with a short-lived SAS."""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from pydantic import SecretStr

from components.model.contract import ContainerPart
from components.model.diagnosis import explain
from components.model.names import Side
from transfer.azure.delegation import FIRST_WAIT_SECONDS, LACKS_PERMISSION, error_code, lacks_role
from transfer.azure.endpoints import authorities_file
from transfer.errors import CommandFailedError
from transfer.parallel import for_each
from transfer.redaction import redact

# Half a second to import: when blobs are looked at.
if TYPE_CHECKING:
    from azure.core.pipeline.transport import HttpTransport, RequestsTransport
    from azure.storage.blob import BlobProperties, ContainerClient

# The source trigger imports only blobs that carry this.
# https://learn.microsoft.com/azure/container-registry/container-registry-transfer-troubleshooting
CATEGORY_KEY = "category"
CATEGORY = "acr-transfer-blob"
_RETRIES = 3


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


# Makes what carries requests to storage, to be used once.
OpenTransport = Callable[[], "HttpTransport[object, object]"]


def open_transport(environment: Mapping[str, str]) -> "RequestsTransport":
    """Give a way to storage that trusts the authorities which the environment names."""
    from azure.core.pipeline.transport import RequestsTransport

    return RequestsTransport(connection_verify=authorities_file(environment) or True)


class Container:
    """A side's blob container, opened with a SAS."""

    def __init__(
        self, side: Side, part: ContainerPart, sas: SecretStr, open_transport: OpenTransport
    ) -> None:
        self._side = side
        self._part = part
        self._sas = sas
        self._open_transport = open_transport

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
        from azure.storage.blob import ContainerClient

        wanted = tuple(names)
        client = ContainerClient.from_container_url(
            self.address(),
            transport=self._open_transport(),
            retry_total=_RETRIES,
            initial_backoff=FIRST_WAIT_SECONDS,
        )
        with client:
            found = for_each(wanted, partial(self._look_at, client), lambda *_: None)
        return dict(zip(wanted, found, strict=True))

    def _look_at(self, client: "ContainerClient", name: str) -> BlobFacts | None:
        # No error is a cause: its request holds the SAS.
        try:
            return _facts(client.get_blob_client(name).get_blob_properties())
        except HttpResponseError as error:
            code = error_code(error)
            if isinstance(error, ResourceNotFoundError) and code in ("", "BlobNotFound"):
                return None
            raise self._refused(name, code, error) from None
        except AzureError as error:
            raise CommandFailedError(
                f"{self} cannot be reached: {redact(str(error))}. The network, a proxy or "
                "SSL_CERT_FILE may be in the way.",
                f"curl -sSI {self._part.uri}",
            ) from None

    def _refused(self, name: str, code: str, error: HttpResponseError) -> CommandFailedError:
        said = f"{code} {error.status_code} ({error.reason})".strip()
        refusal = f"storage refuses blob {name!r} of {self}: {said}."
        if code == LACKS_PERMISSION and not self._part.allows_shared_keys:
            letters = parse_qs(self._sas.get_secret_value()).get("sp", [""])[0]
            return lacks_role(refusal, self._part, letters)
        diagnosis = explain(said)
        return CommandFailedError(f"{refusal} {diagnosis.meaning}", diagnosis.fix)


def md5_of_hex(digest: str) -> str:
    """Give a hexadecimal MD5 the way storage writes it."""
    return base64.b64encode(binascii.unhexlify(digest)).decode()


def _facts(properties: "BlobProperties") -> BlobFacts:
    # azcopy and the service change the case of metadata keys; headers have none.
    metadata = {key.lower(): value for key, value in (properties.metadata or {}).items()}
    md5 = properties.content_settings.content_md5
    return BlobFacts(
        length=properties.size,
        md5=base64.b64encode(md5).decode() if md5 else "",
        category=metadata.get(CATEGORY_KEY, ""),
        last_modified=properties.last_modified,
    )
