"""What a registry says: a manifest with its form and parts, and the lists of a repository."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, TypeVar

import pydantic

# What cosign and clients of registries without a referrers API call what refers to a manifest.
REFERRER_TAG = re.compile(r"sha256-(?P<hex>[a-f0-9]{64})(\.(sig|att|sbom))?")
INDEX_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
IMAGE_TYPES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.artifact.manifest.v1+json",
)
# Asked for too, so that such an image is recognised and does not seem to be missing.
SCHEMA_1_TYPES = (
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
    "application/vnd.docker.distribution.manifest.v1+json",
)


class Form(StrEnum):
    """How a manifest lists its parts."""

    IMAGE = "image"
    INDEX = "index"
    SCHEMA_1 = "schema 1"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Part:
    """What a manifest points to: another manifest, or a layer or configuration."""

    digest: str
    size: int
    is_manifest: bool
    is_foreign: bool = False
    """Whether it can be fetched from elsewhere, so that a registry need not hold it."""
    is_platform: bool = True
    """Whether it is an image to run; an attestation is of an unknown platform."""
    platform: str = ""
    """As an index names it, `linux/arm64/v8`; empty where it names none."""


@dataclass(frozen=True)
class Manifest:
    """A manifest: its digest, its form and its parts; none where the form does not tell them."""

    digest: str
    form: Form
    parts: tuple[Part, ...] = ()
    media_type: str = ""
    """As it says itself, else as the registry calls it; empty where neither does."""
    size: int = 0
    """Its own bytes."""
    subject: str = ""
    """Digest of the manifest that it refers to, as a signature does."""


class ManifestError(Exception):
    """Content that is no manifest."""


def parse_manifest(digest: str, content: bytes, content_type: str = "") -> Manifest:
    """Take a manifest apart.

    Args:
        content_type: What the registry calls it; used where the manifest does not say its type.

    Raises:
        ManifestError: it is not JSON, or not of the shape that its form has.
    """
    document = _read(_Document, content)
    form = _form(document, content_type)
    if form is Form.INDEX:
        parts = [_part(entry, is_manifest=entry.is_manifest) for entry in document.manifests or ()]
    elif form is Form.IMAGE:
        entries = [*(document.layers or ()), *(document.blobs or ())]
        if document.config:
            entries.insert(0, document.config)
        parts = [_part(entry, is_manifest=False) for entry in entries]
    else:
        parts = []
    subject = document.subject.digest if document.subject else ""
    kind = _media_type(document, content_type)
    return Manifest(digest, form, tuple(parts), kind, len(content), subject)


def parse_referrers(content: bytes) -> list[str]:
    """Give the digests in an answer of the referrers API, or in Azure's own list of manifests.

    Raises:
        ManifestError: it is no such answer.
    """
    return [entry.digest for entry in _read(_Document, content).manifests or ()]


def parse_tags(content: bytes) -> list[str]:
    """Give the tags in an answer of the list of tags.

    Raises:
        ManifestError: it is no such answer.
    """
    return _read(_Tags, content).tags or []


def parse_catalog(content: bytes) -> list[str]:
    """Give the repositories in an answer of the catalog.

    Raises:
        ManifestError: it is no such answer.
    """
    return _read(_Catalog, content).repositories or []


def parse_tag_times(content: bytes) -> list[tuple[str, datetime]]:
    """Give each tag in Azure's own list of them, with the time when it was last moved.

    Raises:
        ManifestError: it is no such answer.
    """
    return [(tag.name, tag.moved) for tag in _read(_AzureTags, content).tags or ()]


def parse_movable_tags(content: bytes) -> list[str]:
    """Give the tags in Azure's own list of them that a push may move.

    Raises:
        ManifestError: it is no such answer.
    """
    tags = _read(_AzureTags, content).tags or ()
    return [tag.name for tag in tags if tag.attributes.write_enabled]


_Shape = TypeVar("_Shape", bound=pydantic.BaseModel)


# What becomes a word of a line in a lock.
_Word = Annotated[str, pydantic.Field(pattern=r"^[A-Za-z0-9._+/-]*$")]


class _Platform(pydantic.BaseModel):
    os: _Word = ""
    architecture: _Word = ""
    variant: _Word = ""

    def __str__(self) -> str:
        return "/".join(filter(None, (self.os, self.architecture, self.variant)))


class _Descriptor(pydantic.BaseModel):
    # It becomes part of an address.
    digest: str = pydantic.Field(pattern=r"^[a-z0-9+._-]+:[a-zA-Z0-9=_-]+$")
    media_type: str | None = pydantic.Field(None, alias="mediaType")
    size: int = pydantic.Field(0, ge=0, lt=10**15)
    urls: list[str] | None = None
    platform: _Platform | None = None

    @property
    def is_manifest(self) -> bool:
        """Whether it points to a manifest: the index of a build cache points to layers."""
        kind = self.media_type or INDEX_TYPES[0]
        return "manifest" in kind or "index" in kind


class _Document(pydantic.BaseModel):
    schema_version: int | None = pydantic.Field(None, alias="schemaVersion")
    media_type: _Word | None = pydantic.Field(None, alias="mediaType")
    manifests: list[_Descriptor] | None = None
    config: _Descriptor | None = None
    layers: list[_Descriptor] | None = None
    blobs: list[_Descriptor] | None = None
    subject: _Descriptor | None = None


class _Tags(pydantic.BaseModel):
    tags: list[str] | None


class _Catalog(pydantic.BaseModel):
    repositories: list[str] | None


class _Attributes(pydantic.BaseModel):
    write_enabled: bool = pydantic.Field(True, alias="writeEnabled")


class _AzureTag(pydantic.BaseModel):
    name: str
    moved: pydantic.AwareDatetime = pydantic.Field(alias="lastUpdateTime")
    attributes: _Attributes = pydantic.Field(_Attributes(), alias="changeableAttributes")


class _AzureTags(pydantic.BaseModel):
    tags: list[_AzureTag] | None


def _read(shape: type[_Shape], content: bytes) -> _Shape:
    try:
        return shape.model_validate_json(content)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            raise ManifestError("something that is not JSON") from error
        place = ".".join(map(str, first["loc"])) or "its top"
        raise ManifestError(f"JSON that has another shape at {place}") from error


def _media_type(document: _Document, content_type: str) -> str:
    named = content_type.partition(";")[0].strip()
    # Others are what proxies and caches say of anything.
    is_known = named.startswith("application/vnd.") and " " not in named
    return document.media_type or (named if is_known else "")


def _form(document: _Document, content_type: str) -> Form:
    kind = _media_type(document, content_type)
    if document.schema_version == 1 or kind in SCHEMA_1_TYPES:
        return Form.SCHEMA_1
    if kind in ("", *INDEX_TYPES) and document.manifests is not None:
        return Form.INDEX
    lists = (document.config, document.layers, document.blobs)
    if kind in ("", *IMAGE_TYPES) and any(item is not None for item in lists):
        return Form.IMAGE
    return Form.UNKNOWN


def _part(entry: _Descriptor, *, is_manifest: bool) -> Part:
    platform = entry.platform
    return Part(
        digest=entry.digest,
        size=entry.size,
        is_manifest=is_manifest,
        is_foreign=bool(entry.urls),
        is_platform=platform is None or "unknown" not in (platform.os, platform.architecture),
        platform=str(platform or ""),
    )
