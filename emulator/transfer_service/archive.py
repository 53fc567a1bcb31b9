"""The file that a transfer blob holds: a tar with an OCI image layout."""

import hashlib
import json
import tarfile
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from emulator.front.proxy import CHUNK_BYTES
from emulator.transfer_service.errors import TransferError
from emulator.transfer_service.registry import INDEX_TYPES, Descriptor, Manifest
from emulator.values import objects, text

REF_NAME = "org.opencontainers.image.ref.name"
_LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'


@dataclass(frozen=True)
class ArtifactName:
    """`repo:tag` or `repo@sha256:...`."""

    repository: str
    tag: str
    digest: str

    @classmethod
    def parse(cls, name: str) -> "ArtifactName":
        """Read one of the three forms; a bare repository means its tag `latest`."""
        repository, _, digest = name.partition("@")
        head, slash, last = repository.rpartition("/")
        last, _, tag = last.partition(":")
        return cls(head + slash + last, tag or ("" if digest else "latest"), digest)

    @property
    def reference(self) -> str:
        """Give what the registry is asked for."""
        return self.digest or self.tag

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return self.repository + tag + (f"@{self.digest}" if self.digest else "")


class ArchiveWriter:
    """Writes the tar front to back and keeps its MD5 on the way."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._md5 = hashlib.md5(usedforsecurity=False)

    def write_index(self, artifacts: Mapping[str, Manifest]) -> str:
        """Write what the archive holds, by name, and give the digest of that list."""
        entries = [
            {
                "mediaType": manifest.media_type,
                "digest": manifest.digest,
                "size": len(manifest.body),
                "annotations": {REF_NAME: name},
            }
            for name, manifest in artifacts.items()
        ]
        index = json.dumps(
            {"schemaVersion": 2, "mediaType": INDEX_TYPES[0], "manifests": entries},
            separators=(",", ":"),
        ).encode()
        self._write_member("oci-layout", _LAYOUT)
        self._write_member("index.json", index)
        return f"sha256:{hashlib.sha256(index).hexdigest()}"

    def write_manifest(self, manifest: Manifest) -> None:
        """Write one manifest."""
        self._write_member(_path(manifest.digest), manifest.body)

    async def write_blob(self, descriptor: Descriptor, body: AsyncIterable[bytes]) -> None:
        """Write one blob and fail if it is not what its descriptor says."""
        self._write_header(_path(descriptor.digest), descriptor.size)
        digest, size = hashlib.sha256(), 0
        async for chunk in body:
            digest.update(chunk)
            size += len(chunk)
            self._write(chunk)
        if (size, f"sha256:{digest.hexdigest()}") != (descriptor.size, descriptor.digest):
            raise TransferError(f"The content of {descriptor.digest} does not match its digest.")
        self._pad(size)

    def finish(self) -> bytes:
        """End the archive and give the MD5 of all of it."""
        self._write(bytes(2 * tarfile.BLOCKSIZE))
        self._file.flush()
        return self._md5.digest()

    def _write_member(self, name: str, body: bytes) -> None:
        self._write_header(name, len(body))
        self._write(body)
        self._pad(len(body))

    def _write_header(self, name: str, size: int) -> None:
        header = tarfile.TarInfo(name)
        header.size = size
        self._write(header.tobuf(tarfile.GNU_FORMAT))

    def _pad(self, size: int) -> None:
        self._write(bytes(-size % tarfile.BLOCKSIZE))

    def _write(self, data: bytes) -> None:
        self._md5.update(data)
        self._file.write(data)


class ArchiveReader:
    """Reads the members of such a tar in any order."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.seek(0)
        try:
            with tarfile.open(fileobj=file, mode="r:") as tar:
                self._members = {one.name: (one.offset_data, one.size) for one in tar}
            index = json.loads(self._bytes("index.json"))
        except (tarfile.TarError, KeyError, ValueError) as exc:
            raise TransferError("The blob is not an archive of a transfer pipeline.") from exc
        self._entries = objects(index, "manifests")

    def catalog_digest(self) -> str:
        """Give the digest of the list of artifacts."""
        return f"sha256:{hashlib.sha256(self._bytes('index.json')).hexdigest()}"

    def artifacts(self) -> dict[str, Manifest]:
        """Give what the archive holds, by name."""
        return {
            text(entry, "annotations", REF_NAME): self.manifest(Descriptor.read(entry))
            for entry in self._entries
        }

    def manifest(self, descriptor: Descriptor) -> Manifest:
        """Give a manifest."""
        try:
            return Manifest(descriptor.media_type, self._bytes(_path(descriptor.digest)))
        except KeyError as exc:
            raise TransferError(f"The blob lacks the manifest {descriptor.digest}.") from exc

    def has(self, descriptor: Descriptor) -> bool:
        """Tell whether the archive holds the content."""
        return _path(descriptor.digest) in self._members

    async def read_blob(self, descriptor: Descriptor) -> AsyncIterator[bytes]:
        """Stream a blob."""
        offset, size = self._members[_path(descriptor.digest)]
        while size > 0:
            self._file.seek(offset)
            chunk = self._file.read(min(CHUNK_BYTES, size))
            offset, size = offset + len(chunk), size - len(chunk)
            yield chunk

    def _bytes(self, name: str) -> bytes:
        offset, size = self._members[name]
        self._file.seek(offset)
        return self._file.read(size)


def _path(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"
