"""What a lock names is compared with the lock, whatever happens at the source later."""

import pytest
from pydantic import SecretStr
from transfer_support import SOURCE_HOST, TARGET_HOST, FakeRegistries, run_part

from components.model.contract import RunPart
from transfer.originals import LockedOriginals, RegistryOriginals
from transfer.registry.client import Registry
from transfer.verdicts import OUTCOMES, Verdict
from transfer.verify import Check, Verification, verify
from transfer.verify_report import report_of

LAYERS = ("sha256:" + "a" * 64, "sha256:" + "b" * 64)
FOREIGN = {
    "layers": [{"digest": "sha256:" + "f" * 64, "urls": ["https://elsewhere.example/layer"]}]
}


class Scene:
    """Two registries, and a lock of what the source held when it was written."""

    def __init__(self) -> None:
        self.registries = FakeRegistries()
        self.lock: dict[str, str] = {}
        self.others: list[RunPart] = []
        source, self._target = (
            Registry(host, self.registries.client(), lambda: SecretStr(""), {})
            for host in (SOURCE_HOST, TARGET_HOST)
        )
        self._source = RegistryOriginals(source)
        self._originals: LockedOriginals | None = None

    def push(self, tag: str, *layers: str) -> str:
        """Push shop/web with a tag to both registries, and lock it."""
        digest = self.registries.push_both("shop/web", tag, *layers)
        self.lock[f"shop/web:{tag}"] = digest
        return digest

    def move(self, host: str, tag: str, *layers: str) -> str:
        """Move a tag at one registry; give the digest that it has then."""
        return self.registries.push(host, "shop/web", tag, *layers)

    def verify(self, *, is_deep: bool = False) -> Verification:
        """Verify the lock; later calls remember what the source answered."""
        runs = [*([run_part(1, digests=self.lock)] if self.lock else []), *self.others]
        self._originals = self._originals or LockedOriginals(runs, self._source)
        self._target.look_anew()
        return verify(runs, self._originals, self._target, lambda *_: None, is_deep=is_deep)

    def check(self, *, is_deep: bool = False) -> Check:
        """Verify the lock, and give its first artifact."""
        return self.verify(is_deep=is_deep).checks[0]

    def asked(self, host: str) -> list[str]:
        """List what a registry was asked."""
        return [request for request in self.registries.requests if host in request]


@pytest.fixture
def scene() -> Scene:
    """An image with a tag, locked and arrived."""
    scene = Scene()
    scene.push("1", *LAYERS)
    return scene


def test_where_all_is_well_the_source_registry_is_not_asked(scene: Scene) -> None:
    scene.registries.refer(SOURCE_HOST, "shop/web", scene.lock["shop/web:1"], LAYERS[0])

    check = scene.check(is_deep=True)

    assert (check.verdict, check.locked) == (Verdict.ARRIVED, True)
    assert check.source_digest == check.target_digest == scene.lock["shop/web:1"]
    assert scene.asked(SOURCE_HOST) == []


def test_what_left_the_source_or_moved_there_later_has_arrived(scene: Scene) -> None:
    scene.push("2", LAYERS[0])
    scene.move(SOURCE_HOST, "1", LAYERS[0])
    scene.registries.remove(SOURCE_HOST, "shop/web", "manifests/2")

    assert scene.verify().is_complete


def test_what_left_the_source_before_it_arrived_is_missing(scene: Scene) -> None:
    for host in (SOURCE_HOST, TARGET_HOST):
        scene.registries.remove(host, "shop/web", "manifests/1")

    assert scene.check().verdict is Verdict.MISSING


def test_other_content_at_the_target_is_drift_with_an_exit_code_of_its_own(scene: Scene) -> None:
    scene.push("2", LAYERS[0])
    pushed = scene.move(TARGET_HOST, "1", LAYERS[0])

    found = scene.verify()

    assert (found.checks[0].verdict, found.checks[0].target_digest) == (Verdict.DIFFERS, pushed)
    assert found.exit_code == report_of(found).exit_code == 3


def test_drift_beside_something_worse_is_a_failure(scene: Scene) -> None:
    scene.push("2", LAYERS[0])
    scene.move(TARGET_HOST, "1", LAYERS[0])
    scene.registries.remove(TARGET_HOST, "shop/web", "manifests/2")

    found = scene.verify()

    assert found.verdicts() == {Verdict.DIFFERS, Verdict.MISSING}
    assert found.exit_code == 1


def test_other_content_than_that_of_a_plain_list_is_a_failure(scene: Scene) -> None:
    scene.move(TARGET_HOST, "1", LAYERS[0])
    scene.lock, scene.others = {}, [run_part(2, "shop/web:1")]

    found = scene.verify()

    assert found.verdicts() == {Verdict.DIFFERS}
    assert found.exit_code == 1


