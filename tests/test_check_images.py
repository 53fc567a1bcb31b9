"""Rules of the listed images: what cannot be exported or imported is named beforehand."""

import json
from dataclasses import replace

import pytest
from check_support import SOURCE, all_good, source_settings, worst
from pydantic import SecretStr
from transfer_support import SOURCE_HOST, TARGET_HOST, Content, FakeRegistries

from components.model.artifacts import MAX_LAYER_BYTES, parse_artifact
from components.model.images_lock import ImagesLock, LockedArtifact
from components.model.names import Side
from transfer.check.facts import RegistryFacts
from transfer.check.findings import Finding, Level
from transfer.check.read.images import read_images, with_image_locks
from transfer.check.rules.images import judge_images
from transfer.images import ListedImage, look_at_images
from transfer.originals import RegistryOriginals
from transfer.registry.client import Registry

LAYER, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64


def judge(registries: FakeRegistries, *artifacts: str, may_overwrite: bool = True) -> list[Finding]:
    """Look at images, shop/web:1 unless others are named, and judge them."""
    source, target = (
        Registry(host, registries.client(), lambda: SecretStr(""), {})
        for host in (SOURCE_HOST, TARGET_HOST)
    )
    images = look_at_images(
        [parse_artifact(text) for text in artifacts or ("shop/web:1",)],
        source,
        target,
        lambda *_: None,
        RegistryOriginals(source),
    )
    return judge_images(images, may_overwrite=may_overwrite, target_file="Pulumi.target.yaml")


def judge_locks(registries: FakeRegistries, *artifacts: str) -> list[Finding]:
    """Look at the image locks of artifacts that the source holds, and judge these alone."""
    source = Registry(SOURCE_HOST, registries.client(), lambda: SecretStr(""), {})
    images = [ListedImage(parse_artifact(text)) for text in artifacts]
    looked = with_image_locks(images, source)
    findings = judge_images(looked, may_overwrite=True, target_file="Pulumi.target.yaml")
    return [finding for finding in findings if "tags of the lock" in finding.what]


def list_tags(registries: FakeRegistries, repository: str, **is_free: bool) -> None:
    """Have the source list tags, and whether no image lock holds them."""
    tags = [
        {
            "name": tag,
            "lastUpdateTime": "2026-05-01T12:00:00.1234567Z",
            "changeableAttributes": {"writeEnabled": free, "deleteEnabled": True},
        }
        for tag, free in is_free.items()
    ]
    path = f"{SOURCE_HOST}/acr/v1/{repository}/_tags"
    registries.content[path] = json.dumps({"tags": tags}).encode()


@pytest.fixture
def registries() -> FakeRegistries:
    """A source that holds shop/web:1, and a target that holds nothing."""
    registries = FakeRegistries()
    registries.push(SOURCE_HOST, "shop/web", "1", LAYER, OTHER)
    return registries


def test_images_that_the_source_holds_whole_are_good(registries: FakeRegistries) -> None:
    assert all_good(judge(registries))


def test_an_image_that_is_not_there_fails(registries: FakeRegistries) -> None:
    found = worst(judge(registries, "shop/web:1", "shop/late:2", "shop/late:3"))

    assert found.level is Level.FAILS
    assert found.what.endswith(": shop/late:2, shop/late:3")
    assert "up to 50" in found.why


def test_an_image_of_which_the_source_lacks_a_platform_fails(registries: FakeRegistries) -> None:
    registries.push(SOURCE_HOST, "shop/web", "1", "sha256:" + "c" * 64, index=True)

    found = worst(judge(registries))

    assert found.level is Level.FAILS
    assert f"shop/web:1 (lacking 1, first sha256:{'c' * 64})" in found.what
    assert "acr purge" in found.why


@pytest.mark.parametrize(
    ("content", "level", "text"),
    [
        ({"schemaVersion": 1, "fsLayers": []}, Level.FAILS, "images of schema 1"),
        ({"schemaVersion": 2}, Level.WARNS, "unknown form"),
        ({"layers": [{"digest": OTHER + "0", "urls": ["https://e"]}]}, Level.WARNS, "layers that"),
        (
            {"layers": [{"digest": LAYER, "size": MAX_LAYER_BYTES + 1}]},
            Level.FAILS,
            "over 8 GB: shop/web:1 (8.0 GB)",
        ),
        (b"<html>", Level.UNKNOWN, "could not be looked at"),
    ],
    ids=["schema-1", "unknown", "foreign", "large", "page"],
)
def test_an_image_that_does_not_arrive_as_it_is_is_named(
    registries: FakeRegistries, content: Content, level: Level, text: str
) -> None:
    registries.put(SOURCE_HOST, "shop/web", "1", content)

    found = worst(judge(registries))

    assert found.level is level
    assert text in found.what
    assert "shop/web:1" in found.what


