"""A manifest tells its media type, its platforms and its size, and nothing that breaks a line."""

import json

import pytest

from transfer.registry.manifest import ManifestError, parse_manifest

DIGEST = "sha256:" + "a" * 64
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
IMAGE_TYPE = "application/vnd.oci.image.manifest.v1+json"


def index(*platforms: dict[str, str] | None, **more: object) -> bytes:
    entries = [
        {"digest": DIGEST, "mediaType": IMAGE_TYPE, "platform": platform} for platform in platforms
    ]
    return json.dumps({"manifests": entries, **more}).encode()


def test_platforms_are_told_as_the_index_names_them() -> None:
    arm = {"os": "linux", "architecture": "arm64", "variant": "v8"}
    content = index({"os": "linux", "architecture": "amd64"}, arm, None)

    found = parse_manifest(DIGEST, content)

    assert [part.platform for part in found.parts] == ["linux/amd64", "linux/arm64/v8", ""]
    assert found.size == len(content)


@pytest.mark.parametrize(
    ("written", "header", "expected"),
    [
        ({"mediaType": INDEX_TYPE}, "", INDEX_TYPE),
        ({}, f"{INDEX_TYPE}; charset=utf-8", INDEX_TYPE),
        ({}, "application/json", ""),
        ({}, "application/vnd.a b", ""),
    ],
)
def test_the_media_type_is_the_manifests_own_else_that_of_the_registry(
    written: dict[str, str], header: str, expected: str
) -> None:
    assert parse_manifest(DIGEST, index(**written), header).media_type == expected


@pytest.mark.parametrize(
    "content",
    [
        index({"os": "linux amd64"}),
        index({"os": "linux,windows"}),
        index(mediaType="a b"),
        json.dumps({"layers": [{"digest": DIGEST, "size": -1}]}).encode(),
    ],
)
def test_what_would_break_a_line_of_a_lock_is_refused(content: bytes) -> None:
    with pytest.raises(ManifestError, match="has another shape at"):
        parse_manifest(DIGEST, content)


def test_a_manifest_names_what_it_refers_to() -> None:
    content = json.dumps({"layers": [], "subject": {"digest": DIGEST}}).encode()

    assert parse_manifest("", content).subject == DIGEST
