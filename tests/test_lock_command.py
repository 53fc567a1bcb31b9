"""The lock is written, checked and cut anew as its options say, and ends as it promises."""

import json
from pathlib import Path

import httpx
import pytest
from lock_scene import LAYER, LockScene, scene
from transfer_support import SOURCE_HOST

from components.model.artifacts import MAX_LAYER_BYTES
from transfer.lock.record import LockCheck

__all__ = ["scene"]


def test_it_writes_a_line_for_each_artifact_of_the_list(scene: LockScene) -> None:
    amd = scene.registries.image("shop/web:amd")
    arm = scene.registries.image("shop/web:arm")
    index = scene.registries.index("shop/web:1.4", linux_amd64=amd, linux_arm64_v8=arm)
    api = scene.registries.image("shop/api:2.0")
    scene.list("shop/web:1.4", f"shop/api@{api}")

    said = scene.locked()

    by_name = {str(line.artifact): line for line in scene.lines}
    web = by_name["shop/web:1.4"]
    assert list(by_name) == [f"shop/api@{api}", "shop/web:1.4"]
    assert (web.digest, web.platforms) == (index, ("linux/amd64", "linux/arm64/v8"))
    manifests = [f"{SOURCE_HOST}/v2/shop/web/manifests/{item}" for item in (index, amd, arm)]
    held = sum(len(scene.registries.content[item]) for item in manifests)
    assert web.size == held + 1000, "the layer that both platforms share is counted once"
    assert "images.lock: 2 added, 0 moved, 0 removed, 0 kept; 2 artifacts are exported" in said
    assert said.splitlines()[-2].endswith(" in 1 run")


def test_an_unchanged_registry_leaves_the_file_as_it_is(scene: LockScene) -> None:
    scene.registries.image("shop/web:1.4")
    scene.list("shop/web:1.4")
    scene.locked()
    scene.lock.write_bytes(scene.lock.read_bytes().replace(b"\n", b"\r\n"))
    before = (scene.lock.read_bytes(), scene.lock.stat().st_mtime_ns)

    said = scene.locked()

    assert (scene.lock.read_bytes(), scene.lock.stat().st_mtime_ns) == before
    assert "0 added, 0 moved, 0 removed, 1 kept; nothing is exported" in said
    assert said.splitlines()[-1] == "images.lock is as it was"


def test_what_is_new_or_moved_goes_into_a_new_batch_and_nothing_else(scene: LockScene) -> None:
    for name in ("shop/api:1", "shop/old:1", "shop/web:1"):
        scene.registries.image(name)
    scene.list("shop/api:1", "shop/old:1", "shop/web:1")
    scene.locked()
    first = {str(line.artifact): line for line in scene.lines}
    scene.registries.image("shop/web:1", note="moved")
    scene.registries.image("shop/new:1")
    scene.list("shop/api:1", "shop/new:1", "shop/web:1")

    said = scene.locked()

    second = {str(line.artifact): line for line in scene.lines}
    assert second["shop/api:1"] == first["shop/api:1"]
    assert second["shop/new:1"].batch == second["shop/web:1"].batch != first["shop/web:1"].batch
    assert second["shop/web:1"].earlier == (first["shop/web:1"].batch,)
    digests = [item["shop/web:1"].digest[7:19] for item in (first, second)]
    assert said.splitlines()[1:5] == [
        "  added    shop/new:1 (shop/new:1)",
        f"  moved    shop/web:1 from {digests[0]} to {digests[1]}",
        "  removed  shop/old:1",
        "images.lock: 1 added, 1 moved, 1 removed, 1 kept; 2 artifacts are exported, "
        "2.4 kB in 1 run",
    ]


def test_all_that_would_fail_is_named_at_once_and_nothing_is_written(scene: LockScene) -> None:
    large = {"digest": LAYER, "size": MAX_LAYER_BYTES + 1}
    scene.registries.image("shop/large:1", layers=[large])
    scene.registries.put(SOURCE_HOST, "shop/old", "1", {"schemaVersion": 1})
    scene.registries.image("shop/web:1")
    filters = [{"repository": "shop/*", "tags": ["9.*"]}, {"repository": "shop/*", "tags": ["*"]}]
    scene.list("shop/large:1", "shop/old:1", "shop/gone:1", filters[0], filters[1] | {"at_most": 2})

    code, stdout, stderr = scene.call("lock")

    assert code == 1
    assert "written" not in stdout
    assert not scene.lock.exists()
    for words in (
        "images.yaml[3] 'shop/* tags 9.*' is not valid: it takes nothing",
        "images.yaml[4] 'shop/* tags *' is not valid: it takes 3 artifacts, and at_most is 2",
        "images that the source registry does not hold: shop/gone:1.",
        "images with a layer over 8 GB: shop/large:1 (8.0 GB).",
        "images of schema 1: shop/old:1.",
    ):
        assert words in stderr
    assert stderr.splitlines()[-1] == "acr-transfer lock"


