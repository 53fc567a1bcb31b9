"""Each artifact gets the verdict that it deserves."""

import json

import httpx
import pytest
from pydantic import SecretStr
from transfer_support import (
    SOURCE_HOST,
    TARGET_HOST,
    FakeRegistries,
    run_part,
)

from transfer.registry.client import Registry
from transfer.verify import Check, Verdict, Verification, verify

LAYERS = ("sha256:" + "a" * 64, "sha256:" + "b" * 64)


def check_one(registries: FakeRegistries) -> Check:
    """Verify one run with the artifact shop/web:1."""
    return verify_all(registries).checks[0]


def verify_all(registries: FakeRegistries, *artifacts: str) -> Verification:
    """Verify one run."""
    source, target = (
        Registry(host, registries.client(), lambda: SecretStr(""), {})
        for host in (SOURCE_HOST, TARGET_HOST)
    )
    return verify(
        [run_part(1, *(artifacts or ("shop/web:1",)))], source.digest, target, lambda *_: None
    )


@pytest.fixture
def registries() -> FakeRegistries:
    """Two registries that both hold shop/web:1."""
    registries = FakeRegistries()
    registries.push_both("shop/web", "1", *LAYERS)
    return registries


def test_an_image_with_the_same_digest_and_all_layers_arrived(registries: FakeRegistries) -> None:
    check = check_one(registries)

    assert (check.verdict, check.platforms) == (Verdict.ARRIVED, 1)
    assert check.source_digest == check.target_digest


def test_an_image_that_the_target_lacks_is_missing(registries: FakeRegistries) -> None:
    registries.remove(TARGET_HOST, "shop/web", "manifests/1")

    assert check_one(registries).verdict is Verdict.MISSING


def test_a_tag_that_points_elsewhere_differs(registries: FakeRegistries) -> None:
    registries.push(TARGET_HOST, "shop/web", "1", LAYERS[0])

    assert check_one(registries).verdict is Verdict.DIFFERS


def test_a_missing_layer_makes_an_image_incomplete(registries: FakeRegistries) -> None:
    registries.remove(TARGET_HOST, "shop/web", f"blobs/{LAYERS[1]}")

    check = check_one(registries)

    assert check.verdict is Verdict.INCOMPLETE
    assert LAYERS[1] in check.detail


def test_an_image_that_left_the_source_cannot_be_compared(registries: FakeRegistries) -> None:
    registries.remove(SOURCE_HOST, "shop/web", "manifests/1")

    assert check_one(registries).verdict is Verdict.GONE_AT_SOURCE


def test_every_platform_of_an_index_is_counted_and_looked_into(registries: FakeRegistries) -> None:
    amd = registries.push_both("shop/web", "amd", LAYERS[0])
    arm = registries.push_both("shop/web", "arm", LAYERS[1])
    registries.push_both("shop/web", "1", amd, arm, index=True)
    whole = check_one(registries)

    registries.remove(TARGET_HOST, "shop/web", f"blobs/{LAYERS[1]}")
    without_layer = check_one(registries)
    registries.remove(TARGET_HOST, "shop/web", f"manifests/{arm}")
    without_platform = check_one(registries)

    assert (whole.verdict, whole.platforms) == (Verdict.ARRIVED, 2)
    assert without_layer.verdict is Verdict.INCOMPLETE
    assert without_platform.verdict is Verdict.INCOMPLETE
    assert arm in without_platform.detail


def test_an_index_inside_an_index_is_looked_into(registries: FakeRegistries) -> None:
    amd = registries.push_both("shop/web", "amd", LAYERS[0])
    inner = registries.push_both("shop/web", "inner", amd, index=True)
    registries.push_both("shop/web", "1", inner, index=True)
    registries.remove(TARGET_HOST, "shop/web", f"blobs/{LAYERS[0]}")

    assert check_one(registries).verdict is Verdict.INCOMPLETE


def test_an_artifact_named_by_digest_is_found_by_it(registries: FakeRegistries) -> None:
    digest = registries.push_both("shop/api", "x", *LAYERS)

    verification = verify_all(registries, f"shop/api@{digest}")

    assert verification.is_complete


def test_foreign_layers_are_not_looked_for() -> None:
    registries = FakeRegistries()
    layer = {"digest": LAYERS[0], "urls": ["https://elsewhere.example/layer"]}
    for host in (SOURCE_HOST, TARGET_HOST):
        content = json.dumps({"layers": [layer]}).encode()
        registries.content[f"{host}/v2/shop/web/manifests/1"] = content

    assert check_one(registries).verdict is Verdict.ARRIVED


def test_a_layer_behind_a_redirect_is_there() -> None:
    registries = FakeRegistries()
    registries.push_both("shop/web", "1", LAYERS[0])

    def handle(request: httpx.Request) -> httpx.Response:
        if "/blobs/" in request.url.path:
            return httpx.Response(307, headers={"location": "https://storage.example/layer"})
        return registries.handle(request)

    http = httpx.Client(transport=httpx.MockTransport(handle))
    source, target = (
        Registry(host, http, lambda: SecretStr(""), {}) for host in (SOURCE_HOST, TARGET_HOST)
    )

    assert verify([run_part(1, "shop/web:1")], source.digest, target, lambda *_: None).is_complete


def test_the_report_for_machines_holds_every_check(registries: FakeRegistries) -> None:
    report = verify_all(registries, "shop/web:1", "shop/gone:2").as_json()

    assert json.loads(json.dumps(report)) == {
        "complete": False,
        "artifacts": [
            {
                "artifact": "shop/web:1",
                "run": "export1",
                "blob": "acr-transfer-1",
                "source_digest": registries.push_both("shop/web", "1", *LAYERS),
                "target_digest": registries.push_both("shop/web", "1", *LAYERS),
                "platforms": 1,
                "verdict": "arrived",
                "detail": "",
            },
            {
                "artifact": "shop/gone:2",
                "run": "export1",
                "blob": "acr-transfer-1",
                "source_digest": "",
                "target_digest": "",
                "platforms": 0,
                "verdict": "gone-at-source",
                "detail": "",
            },
        ],
    }
