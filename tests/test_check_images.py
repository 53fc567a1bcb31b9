"""Rules of the listed images: what cannot be exported or imported is named beforehand."""

import pytest
from check_support import all_good, worst
from pydantic import SecretStr
from transfer_support import SOURCE_HOST, TARGET_HOST, Content, FakeRegistries

from components.model.artifacts import MAX_LAYER_BYTES, parse_artifact
from transfer.check.findings import Finding, Level
from transfer.check.rules.images import judge_images
from transfer.images import look_at_images
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