def test_a_layer_that_lies_in_no_registry_is_a_warning_and_not_counted(scene: LockScene) -> None:
    foreign = {"digest": "sha256:" + "f" * 64, "size": 10**9, "urls": ["https://elsewhere"]}
    scene.registries.image("shop/windows:1", layers=[foreign])
    scene.list("shop/windows:1")

    said = scene.locked()

    assert "Warning: images with layers that the source registry does not hold: shop/w" in said
    assert scene.lines[0].size < 1000


@pytest.mark.parametrize("status", [200, 403, 404])
def test_referrers_of_an_index_and_its_children_are_told_or_sent(
    scene: LockScene, status: int
) -> None:
    registries = scene.registries
    if status != httpx.codes.OK:
        registries.refusals[f"{SOURCE_HOST}/acr/v1/shop/web/_manifests"] = status
    child = registries.image("shop/web:amd")
    index = registries.index("shop/web:1", linux_amd64=child)
    tag = f"sha256-{index[7:]}.sig"
    registries.image(f"shop/web:{tag}")
    sbom = registries.image("shop/web:sbom", subject={"digest": child})
    signature = registries.image("shop/web:sign", subject={"digest": sbom})
    for name in ("sbom", "sign"):
        registries.remove(SOURCE_HOST, "shop/web", f"manifests/{name}")
    registries.refer(SOURCE_HOST, "shop/web", child, sbom)
    registries.refer(SOURCE_HOST, "shop/web", sbom, signature)
    scene.list("shop/web:1")

    told = scene.locked()
    scene.list({"repository": "shop/web", "tags": ["1"], "referrers": True})
    sent = scene.locked()

    assert "Warning: 2 signatures, SBOMs and attestations stay behind" in told
    assert f"  shop/web:1 has 2: {tag}, {sbom}" in told
    assert "stay behind" not in sent
    assert set(scene.names) == {
        "shop/web:1",
        f"shop/web:{tag}",
        f"shop/web@{sbom}",
        f"shop/web@{signature}",
    }


def test_a_referrer_that_is_denied_stays_behind(scene: LockScene) -> None:
    digest = scene.registries.image("shop/web:1")
    for kind in ("sig", "att"):
        scene.registries.image(f"shop/web:sha256-{digest[7:]}.{kind}")
    scene.list(
        {"repository": "shop/web", "tags": ["1"], "referrers": True},
        {"deny": "**", "tags": ["*.att"]},
    )

    said = scene.locked()

    assert scene.names == ["shop/web:1", f"shop/web:sha256-{digest[7:]}.sig"]
    assert f"  shop/web:1 has 1: sha256-{digest[7:]}.att" in said


def test_an_image_that_the_registry_refuses_is_named_and_nothing_is_written(
    scene: LockScene,
) -> None:
    scene.registries.image("shop/web:1")
    scene.registries.refusals[f"{SOURCE_HOST}/v2/shop/web/manifests/1"] = 403
    scene.list("shop/web:1")

    code, _, stderr = scene.call("lock")

    assert (code, scene.lock.exists()) == (1, False)
    assert "images that could not be looked at: shop/web:1." in stderr


def test_a_list_that_takes_nothing_is_no_lock(scene: LockScene) -> None:
    scene.list({"repository": "shop/web", "tags": ["1"], "optional": True})

    code, _, stderr = scene.call("lock")

    assert (code, scene.lock.exists()) == (1, False)
    assert "The list takes nothing" in stderr


def test_an_earlier_batch_that_is_gone_is_no_news(scene: LockScene) -> None:
    for name in ("shop/web:1", "shop/web:2"):
        scene.registries.image(name)
    scene.list("shop/web:1", "shop/web:2")
    scene.locked()
    scene.registries.image("shop/web:2", note="moved")
    scene.locked()
    assert scene.lines[1].earlier == (scene.lines[0].batch,)

    said = scene.locked("--renew", "shop/web:1")

    assert "0 moved, 0 removed, 1 renewed, 1 kept" in said
    assert not scene.lines[1].earlier


