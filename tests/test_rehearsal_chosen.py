"""Of several pairs of stacks, those whose files are wrong are failed rows beside the others."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest_emulator import Emulator
from git_support import Repository
from locks import found, locked
from rehearsal_scene import SHARED, project, rehearse, running_stage, write_tenant

from components.model.images_lock import ImagesLock
from rehearsal.base import pairs_at
from rehearsal.chosen import chosen_pairs
from rehearsal.stage import Stage

pytestmark = pytest.mark.xdist_group("emulator")

# Beside the cloud of their targets, which no file names.
CLOUDS = ("china", "usgovernment")
WORKSPACE = f"{SHARED}/Microsoft.OperationalInsights/workspaces/-logs"
LOCK = "tenants/{}/images.lock"


def write_bad_lock(root: Path, name: str, text: str = "nothing of a lock\n") -> None:
    write_tenant(root, name, {"images_lock": "images.lock"}, {})
    (root / LOCK.format(name)).write_text(text)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    project(root)
    return root


def steps_of(text: str) -> dict[str, list[dict[str, Any]]]:
    return {pair["name"]: pair["steps"] for pair in json.loads(text)["pairs"]}


def test_wrong_files_of_one_pair_are_a_failed_row_and_the_others_are_rehearsed(
    root: Path, tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = running_stage(emulator, tmp_path / "rehearsal", monkeypatch)
    write_bad_lock(root, "damaged")
    older = ImagesLock("oldersource", locked([found("shop/web:1.5")]))
    write_bad_lock(root, "older", older.text())
    write_tenant(root, "secretive", {"registry": {"secure": "OF-THE-USER"}}, {})
    for name in CLOUDS:
        cloud = {"azure-native:environment": name}
        # Refused at once, so that no engine is started here.
        write_tenant(root, name, {**cloud, "log_analytics_workspace": WORKSPACE}, {})

    typed = rehearse(stage, monkeypatch, "--all", "--dir", str(root), "--json")

    assert typed.out, typed.err
    steps = steps_of(typed.out)
    assert {name: rows[0]["outcome"] for name, rows in steps.items()} == dict.fromkeys(
        (*CLOUDS, "damaged", "older", "secretive"), "failed"
    )
    assert {row["outcome"] for rows in steps.values() for row in rows[1:]} == {"not-reached"}
    for name, words in {
        "damaged": "images.lock",
        "older": "acr-transfer lock --dir",
        "secretive": "a rehearsal has no passphrase of yours",
        "china": "InvalidWorkspaceName",
        "usgovernment": "a rehearsal has two clouds",
    }.items():
        assert words in steps[name][0]["said"]
    assert (typed.code, typed.last_line) == (1, f"acr-transfer rehearse --all --dir {root} --json")


@pytest.mark.parametrize(("is_wrong_use", "code"), [(True, 2), (False, 1)])
def test_pairs_of_which_none_can_be_read_start_no_cloud_and_name_each_reason(
    is_wrong_use: bool, code: int, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("first", "second"):
        lock = ImagesLock(f"{name}source", locked([found("shop/web:1.5")]))
        write_bad_lock(root, name, lock.text())
    if is_wrong_use:
        (root / LOCK.format("second")).write_text("nothing of a lock\n")

    typed = rehearse(Stage(tmp_path / "never"), monkeypatch, "first", "second", "--dir", str(root))

    assert typed.code == code
    assert all(f"\n{name}: " in f"\n{typed.err}" for name in ("first", "second"))
    assert not (tmp_path / "never").exists()


def test_a_base_that_was_wrong_leaves_the_bases_of_others_out_of_it(
    root: Path, tmp_path: Path
) -> None:
    repository = Repository(root)
    for name, source in {"waswrong": {"sas_days": 400}, "whole": {}}.items():
        write_tenant(root, name, source, {})
    repository.run("add", "tenants", "Pulumi.yaml")
    repository.commit("LICENSE", "of the program")
    (root / "tenants" / "waswrong" / "Pulumi.waswrong-source.yaml").write_text(
        (root / "tenants" / "whole" / "Pulumi.whole-source.yaml").read_text()
    )
    chosen = chosen_pairs(root, (), "source", "target", is_all=True)

    bases = pairs_at("HEAD", chosen.pairs, tmp_path / "base")

    assert [pair.name for pair in bases.pairs] == ["whole"]
    assert "sas_days" in str(bases.errors["waswrong"])


def test_a_pair_that_is_new_is_rehearsed_where_the_only_base_was_wrong(
    root: Path, tmp_path: Path
) -> None:
    repository = Repository(root)
    write_tenant(root, "waswrong", {"sas_days": 400}, {})
    repository.run("add", "tenants", "Pulumi.yaml")
    repository.commit("LICENSE", "of the program")
    write_tenant(root, "isnew", {}, {})
    (root / "tenants" / "waswrong" / "Pulumi.waswrong-source.yaml").write_text(
        (root / "tenants" / "isnew" / "Pulumi.isnew-source.yaml").read_text()
    )
    chosen = chosen_pairs(root, (), "source", "target", is_all=True)

    bases = pairs_at("HEAD", chosen.pairs, tmp_path / "base")

    assert (bases.pairs, list(bases.errors)) == ([], ["waswrong"])
