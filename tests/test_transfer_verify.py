"""Each artifact gets the verdict that it deserves."""

import json

import httpx
import pydantic
import pytest
from pydantic import SecretStr
from transfer_support import (
    SOURCE_HOST,
    TARGET_HOST,
    FakeRegistries,
    run_part,
)

from transfer.originals import RegistryOriginals
from transfer.registry.client import Registry
from transfer.verdicts import OUTCOMES, Verdict
from transfer.verify import Check, Verification, verify
from transfer.verify_report import report_of

LAYERS = ("sha256:" + "a" * 64, "sha256:" + "b" * 64)


def check_one(registries: FakeRegistries, *, is_deep: bool = True) -> Check:
    """Verify one run with the artifact shop/web:1."""
    return verify_all(registries, is_deep=is_deep).checks[0]


def verify_all(registries: FakeRegistries, *artifacts: str, is_deep: bool = True) -> Verification:
    """Verify one run."""
    source, target = (
        Registry(host, registries.client(), lambda: SecretStr(""), {})
        for host in (SOURCE_HOST, TARGET_HOST)
    )
    return verify(
        [run_part(1, *(artifacts or ("shop/web:1",)))],
        RegistryOriginals(source),
        target,
        lambda *_: None,
        is_deep=is_deep,
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


def test_the_look_that_is_not_deep_asks_for_each_manifest_once_and_for_no_layer(
    registries: FakeRegistries,
) -> None:
    amd = registries.push_both("shop/web", "amd", *LAYERS)
    arm = registries.push_both("shop/web", "arm", LAYERS[0])
    registries.push_both("shop/web", "1", amd, arm, index=True)

    check = check_one(registries, is_deep=False)

    assert (check.verdict, check.platforms) == (Verdict.ARRIVED, 2)
    at_target = [request for request in registries.requests if TARGET_HOST in request]
    manifests = f"GET {TARGET_HOST}/v2/shop/web/manifests"
    assert sorted(at_target) == sorted(f"{manifests}/{item}" for item in ("1", amd, arm))


def test_the_look_that_is_not_deep_misses_no_platform(registries: FakeRegistries) -> None:
    amd = registries.push_both("shop/web", "amd", LAYERS[0])
    arm = registries.push_both("shop/web", "arm", LAYERS[1])
    registries.push_both("shop/web", "1", amd, arm, index=True)
    registries.remove(TARGET_HOST, "shop/web", f"manifests/{arm}")

    assert check_one(registries, is_deep=False).verdict is Verdict.INCOMPLETE


def test_the_look_that_is_not_deep_tells_foreign_layers() -> None:
    registries = FakeRegistries()
    registries.put_both("shop/web", "1", FOREIGN)

    assert check_one(registries, is_deep=False).verdict is Verdict.NEEDS_INTERNET


def test_an_artifact_named_by_digest_is_found_by_it(registries: FakeRegistries) -> None:
    digest = registries.push_both("shop/api", "x", *LAYERS)

    verification = verify_all(registries, f"shop/api@{digest}")

    assert verification.is_complete


SCHEMA_1 = {"schemaVersion": 1, "fsLayers": [{"blobSum": LAYERS[0]}]}
FOREIGN = {"layers": [{"digest": LAYERS[0], "urls": ["https://elsewhere.example/layer"]}]}
ATTESTATION = {"os": "unknown", "architecture": "unknown"}
CACHE_INDEX = {
    "manifests": [
        {"digest": LAYERS[0], "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip"},
        {"digest": LAYERS[1], "mediaType": "application/vnd.buildkit.cacheconfig.v0"},
    ]
}


def test_a_schema_1_image_has_never_arrived(registries: FakeRegistries) -> None:
    registries.put_both("shop/web", "1", SCHEMA_1)

    assert check_one(registries).verdict is Verdict.NOT_CARRIED


@pytest.mark.parametrize(
    "manifest",
    [
        {"schemaVersion": 3, "mediaType": "application/vnd.oci.image.manifest.v9+json"},
        {"mediaType": "application/vnd.example.bundle+json", "layers": []},
        {"schemaVersion": 2},
    ],
    ids=["later", "own", "bare"],
)
def test_a_manifest_of_a_form_that_is_not_known_has_never_arrived(
    registries: FakeRegistries, manifest: dict[str, object]
) -> None:
    registries.put_both("shop/web", "1", manifest)

    assert check_one(registries).verdict is Verdict.UNKNOWN_FORM


@pytest.mark.parametrize(
    ("inner", "verdict"),
    [(SCHEMA_1, Verdict.NOT_CARRIED), ({"schemaVersion": 2}, Verdict.UNKNOWN_FORM)],
    ids=["schema-1", "unknown"],
)
def test_an_index_is_judged_by_what_it_holds(
    registries: FakeRegistries, inner: dict[str, object], verdict: Verdict
) -> None:
    child = registries.put_both("shop/web", "inner", inner)
    registries.push_both("shop/web", "1", child, index=True)

    assert check_one(registries).verdict is verdict


def test_the_index_of_a_build_cache_is_looked_into_by_its_layers(
    registries: FakeRegistries,
) -> None:
    registries.put_both("shop/web", "1", CACHE_INDEX)
    whole = check_one(registries)

    registries.remove(TARGET_HOST, "shop/web", f"blobs/{LAYERS[1]}")
    without_layer = check_one(registries)

    assert (whole.verdict, whole.platforms) == (Verdict.ARRIVED, 0)
    assert without_layer.verdict is Verdict.INCOMPLETE


def test_what_the_source_itself_lacks_is_not_blamed_on_the_transfer(
    registries: FakeRegistries,
) -> None:
    purged = "sha256:" + "c" * 64
    registries.push_both("shop/web", "1", purged, index=True)

    check = check_one(registries)

    assert check.verdict is Verdict.BROKEN_AT_SOURCE
    assert purged in check.detail


def test_a_layer_that_the_source_lacks_too_is_not_blamed_on_the_transfer(
    registries: FakeRegistries,
) -> None:
    for host in (SOURCE_HOST, TARGET_HOST):
        registries.remove(host, "shop/web", f"blobs/{LAYERS[1]}")

    assert check_one(registries).verdict is Verdict.BROKEN_AT_SOURCE


def test_an_image_with_foreign_layers_needs_the_internet() -> None:
    registries = FakeRegistries()
    registries.put_both("shop/web", "1", FOREIGN)

    verification = verify_all(registries)

    assert verification.checks[0].verdict is Verdict.NEEDS_INTERNET
    assert verification.is_complete, "no transfer can bring more"
    assert "internet" in report_of(verification).notes()[0]


def test_a_foreign_layer_that_the_target_holds_has_arrived() -> None:
    registries = FakeRegistries()
    registries.put_both("shop/web", "1", FOREIGN)
    registries.content[f"{TARGET_HOST}/v2/shop/web/blobs/{LAYERS[0]}"] = b""

    assert check_one(registries).verdict is Verdict.ARRIVED


def test_a_foreign_layer_that_only_the_source_holds_is_missing() -> None:
    registries = FakeRegistries()
    registries.put_both("shop/web", "1", FOREIGN)
    registries.content[f"{SOURCE_HOST}/v2/shop/web/blobs/{LAYERS[0]}"] = b""

    assert check_one(registries).verdict is Verdict.INCOMPLETE


def test_an_attestation_is_no_platform(registries: FakeRegistries) -> None:
    image = registries.push_both("shop/web", "amd", LAYERS[0])
    attestation = registries.push_both("shop/web", "attestation", LAYERS[1])
    entries = [{"digest": image}, {"digest": attestation, "platform": ATTESTATION}]
    registries.put_both("shop/web", "1", {"manifests": entries})

    check = check_one(registries)

    assert (check.verdict, check.platforms) == (Verdict.ARRIVED, 1)


@pytest.mark.parametrize("status", [400, 403, 405])
@pytest.mark.parametrize("host", [SOURCE_HOST, TARGET_HOST])
def test_an_artifact_that_is_refused_is_one_row_and_the_others_get_theirs(
    registries: FakeRegistries, host: str, status: int
) -> None:
    registries.push_both("shop/api", "2", *LAYERS)
    registries.refusals[f"{host}/v2/shop/web/manifests/1"] = status

    found = verify_all(registries, "shop/web:1", "shop/api:2")

    assert [check.verdict for check in found.checks] == [Verdict.UNREADABLE, Verdict.ARRIVED]
    assert f"registry {host} answers {status} for shop/web/manifests/1" in (found.checks[0].detail)


@pytest.mark.parametrize(
    "page",
    [b"<html>Sign in</html>", b"[]", b'{"layers": [{"size": 1}]}', b'{"manifests": 1}'],
    ids=["html", "list", "no-digest", "no-list"],
)
def test_a_page_that_is_no_manifest_is_one_row_that_cannot_be_read(
    registries: FakeRegistries, page: bytes
) -> None:
    registries.push_both("shop/api", "2", *LAYERS)
    registries.put_both("shop/web", "1", page)

    found = verify_all(registries, "shop/web:1", "shop/api:2")

    assert [check.verdict for check in found.checks] == [Verdict.UNREADABLE, Verdict.ARRIVED]


def test_a_digest_with_a_path_in_it_is_not_asked_for(registries: FakeRegistries) -> None:
    registries.put_both("shop/web", "1", {"layers": [{"digest": "sha256:../../secret"}]})

    assert check_one(registries).verdict is Verdict.UNREADABLE
    assert not any("secret" in request for request in registries.requests)


def test_what_refers_to_an_image_and_its_platforms_is_counted_when_it_stays_behind(
    registries: FakeRegistries,
) -> None:
    amd = registries.push_both("shop/web", "amd", LAYERS[0])
    top = registries.push_both("shop/web", "1", amd, index=True)
    sbom = registries.push(SOURCE_HOST, "shop/web", "sbom", LAYERS[1])
    arrived = registries.push_both("shop/web", "report", LAYERS[0], LAYERS[1])
    registries.refer(SOURCE_HOST, "shop/web", top, sbom, arrived)
    signature = f"sha256-{amd.removeprefix('sha256:')}.sig"
    tags = ["1", signature, f"sha256-{'e' * 64}.sig", f"{signature}.txt"]
    registries.content[f"{SOURCE_HOST}/v2/shop/web/tags/list"] = json.dumps({"tags": tags}).encode()

    found = verify_all(registries)

    assert found.is_complete
    assert found.checks[0].left_behind == (sbom, signature)
    assert "stay behind: 2" in found.summary()
    assert f"shop/web:1 has {sbom}, {signature}" in report_of(found).notes()[0]


def test_referrers_that_cannot_be_listed_are_told_and_hide_no_verdict(
    registries: FakeRegistries,
) -> None:
    registries.refusals[f"{SOURCE_HOST}/v2/shop/web/tags/list"] = 403

    check = check_one(registries)

    assert check.verdict is Verdict.ARRIVED
    assert "could not be listed" in check.detail


def test_tags_and_referrers_are_listed_once(registries: FakeRegistries) -> None:
    artifacts = [f"shop/web:{tag}" for tag in range(20)]
    for tag in range(20):
        digest = registries.push_both("shop/web", str(tag), *LAYERS)

    verify_all(registries, *artifacts)

    lists = f"GET {SOURCE_HOST}/v2/shop/web"
    assert registries.requests.count(f"{lists}/tags/list") == 1
    assert registries.requests.count(f"{lists}/referrers/{digest}") == 1


def sign(registries: FakeRegistries, subject: str) -> str:
    """Put something that refers to a manifest into both registries; give its digest."""
    signature = {"layers": [], "subject": {"digest": subject}}
    return registries.put_both("shop/web", "signature", signature)


def test_a_signature_that_the_target_lists_has_arrived_and_is_counted(
    registries: FakeRegistries,
) -> None:
    image = registries.push_both("shop/web", "1", *LAYERS)
    signature = sign(registries, image)
    registries.refer(TARGET_HOST, "shop/web", image, signature)

    found = verify_all(registries, "shop/web:1", f"shop/web@{signature}")

    assert found.is_complete
    assert [check.subject for check in found.checks] == ["", image]
    assert "that the target lists: 1" in found.summary()


def test_a_signature_that_the_target_holds_and_does_not_list_has_not_arrived(
    registries: FakeRegistries,
) -> None:
    image = registries.push_both("shop/web", "1", *LAYERS)
    signature = sign(registries, image)
    registries.refer(SOURCE_HOST, "shop/web", image, signature)
    registries.refer(TARGET_HOST, "shop/web", image, "sha256:" + "e" * 64)

    check = verify_all(registries, f"shop/web@{signature}").checks[0]

    assert (check.verdict, check.detail) == (Verdict.NOT_LISTED, f"by {image}")
    assert OUTCOMES[check.verdict].is_final


def test_a_signature_of_what_the_target_lacks_has_not_arrived(registries: FakeRegistries) -> None:
    image = registries.push(SOURCE_HOST, "shop/web", "2", LAYERS[0])
    signature = sign(registries, image)
    registries.refer(TARGET_HOST, "shop/web", image, signature)

    check = verify_all(registries, f"shop/web@{signature}").checks[0]

    assert (check.verdict, check.detail) == (Verdict.SUBJECT_MISSING, image)
    assert not OUTCOMES[check.verdict].is_final, "the image may be imported later"


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

    assert verify(
        [run_part(1, "shop/web:1")], RegistryOriginals(source), target, lambda *_: None
    ).is_complete


def test_the_report_for_machines_holds_every_check(registries: FakeRegistries) -> None:
    found = verify_all(registries, "shop/web:1", "shop/gone:2")

    assert json.loads(report_of(found).as_json()) == {
        "version": 1,
        "complete": False,
        "exit_code": 1,
        "depth": "layers",
        "summary": "2 artifacts: 1 arrived, 1 gone-at-source",
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
                "left_behind": [],
                "subject": "",
                "locked": False,
                "moved_to": "",
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
                "left_behind": [],
                "subject": "",
                "locked": False,
                "moved_to": "",
            },
        ],
    }


def test_a_report_that_contradicts_itself_is_not_written(registries: FakeRegistries) -> None:
    report = report_of(verify_all(registries))
    wrong = report.model_copy(update={"exit_code": 3})

    with pytest.raises(pydantic.ValidationError, match="ask for exit code 0, not 3"):
        wrong.as_json()


def test_a_report_of_another_form_than_its_schema_is_not_written(
    registries: FakeRegistries,
) -> None:
    report = report_of(verify_all(registries))
    wrong = report.model_copy(update={"summary": 7})

    with pytest.raises(pydantic.ValidationError, match="summary"):
        wrong.as_json()