def test_a_layer_of_the_largest_size_is_good(registries: FakeRegistries) -> None:
    layer = {"digest": LAYER, "size": MAX_LAYER_BYTES}
    registries.put(SOURCE_HOST, "shop/web", "1", {"layers": [layer]})

    assert all_good(judge(registries))


def test_signatures_warn_unless_they_are_on_the_list(registries: FakeRegistries) -> None:
    top = registries.push(SOURCE_HOST, "shop/web", "1", LAYER)
    sbom = registries.push(SOURCE_HOST, "shop/web", "sbom", OTHER)
    registries.refer(SOURCE_HOST, "shop/web", top, sbom)

    found = worst(judge(registries))

    assert found.level is Level.WARNS
    assert found.what.endswith(": shop/web:1 (1)")
    assert all_good(judge(registries, "shop/web:1", f"shop/web@{sbom}"))


def test_a_tag_that_the_target_holds_with_other_content_fails_without_overwriting(
    registries: FakeRegistries,
) -> None:
    registries.push(TARGET_HOST, "shop/web", "1", LAYER)

    found = worst(judge(registries, may_overwrite=False))

    assert (found.level, found.side) == (Level.FAILS, "target")
    assert "TAG_ALREADY_EXISTS" in found.why
    assert "Pulumi.target.yaml" in found.fix
    assert all_good(judge(registries, may_overwrite=True))


def test_a_tag_that_the_target_holds_with_the_same_content_is_good(
    registries: FakeRegistries,
) -> None:
    registries.push(TARGET_HOST, "shop/web", "1", LAYER, OTHER)

    assert all_good(judge(registries, may_overwrite=False))


def test_tags_that_no_image_lock_holds_are_warned_of_by_name(registries: FakeRegistries) -> None:
    list_tags(registries, "shop/web", free=True, held=False)

    findings = judge_locks(registries, "shop/web:free", "shop/web:held", f"shop/web@{LAYER}")

    assert [finding.level for finding in findings] == [Level.WARNS]
    assert findings[0].what == "tags of the lock that a push can move, 1 of 3: shop/web:free"
    assert "--image shop/web:free --write-enabled false" in findings[0].fix


@pytest.mark.parametrize("is_locked", [True, False])
def test_image_locks_are_read_where_there_is_a_lock_and_only_there(
    registries: FakeRegistries, is_locked: bool
) -> None:
    digest = registries.push(SOURCE_HOST, "shop/web", "1", LAYER)
    line = LockedArtifact(parse_artifact("shop/web:1"), digest, 1, "", (), "*", "0" * 16)
    lock = ImagesLock("contososource", (line,)).text()
    listed = {"locked_images": lock} if is_locked else {"images": ("shop/web:1",)}
    source = replace(
        SOURCE,
        settings=source_settings(**listed),
        registry=RegistryFacts("contososource", login_server=SOURCE_HOST),
    )

    def open_registry(_side: Side, host: str) -> Registry:
        return Registry(host, registries.client(), lambda: SecretStr(""), {})

    read_images(source, None, open_registry, lambda *_: None)

    asked = [request for request in registries.requests if "/acr/v1/shop/web/_tags" in request]
    assert len(asked) == is_locked


def test_many_tags_that_can_be_moved_are_counted_by_repository(registries: FakeRegistries) -> None:
    tags = {f"v{number}": True for number in range(11)}
    list_tags(registries, "shop/web", **tags)

    findings = judge_locks(registries, *(f"shop/web:{tag}" for tag in tags))

    assert findings[0].what == "tags of the lock that a push can move, 11 of 11: shop/web (11)"


def test_tags_that_image_locks_hold_are_no_finding(registries: FakeRegistries) -> None:
    list_tags(registries, "shop/web", held=False)

    assert judge_locks(registries, "shop/web:held") == []


@pytest.mark.parametrize("status", [403, 404])
def test_a_registry_that_tells_no_image_locks_is_no_failure(
    registries: FakeRegistries, status: int
) -> None:
    registries.content[f"{SOURCE_HOST}/acr/v1/shop/web/_tags"] = b""
    registries.refusals[f"{SOURCE_HOST}/acr/v1/shop/web/_tags"] = status

    findings = judge_locks(registries, "shop/web:1", f"shop/web@{LAYER}")

    assert [finding.level for finding in findings] == [Level.UNKNOWN]
    assert findings[0].what.endswith("whether a push can move them: shop/web:1")
