"""A project directory with a source stack, and a registry that lists what it holds."""

import json
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import httpx
import pytest
import yaml
from check_support import FakeReader
from transfer_support import (
    NOON,
    SOURCE_HOST,
    FakeClock,
    FakeCloud,
    FakeRegistries,
    SilentStack,
    source_contract,
)
from typer.testing import CliRunner

import transfer.wiring
from components.model.images_lock import LockedArtifact, parse_lock
from transfer.check.read.reader import Reader
from transfer.cli import app
from transfer.console import Console
from transfer.copy.blobs import OpenTransport
from transfer.pair import Pair
from transfer.session import Network, Session
from transfer.stack_file import read_entries
from transfer.stacks import MadeResource, Stack

LAYER = "sha256:" + "a" * 64
ENVIRONMENT = {"DOCKER_CONFIG": "/nonexistent"}
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
IMAGE_TYPE = "application/vnd.oci.image.manifest.v1+json"


class ListingRegistries(FakeRegistries):
    """A source registry of Azure, with the lists of what it holds."""

    def __init__(self) -> None:
        super().__init__()
        self.moved: dict[tuple[str, str], datetime] = {}

    def image(self, name: str, days: int = 0, **more: object) -> str:
        """Store an image that was pushed days ago, of its own content; give its digest."""
        repository, _, tag = name.partition(":")
        layer = {"digest": LAYER, "size": 1000}
        document: dict[str, object] = {"mediaType": IMAGE_TYPE, "layers": [layer], "name": name}
        self.moved[repository, tag] = NOON - timedelta(days)
        return self.put(SOURCE_HOST, repository, tag, document | more)

    def index(self, name: str, **platforms: str) -> str:
        """Store an index over images that are there."""
        repository, _, tag = name.partition(":")
        entries = []
        for platform, digest in platforms.items():
            system, *rest = platform.split("_")
            named = dict(zip(("architecture", "variant"), rest, strict=False))
            entries.append(
                {"mediaType": IMAGE_TYPE, "digest": digest, "platform": {"os": system, **named}}
            )
        self.moved[repository, tag] = NOON
        document = {"mediaType": INDEX_TYPE, "manifests": entries}
        return self.put(SOURCE_HOST, repository, tag, document)

    def handle(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle(request)
        path = request.url.path
        is_refused = f"{request.url.host}{path}" in self.refusals
        if is_refused or answer.status_code != httpx.codes.NOT_FOUND:
            return answer
        held = self._held()
        if path == "/v2/_catalog":
            return httpx.Response(200, json={"repositories": sorted(held)})
        name = path.removeprefix("/v2/").removeprefix("/acr/v1/").rpartition("/")[0]
        references = held.get(name.removesuffix("/tags"), set())
        tags = sorted(item for item in references if not item.startswith("sha256:"))
        if path.endswith("/tags/list") and references:
            return httpx.Response(200, json={"tags": tags})
        if path.endswith("/_tags") and references:
            timed = [
                {"name": tag, "lastUpdateTime": self.moved[name, tag].isoformat()} for tag in tags
            ]
            return httpx.Response(200, json={"tags": timed})
        if path.endswith("/_manifests") and references:
            digests = sorted(references.difference(tags))
            return httpx.Response(200, json={"manifests": [{"digest": one} for one in digests]})
        return answer

    def _held(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for key in self.content:
            name, is_manifest, reference = key.partition("/v2/")[2].partition("/manifests/")
            if is_manifest:
                found.setdefault(name, set()).add(reference)
        return found


class FileStack(SilentStack):
    """A stack that is up, with the configuration of its file."""

    def __init__(self, name: str, directory: Path) -> None:
        self.name = name
        self._file = directory / f"Pulumi.{name}.yaml"

    def outputs(self) -> dict[str, object]:
        return {"contract": source_contract().model_dump(mode="json")}

    def resources(self) -> list[MadeResource]:
        return [MadeResource("pulumi:pulumi:Stack", self.name, {}, self.outputs())]

    def config(self) -> dict[str, str]:
        return {key: str(entry["value"]) for key, entry in read_entries(self._file).items()}

    def up(self, exclude: object = ()) -> None:
        raise AssertionError(f"{self.name} is up with {exclude}")


class LockScene:
    """What the command finds: a project of one source stack, and its registry."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory = directory
        self.registries = ListingRegistries()
        self.sessions = 0
        self._monkeypatch = monkeypatch
        (directory / "Pulumi.yaml").write_text("name: acr-transfer\nruntime: python\n")
        self.configure(images_lock="images.lock", images_file="images.yaml")
        monkeypatch.setattr(transfer.wiring, "open_session", self._open)
        monkeypatch.chdir(directory)

    @property
    def lock(self) -> Path:
        """The file that is written."""
        return self.directory / "images.lock"

    @property
    def lines(self) -> list[LockedArtifact]:
        """The lines of the lock."""
        return list(parse_lock(self.lock.read_text(), "images.lock").artifacts)

    @property
    def names(self) -> list[str]:
        """The artifacts of the lock."""
        return [str(line.artifact) for line in self.lines]

    def configure(self, **values: object) -> None:
        """Write the stack's file."""
        plain = {"side": "source", "registry": "rg-contoso/contososource", **values}
        config = {f"acr-transfer:{key}": value for key, value in plain.items()}
        file = self.directory / "Pulumi.source.yaml"
        file.write_text(yaml.safe_dump({"config": config}))

    def list(self, *entries: str | Mapping[str, object]) -> None:
        """Write the list of images."""
        text = json.dumps({"images": entries})
        (self.directory / "images.yaml").write_text(text)

    def call(self, *arguments: str) -> tuple[int, str, str]:
        """Run the command; give its exit code, stdout and stderr."""
        self._monkeypatch.setattr(sys, "argv", ["acr-transfer", *arguments])
        result = CliRunner().invoke(app, arguments)
        return result.exit_code, result.stdout, result.stderr

    def locked(self, *arguments: str) -> str:
        """Have the lock written; give what is said."""
        code, stdout, stderr = self.call("lock", *arguments)
        assert (code, stderr) == (0, ""), stdout
        return stdout

    def _open(self, pair: Pair, _environment: object, *, as_json: bool) -> Session:
        self.sessions += 1
        console = Console(sys.stderr if as_json else sys.stdout)
        no_storage = cast("OpenTransport", lambda: None)
        return Session(
            pair,
            lambda name: cast("Stack", FileStack(name, self.directory)),
            lambda _side, _stack: FakeCloud(),
            lambda _side, _stack: cast("Reader", FakeReader()),
            Network(self.registries.client(), no_storage),
            console,
            FakeClock(),
            ENVIRONMENT,
        )


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LockScene:
    """A project without a lock yet, and a registry that is empty."""
    return LockScene(tmp_path, monkeypatch)