def test_check_names_each_difference_and_writes_nothing(scene: LockScene) -> None:
    scene.registries.image("shop/web:1")
    scene.registries.image("shop/api:1")
    scene.list("shop/web:1", "shop/api:1")
    scene.locked()
    before = scene.lock.read_bytes()
    scene.registries.image("shop/web:1", note="moved")

    code, stdout, stderr = scene.call("lock", "--check")

    assert code == 3
    assert "  moved    shop/web:1 from " in stdout
    assert scene.lock.read_bytes() == before
    assert stderr.splitlines()[-1] == "acr-transfer lock"


def test_check_ends_with_0_where_registry_and_lock_agree(scene: LockScene) -> None:
    scene.registries.image("shop/web:1")
    scene.list("shop/web:1")
    scene.locked()

    code, _, stderr = scene.call("lock", "--check")

    assert (code, stderr) == (0, "")


def test_an_edited_size_is_a_difference(scene: LockScene) -> None:
    scene.registries.image("shop/web:1")
    scene.list("shop/web:1")
    scene.locked()
    size = scene.lines[0].size
    scene.lock.write_text(scene.lock.read_text().replace(f" {size} ", " 7 "))

    code, stdout, _ = scene.call("lock", "--check")

    assert code == 3
    assert "  retold   shop/web:1 (shop/web:1)" in stdout


def test_without_a_key_for_the_file_the_key_is_named(scene: LockScene) -> None:
    scene.configure(images=["shop/web:1"])

    code, _, stderr = scene.call("lock")

    assert code == 2
    assert "Write acr-transfer:images_lock: images.lock in Pulumi.source.yaml." in stderr


def test_a_lock_that_is_cut_off_is_kept_and_refused(scene: LockScene) -> None:
    scene.registries.image("shop/web:1")
    scene.list("shop/web:1")
    scene.locked()
    half = scene.lock.read_bytes()[:-20]
    scene.lock.write_bytes(half)

    for options in ((), ("--check",), ("--check", "--offline"), ("--compact",)):
        code, _, stderr = scene.call("lock", *options)
        assert code == 2
        assert "a part of the lock is lost. Take it from git again." in stderr
    assert scene.lock.read_bytes() == half


def test_all_wrong_entries_are_told_together_as_wrong_use(scene: LockScene) -> None:
    scene.list("Shop/web", {"repository": "shop/*", "tag": ["1"]}, {"repository": "shop/*"})

    code, _, stderr = scene.call("lock")

    assert code == 2
    assert "The configuration has 3 problems:" in stderr
    assert "images.yaml[1].tag ['1'] is not valid: there is no such key. Did you mean tags?" in (
        stderr
    )


def test_upgrade_counts_lines_that_stay_against_at_most(scene: LockScene) -> None:
    for name in ("shop/web:1", "shop/api:1"):
        scene.registries.image(name)
    scene.list({"repository": "shop/*", "tags": ["*"], "at_most": 2})
    scene.locked()
    scene.registries.image("shop/web:2")

    code, _, stderr = scene.call("lock", "--upgrade", "shop/web")

    assert code == 1
    assert "it takes 3 artifacts, and at_most is 2" in stderr


def test_upgrade_renews_one_repository_and_leaves_lines_of_others(scene: LockScene) -> None:
    for name in ("shop/web:1", "shop/api:1"):
        scene.registries.image(name)
    scene.list({"repository": "shop/*", "tags": ["*"]})
    scene.locked()
    before = {str(line.artifact): line.digest for line in scene.lines}
    for name in ("shop/web:1", "shop/api:1", "shop/web:2"):
        scene.registries.image(name, note="later")
    scene.registries.requests.clear()

    scene.locked("--upgrade", "shop/web")

    after = {str(line.artifact): line.digest for line in scene.lines}
    assert sorted(after) == ["shop/api:1", "shop/web:1", "shop/web:2"]
    assert after["shop/api:1"] == before["shop/api:1"]
    assert after["shop/web:1"] != before["shop/web:1"]
    assert [line for line in scene.registries.requests if "shop/api" in line] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--upgrade", "shop/wep"), "--upgrade 'shop/wep' is not valid: the lock has no such name"),
        (("--renew", "shop/web:2"), "Did you mean shop/web:1?"),
        (("--split", "0123456789abcdef"), "--split '0123456789abcdef' is not valid"),
        (("--offline",), "--offline goes with --check"),
        (("--check", "--json"), "--json goes with --check --offline"),
        (("--check", "--compact"), "--check and --compact exclude each other"),
    ],
)
def test_unknown_names_and_options_that_do_not_go_together_are_wrong_use(
    scene: LockScene, arguments: tuple[str, ...], words: str
) -> None:
    scene.registries.image("shop/web:1")
    scene.list("shop/web:1")
    scene.locked()

    code, _, stderr = scene.call("lock", *arguments)

    assert code == 2
    assert words in stderr


