"""Real images of content at hand: OCI layouts made of Python's own library, pushed by crane."""

import hashlib
import io
import json
import os
import subprocess
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"
_CHART_CONFIG = "application/vnd.cncf.helm.config.v1+json"
_CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar"

ANOTHER = "shop/web:1.5"
Descriptor = dict[str, object]


@dataclass
class Layout:
    """An OCI image layout in a folder, filled blob by blob."""

    folder: Path
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
        return self.blob(media_type, text.encode())

    def image(self, architecture: str, layers: Sequence[bytes]) -> Descriptor:
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
            _MANIFEST,
            config=self.blob(_CONFIG, json.dumps(config).encode()),
            layers=[self.blob(_LAYER, layer) for layer in layers],
        )

    def finish(self, top: Descriptor) -> Path:
        """Write the entry files of the layout, which holds one thing."""
        (self.folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        index = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": [top]}
        (self.folder / "index.json").write_text(json.dumps(index))
        return self.folder


def push_images(login_server: str, scratch: Path, environment: Mapping[str, str]) -> None:
    """Build what images.yaml lists and push it: tags of one image, an index, an artifact."""
    web, api, chart = f"{login_server}/shop/web", f"{login_server}/shop/api", "shop/chart"
    _crane(environment, "push", str(build_web(scratch / "web")), f"{web}:1.4.2")
    _crane(environment, "tag", f"{web}:1.4.2", "1.4")
    _crane(environment, "tag", f"{web}:1.4.2", "latest")
    _crane(environment, "push", str(build_api(scratch / "api")), f"{api}:2.0")
    _crane(
        environment, "push", str(build_chart(scratch / "chart")), f"{login_server}/{chart}:0.3.0"
    )


def push_another(login_server: str, scratch: Path, environment: Mapping[str, str]) -> None:
    """Push an image that the list does not have yet."""
    layout = Layout(scratch / "another")
    page = pack([("srv/index.html", b"<h1>the shop is open</h1>")])
    layout.finish(layout.image("amd64", [page]))
    _crane(environment, "push", str(layout.folder), f"{login_server}/{ANOTHER}")


def build_web(folder: Path) -> Path:
    """Make an image of one platform, some tens of MB: Python's standard library and a page."""
    layout = Layout(folder)
    library = _library_files("*.py")
    page = {"srv/index.html": b"<h1>shop</h1>"}
    return layout.finish(layout.image("amd64", [pack(library.items()), pack(page.items())]))


def build_api(folder: Path) -> Path:
    """Make an index of two platforms that share one layer."""
    layout = Layout(folder)
    shared = pack(_library_files("encodings/*.py").items())
    platforms = []
    for architecture in ("amd64", "arm64"):
        own = pack([("app/main", f"program for {architecture}".encode())])
        image = layout.image(architecture, [shared, own])
        platforms.append({**image, "platform": {"os": "linux", "architecture": architecture}})
    return layout.finish(layout.document(_INDEX, manifests=platforms))


def build_chart(folder: Path) -> Path:
    """Make an OCI artifact that is not an image: a Helm chart."""
    layout = Layout(folder)
    chart = pack([("shop/Chart.yaml", b"apiVersion: v2\nname: shop\nversion: 0.3.0\n")])
    manifest = layout.document(
        _MANIFEST,
        artifactType=_CHART_CONFIG,
        config=layout.blob(_CHART_CONFIG, b'{"name":"shop","version":"0.3.0","apiVersion":"v2"}'),
        layers=[layout.blob(_CHART_LAYER, chart)],
    )
    return layout.finish(manifest)


def _crane(environment: Mapping[str, str], *arguments: str) -> None:
    subprocess.run(
        ["crane", *arguments],
        env=dict(environment),
        check=True,
        capture_output=True,
        text=True,
    )


def _library_files(pattern: str) -> dict[str, bytes]:
    library = Path(os.__file__).parent
    files = sorted(file for file in library.rglob(pattern) if "site-packages" not in file.parts)
    return {f"usr/lib/python/{file.relative_to(library)}": file.read_bytes() for file in files}


def pack(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Pack files without times or owners: the same content has the same digest anywhere."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