def test_a_tag_whose_later_content_was_exported_has_moved_since_the_lock(scene: Scene) -> None:
    for host in (SOURCE_HOST, TARGET_HOST):
        scene.move(host, "1", LAYERS[0])

    found = scene.verify()

    assert found.checks[0].verdict is Verdict.MOVED_SINCE_LOCK
    assert found.exit_code == 1
    assert OUTCOMES[Verdict.MOVED_SINCE_LOCK].is_final


def test_a_tag_that_moved_on_both_sides_apart_differs_and_the_move_is_told(scene: Scene) -> None:
    moved = scene.move(SOURCE_HOST, "1", LAYERS[0])
    scene.move(TARGET_HOST, "1", LAYERS[1])

    check = scene.check()

    assert check.verdict is Verdict.DIFFERS
    assert check.moved_to == moved
    assert check.detail == f"moved at the source since the lock, to {moved}"


def test_a_source_that_is_out_of_reach_is_tried_once_and_hides_no_verdict(scene: Scene) -> None:
    scene.move(TARGET_HOST, "1", LAYERS[0])
    scene.registries.refusals[f"{SOURCE_HOST}/v2/shop/web/manifests/1"] = 503

    first, tried = scene.check(), len(scene.asked(SOURCE_HOST))
    second = scene.check()

    assert (first.verdict, second.verdict) == (Verdict.DIFFERS, Verdict.DIFFERS)
    assert len(scene.asked(SOURCE_HOST)) == tried > 0


def test_a_tag_that_the_source_refuses_does_not_hide_the_move_of_another(scene: Scene) -> None:
    scene.move(TARGET_HOST, "1", LAYERS[0])
    scene.registries.refusals[f"{SOURCE_HOST}/v2/shop/web/manifests/1"] = 403
    scene.push("2", *LAYERS)
    first = scene.verify()
    for host in (SOURCE_HOST, TARGET_HOST):
        scene.move(host, "2", LAYERS[0])

    second = scene.verify()

    assert [check.verdict for check in first.checks] == [Verdict.DIFFERS, Verdict.ARRIVED]
    assert [check.verdict for check in second.checks] == [
        Verdict.DIFFERS,
        Verdict.MOVED_SINCE_LOCK,
    ]


def test_layers_that_a_transfer_does_not_carry_need_the_internet(scene: Scene) -> None:
    scene.lock["shop/web:2"] = scene.registries.put_both("shop/web", "2", FOREIGN)

    assert scene.verify().checks[1].verdict is Verdict.NEEDS_INTERNET
    assert scene.asked(SOURCE_HOST) == []


def test_a_layer_that_both_sides_lack_is_blamed_on_the_transfer(scene: Scene) -> None:
    for host in (SOURCE_HOST, TARGET_HOST):
        scene.registries.remove(host, "shop/web", f"blobs/{LAYERS[1]}")

    assert scene.check(is_deep=True).verdict is Verdict.INCOMPLETE


def test_what_is_not_locked_is_compared_with_the_source(scene: Scene) -> None:
    scene.registries.push(SOURCE_HOST, "shop/api", "2", LAYERS[0])
    scene.others = [run_part(2, "shop/api:2", "shop/gone:1")]

    found = scene.verify()

    assert [(check.verdict, check.locked) for check in found.checks] == [
        (Verdict.ARRIVED, True),
        (Verdict.MISSING, False),
        (Verdict.GONE_AT_SOURCE, False),
    ]


def test_a_manifest_that_does_not_fit_its_digest_has_not_arrived(scene: Scene) -> None:
    child = scene.registries.push_both("shop/web", "amd", LAYERS[0])
    scene.lock["shop/web:1"] = scene.registries.push_both("shop/web", "1", child, index=True)
    path = f"{TARGET_HOST}/v2/shop/web/manifests/{child}"
    scene.registries.content[path] = b'{"layers": []}'

    check = scene.check()

    assert check.verdict is Verdict.UNREADABLE
    assert f"answers shop/web@{child} with content of digest sha256:" in check.detail


def test_a_tag_with_content_of_another_digest_than_the_registry_names_is_no_drift(
    scene: Scene,
) -> None:
    locked = scene.lock["shop/web:1"]
    scene.move(TARGET_HOST, "1", LAYERS[0])
    scene.registries.named[f"{TARGET_HOST}/v2/shop/web/manifests/1"] = locked

    check = scene.check()

    assert check.verdict is Verdict.UNREADABLE
    assert f"answers shop/web@{locked} with content of digest sha256:" in check.detail


def test_the_table_calls_the_digests_those_of_the_lock(scene: Scene) -> None:
    table = report_of(scene.verify()).table(None)

    assert [column.header for column in table.columns][1] == "locked digest"