def with_batches_of_one(scene: LockScene, *names: str) -> None:
    """Lock artifacts one after another, each in a batch of its own."""
    for index, name in enumerate(names, start=1):
        scene.registries.image(name)
        scene.list(*names[:index])
        scene.locked()


def test_renew_gives_an_artifact_another_batch_and_asks_no_registry(scene: LockScene) -> None:
    with_batches_of_one(scene, "shop/web:1", "shop/web:2")
    before = {str(line.artifact): line.batch for line in scene.lines}
    sessions = scene.sessions

    said = scene.locked("--renew", "shop/web:1")

    after = {str(line.artifact): line.batch for line in scene.lines}
    assert scene.sessions == sessions
    assert "  renewed  shop/web:1" in said
    assert after["shop/web:2"] == before["shop/web:2"]
    assert after["shop/web:1"] != before["shop/web:1"]


def test_renew_of_a_batch_renews_all_that_it_carries(scene: LockScene) -> None:
    scene.registries.image("shop/web:1")
    scene.registries.image("shop/web:2")
    scene.list("shop/web:1", "shop/web:2")
    scene.locked()
    batch = scene.lines[0].batch

    scene.locked("--renew", batch)

    assert len({line.batch for line in scene.lines} - {batch}) == 1
    assert batch not in {line.batch for line in scene.lines}


def test_split_halves_a_batch_until_one_artifact_is_left(scene: LockScene) -> None:
    names = [f"shop/web:{number}" for number in range(4)]
    for name in names:
        scene.registries.image(name)
    scene.list(*names)
    scene.locked()

    scene.locked("--split", scene.lines[0].batch)
    halves = [line.batch for line in scene.lines]
    scene.locked("--split", halves[0])
    code, _, stderr = scene.call("lock", "--split", scene.lines[0].batch)

    assert halves[0] == halves[1] != halves[2] == halves[3]
    assert code == 2
    assert "it has one artifact, shop/web:0, so that is the one at fault" in stderr


def test_compact_says_what_it_exports_and_puts_small_batches_together(scene: LockScene) -> None:
    with_batches_of_one(scene, "shop/web:1", "shop/web:2", "shop/web:3")

    said = scene.locked("--compact")
    again = scene.locked("--compact")

    assert "3 artifacts are exported, 3.6 kB in 1 run" in said
    assert len({line.batch for line in scene.lines}) == 1
    assert again.splitlines()[-1] == "images.lock is as it was", "one small batch is left alone"


def test_too_many_batches_are_told_with_the_command_that_helps(scene: LockScene) -> None:
    with_batches_of_one(scene, *(f"shop/web:{number}" for number in range(13)))

    assert "acr-transfer lock --compact puts small ones together" in scene.locked()


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (["shop/web:1"], "no entry of the list is 'shop/api:1'"),
        (["shop/web:1", "shop/api:1", "shop/new:1"], "images.yaml[2] shop/new:1: no line of"),
        (
            ["shop/web:1", "shop/api:1", {"repository": "shop/web", "semver": "^2"}],
            "images.yaml[2] shop/web semver ^2: no line of the lock is taken by it",
        ),
    ],
)
def test_check_offline_names_what_does_not_fit_the_list(
    scene: LockScene, entries: list[str], words: str
) -> None:
    for name in ("shop/web:1", "shop/api:1"):
        scene.registries.image(name)
    scene.list("shop/web:1", "shop/api:1")
    scene.locked()
    scene.list(*entries)
    sessions = scene.sessions

    code, stdout, stderr = scene.call("lock", "--check", "--offline")

    assert (code, scene.sessions) == (3, sessions)
    assert words in stdout
    assert stderr.splitlines()[-1] == "acr-transfer lock"


def test_check_offline_prints_a_record_for_machines_and_nothing_else_on_stdout(
    scene: LockScene,
) -> None:
    for name in ("shop/web:1", "shop/api:1"):
        scene.registries.image(name)
    scene.list("shop/web:1", "shop/api:1")
    scene.locked()
    assert record_of_check(scene) == (0, LockCheck(file="images.lock", artifacts=2, differences=()))

    scene.list("shop/web:1")

    said = "shop/api:1: no entry of the list is 'shop/api:1'"
    assert record_of_check(scene) == (
        3,
        LockCheck(file="images.lock", artifacts=2, differences=(said,)),
    )


