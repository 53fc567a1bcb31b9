"""Images of a given content: OCI layouts, as any registry client pushes them."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"

Descriptor = dict[str, object]


@dataclass
class Layout:
    """An OCI image layout in a folder, filled blob by blob."""

    folder: Path
    documents: dict[str, str] = field(default_factory=dict)
    """Media type of each manifest by its digest, what others refer to before them."""
    _blobs: Path = field(init=False)

    def __post_init__(self) -> None:
        self._blobs = self.folder / "blobs" / "sha256"
        self._blobs.mkdir(parents=True)

    def blob(self, media_type: str, content: bytes) -> Descriptor:
        """Add a blob and give its descriptor."""
        digest = hashlib.sha256(content).hexdigest()
        (self._blobs / digest).write_bytes(content)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    def document(self, media_type: str, **content: object) -> Descriptor:
        """Add a manifest or an index."""
        text = json.dumps({"schemaVersion": 2, "mediaType": media_type, **content})
        made = self.blob(media_type, text.encode())
        self.documents[str(made["digest"])] = media_type
        return made

    def image(
        self, architecture: str, layers: Sequence[bytes], media_type: str = MANIFEST_TYPE
    ) -> Descriptor:
        """Add an image of one platform."""
        config = {
            "os": "linux",
            "architecture": architecture,
            "config": {"Cmd": ["/app/main"]},
            "rootfs": {
                "type": "layers",
                "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in layers],
            },
        }
        return self.document(
            media_type,
            config=self.blob(_CONFIG, json.dumps(config).encode()),
            layers=[self.blob(_LAYER, layer) for layer in layers],
        )

    def finish(self, top: Descriptor) -> Path:
        """Write the entry files of the layout, which holds one thing."""
        (self.folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        index = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [top]}
        (self.folder / "index.json").write_text(json.dumps(index))
        return self.folder

    def contents(self) -> dict[str, bytes]:
        """Give all blobs, manifests too, by their digests."""
        return {f"sha256:{file.name}": file.read_bytes() for file in self._blobs.iterdir()}


def pack(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Pack files without times or owners: the same content has the same digest anywhere."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