def record_of_check(scene: LockScene) -> tuple[int, LockCheck]:
    code, stdout, _ = scene.call("lock", "--check", "--offline", "--json")
    return code, LockCheck.model_validate_json(stdout)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ([{"deny": "**", "tags": ["2"]}], "shop/web:2: an entry denies it: deny ** tags 2"),
        ([], "images.yaml[0] shop/* tags *: 2 lines, and at_most is 1"),
    ],
)
def test_check_offline_holds_a_filter_to_its_denials_and_its_limit(
    scene: LockScene, changed: list[dict[str, object]], words: str
) -> None:
    for name in ("shop/web:1", "shop/web:2"):
        scene.registries.image(name)
    entry = {"repository": "shop/*", "tags": ["*"]}
    scene.list(entry)
    scene.locked()
    scene.list(entry | ({} if changed else {"at_most": 1}), *changed)

    code, stdout, _ = scene.call("lock", "--check", "--offline")

    assert code == 3
    assert words in stdout


def test_check_offline_takes_what_lock_has_written(scene: LockScene) -> None:
    for name in ("shop/web:1.4.0", "shop/web:1.5.0", "shop/web:1.5.0-rc.1", "shop/api:1"):
        digest = scene.registries.image(name, days=3)
    scene.registries.image(f"shop/api:sha256-{digest[7:]}.sig")
    scene.list(
        {"repository": "shop/*", "semver": "^1.4", "newest_by_semver": 1},
        {"repository": "**", "tags": ["1"], "referrers": True, "at_most": 1},
        {"repository": "shop/none", "tags": ["1"], "optional": True},
        {"deny": "**", "tags": ["*-rc*"]},
    )
    scene.locked()

    code, stdout, stderr = scene.call("lock", "--check", "--offline")

    assert (code, stderr) == (0, "")
    assert "images.lock: 3 artifacts, 0 differences" in stdout


def test_check_offline_needs_no_value_that_is_encrypted(scene: LockScene) -> None:
    scene.registries.image("shop/web:1")
    scene.list("shop/web:1")
    scene.locked()
    file = scene.directory / "Pulumi.source.yaml"
    file.write_text(f"{file.read_text()}  acr-transfer:sas:\n    secure: v1:abc\n")

    assert scene.call("lock", "--check", "--offline")[0] == 0


def test_a_registry_whose_address_nobody_tells_is_named(
    scene: LockScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transfer.lock.work.find_server", lambda *_: "")
    scene.list("shop/web:1")

    code, _, stderr = scene.call("lock")

    assert code == 1
    assert "registry 'rg-contoso/contososource' cannot be asked" in stderr
    assert stderr.splitlines()[-1] == "acr-transfer check --only source && acr-transfer lock"


def test_images_explains_what_is_taken_and_left_and_writes_nothing(scene: LockScene) -> None:
    for name in ("shop/web:1.4.0", "shop/web:1.5.0", "shop/web:1.5.0-rc.1", "shop/web:latest"):
        scene.registries.image(name)
    scene.list(
        {"repository": "shop/*", "tags": ["1.*"], "newest_by_semver": 2},
        {"deny": "**", "tags": ["*-rc*"]},
    )

    code, table, _ = scene.call("images", "--explain")
    _, text, _ = scene.call("images", "--json")

    decisions = {item["artifact"]: item["why"] for item in json.loads(text)["decisions"]}
    assert code == 0
    assert decisions == {
        "shop/web:1.4.0": "is not among the newest 2",
        "shop/web:1.5.0": "",
        "shop/web:1.5.0-rc.1": "is denied: deny ** tags *-rc*",
        "shop/web:latest": "does not fit tags 1.*",
    }
    assert all(why in table for why in decisions.values())
    assert "1 artifacts are taken, 3 are left" in table
    assert not Path("images.lock").exists()


def test_images_tells_what_is_named_and_is_not_there(scene: LockScene) -> None:
    scene.registries.image("shop/web:1")
    scene.list("shop/web:1", "shop/web:2")

    _, stdout, _ = scene.call("images", "--explain")

    assert "the registry does not hold it" in stdout
    assert "1 artifacts are taken, 1 are left" in stdout
