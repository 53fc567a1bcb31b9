"""A rehearsal copies the user's files, and leaves out what is of the user's own machine."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest_emulator import ROOT
from git_support import Repository
from locks import found, locked
from rehearsal_scene import SHARED, project, rehearse, write_pair, write_stack

from components.model.artifacts import parse_artifact
from components.model.errors import SettingsError
from components.model.images_lock import ImagesLock, LockedArtifact, parse_lock
from rehearsal.artifacts import make_stand_ins, originals_of_list, originals_of_lock
from rehearsal.base import pairs_at
from rehearsal.changes import changes_between, named
from rehearsal.existing import Deployer, existing_things
from rehearsal.files import Checkout, SideFiles, read_pair
from rehearsal.pair_images import read_images
from rehearsal.stage import Stage
from transfer.errors import WrongUseError
from transfer.stacks import MadeResource

SALT = "v1:OF-THE-USER"
SECRET = {"secure": "OF-THE-USER"}
USERS = {
    "azure-native:subscriptionId": "00000000-0000-0000-0000-00000000000e",
    "azure-native:tenantId": "00000000-0000-0000-0000-00000000000f",
    "azure-native:clientId": "OF-THE-USER",
    "azure-native:clientSecret": SECRET,
    "azure-native:metadataHost": "OF-THE-USER",
    "azure-native:useOidc": "true",
    "azure-native:location": "westeurope",
    "azure-native:oidcToken": SECRET,
}


def texts_of(folder: Path) -> str:
    return "\n".join(
        file.read_text() for file in folder.rglob("*") if file.is_file() and not file.is_symlink()
    )


def test_the_copy_keeps_the_settings_and_nothing_that_signs_in_or_decrypts(tmp_path: Path) -> None:
    mine, here = tmp_path / "mine", Checkout(tmp_path / "stage")
    project(mine)
    write_stack(
        mine,
        "source",
        {"side": "source", "registry": "rg/registry", "images": ["a:1"], "prefix": "mine", **USERS},
        encryptionsalt=SALT,
    )
    write_stack(mine, "target", {"side": "target", "registry": "rg/registry"})
    before = texts_of(mine)

    here.lay(
        [read_pair("", mine)], {"source": {"acr-transfer:role_wait_seconds": 0}, "target": {}}, {}
    )

    copied = yaml.safe_load((here.folder / "Pulumi.source.yaml").read_text())
    assert copied == {
        "config": {
            "acr-transfer:side": "source",
            "acr-transfer:registry": "rg/registry",
            "acr-transfer:images": ["a:1"],
            "acr-transfer:prefix": "mine",
            "acr-transfer:role_wait_seconds": 0,
            "azure-native:subscriptionId": USERS["azure-native:subscriptionId"],
            "azure-native:tenantId": USERS["azure-native:tenantId"],
            "azure-native:location": "westeurope",
        }
    }
    assert "OF-THE-USER" not in texts_of(here.folder)
    assert (here.folder / "components").resolve() == ROOT / "components"
    assert texts_of(mine) == before


def test_a_stack_that_is_up_keeps_its_encryption_when_its_files_change(tmp_path: Path) -> None:
    pair, here = write_pair(tmp_path / "mine"), Checkout(tmp_path / "stage")
    told: dict[str, dict[str, object]] = {"source": {}, "target": {}}
    here.lay([pair], told, {})
    file = here.folder / "Pulumi.source.yaml"
    file.write_text(f"encryptionsalt: v1:of-the-stage\n{file.read_text()}")

    here.lay([pair], told, {})

    assert yaml.safe_load(file.read_text())["encryptionsalt"] == "v1:of-the-stage"


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ({"registry": SECRET}, {}, "a rehearsal has no passphrase of yours"),
        ({"sas": SECRET}, {}, "a SAS of your own is rehearsed for one container of a storage"),
        ({"images": ["Upper:1"]}, {}, "the repository in lower case"),
        ({"images": None}, {}, "a transfer has at least one artifact"),
        ({}, {"sas_days": 400}, "sas_days"),
        ({"images": [{"repository": "shop/*", "tags": ["1.*"]}]}, {}, "stands in a lock"),
    ],
)
def test_what_cannot_be_rehearsed_is_wrong_use(
    source: dict[str, Any],
    target: dict[str, Any],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "mine"
    with suppress(SettingsError):
        write_pair(folder, source, target)

    typed = rehearse(Stage(tmp_path / "never"), monkeypatch, "--dir", str(folder))

    assert typed.code == 2
    assert message in typed.err
    assert not (tmp_path / "never").exists(), "no cloud is started for it"


def things(side: SideFiles) -> list[str]:
    found = existing_things(side.settings, Deployer("own", "tenant", "me"))
    return [thing.id.removeprefix(SHARED) for thing in found]


def test_what_a_file_names_by_its_id_exists_with_its_group_and_its_account(tmp_path: Path) -> None:
    account = f"{SHARED}/Microsoft.Storage/storageAccounts/ours"
    pair = write_pair(
        tmp_path / "mine",
        {
            "storage": f"{account}/blobServices/default/containers/outbox",
            "identity": f"{SHARED}/Microsoft.ManagedIdentity/userAssignedIdentities/ours",
            "resource_group": "rg-made",
        },
        {"create_registry": True, "vault": f"{SHARED}/Microsoft.KeyVault/vaults/ours"},
    )

    group = SHARED.removesuffix("/providers")
    assert things(pair.source) == [
        "/subscriptions/own/resourceGroups/rg-a",
        "/subscriptions/own/resourceGroups/rg-a/providers/Microsoft.ContainerRegistry/registries/"
        "sourcereg",
        "/subscriptions/own/resourceGroups/rg-made",
        group,
        "/Microsoft.ManagedIdentity/userAssignedIdentities/ours",
        group,
        "/Microsoft.Storage/storageAccounts/ours",
        group,
        "/Microsoft.Storage/storageAccounts/ours/blobServices/default/containers/outbox",
    ]
    *made, officer = things(pair.target)
    assert made == [
        "/subscriptions/own/resourceGroups/rg-b",
        group,
        "/Microsoft.KeyVault/vaults/ours",
    ]
    assert "/vaults/ours/providers/Microsoft.Authorization/roleAssignments/" in officer


def held(tmp_path: Path, lines: Sequence[LockedArtifact]) -> list[str]:
    """Give the digests of what stands in for the lines of a lock."""
    made = make_stand_ins(originals_of_lock(lines, set()), tmp_path)
    return [list(layout.documents)[-1] for _, layout in made.layouts]


def test_the_files_at_the_root_can_be_rehearsed_as_they_are_cloned() -> None:
    pair = read_pair("", ROOT)

    assert [str(original.artifact) for original in read_images(pair).originals] == [
        "shop/web:latest",
        "shop/web:1.4",
        "shop/web:1.4.2",
        "shop/api:2.0",
        "shop/chart:0.3.0",
    ]
    assert [side.settings.registry for side in pair.sides] == [
        "rg-contoso/contososource",
        "rg-contoso/contosotarget",
    ]


def test_equal_digests_stay_equal_and_a_tag_that_moves_has_other_content(tmp_path: Path) -> None:
    web, moved = found("shop/web:1"), found("shop/web:1", content=1)
    latest = replace(web, artifact=parse_artifact("shop/web:latest"))

    one, same = held(tmp_path, locked([web, latest]))

    assert one == same
    assert held(tmp_path, locked([web])) == [one]
    assert held(tmp_path, locked([moved])) != [one]
    assert one != web.digest, "the content is another one"


def test_the_lock_of_the_stage_keeps_batches_and_their_order(tmp_path: Path) -> None:
    before = locked([found("shop/web:1"), found("shop/api:1")])
    lines = locked([found("shop/web:1", content=1), found("shop/api:1")], before)
    made = make_stand_ins(originals_of_lock(lines, set()), tmp_path)

    here = parse_lock(made.lock("registry", lines), "images.lock").artifacts

    assert [(item.artifact, item.batch, item.earlier) for item in here] == [
        (item.artifact, item.batch, item.earlier) for item in lines
    ]
    assert [item.digest for item in here] == [made.digests[item.digest] for item in lines]


def test_what_is_listed_by_digest_or_tagged_by_one_has_the_digest_of_the_stage(
    tmp_path: Path,
) -> None:
    web = found("shop/web:1")
    tagged = parse_artifact(f"shop/web:{web.digest.replace(':', '-')}.sig")
    lines = locked([web, replace(found("shop/web:2"), artifact=tagged)])

    made = make_stand_ins(originals_of_lock(lines, set()), tmp_path)
    pinned = make_stand_ins(originals_of_list([parse_artifact(f"shop/web@{web.digest}")]), tmp_path)

    names = {str(artifact) for artifact, _ in made.layouts}
    assert names == {"shop/web:1", f"shop/web:{made.digests[web.digest].replace(':', '-')}.sig"}
    ((artifact, layout),) = pinned.layouts
    assert artifact.reference == list(layout.documents)[-1] != web.digest


def made(called: str, created: str, modified: str, **inputs: object) -> MadeResource:
    return MadeResource("azure-native:storage:BlobContainer", called, inputs, {}, created, modified)


def test_a_state_before_and_after_tells_what_was_done_to_each_resource() -> None:
    before = [
        made("same", "1", "1", kept=1),
        made("updated", "1", "1", kept=1, days=60),
        made("replaced", "1", "1", name="a"),
        made("gone", "1", "1"),
    ]
    after = [
        made("same", "1", "1", kept=1),
        made("updated", "1", "2", kept=1, days=30),
        made("replaced", "2", "2", name="b"),
        made("new", "2", "2"),
    ]

    changes = list(changes_between(before, after))

    assert named(changes) == (
        "update BlobContainer updated, replace BlobContainer replaced, create BlobContainer new, "
        "delete BlobContainer gone"
    )
    assert [change.properties for change in changes] == [("days",), ("name",), (), ()]


def test_the_base_is_the_program_and_the_files_of_a_revision(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    project(mine)
    for name in ("__main__.py", "components"):
        (mine / name).unlink()
    repository = Repository(mine)
    config = {"side": "source", "registry": "rg/registry", "images": ["a:1"]}
    write_stack(mine, "target", {"side": "target", "registry": "rg/registry"})
    write_stack(mine, "source", config)
    for name in ("Pulumi.yaml", "Pulumi.source.yaml", "Pulumi.target.yaml"):
        repository.commit(name, (mine / name).read_text())
    repository.commit("__main__.py", "then")
    (mine / "__main__.py").write_text("now")
    write_stack(mine, "source", {**config, "prefix": "changed"})
    write_stack(mine, "new-source", config)
    write_stack(mine, "new-target", {"side": "target", "registry": "rg/registry"})
    pairs = [read_pair("", mine), read_pair("", mine, "new-source", "new-target")]

    bases = pairs_at("HEAD", pairs, tmp_path / "base")

    (base,) = bases.pairs
    assert base.name == "source", "a pair that is new has no earlier state"
    assert base.source.settings.prefix == "acrt"
    assert (tmp_path / "base" / "__main__.py").read_text() == "then"
    assert (tmp_path / "base" / ".venv").resolve() == (ROOT / ".venv").resolve()
    with pytest.raises(WrongUseError, match="--since 'gone' is not valid"):
        pairs_at("gone", pairs, tmp_path / "other")


def test_a_revision_that_cannot_be_laid_out_is_wrong_use_with_the_reason(tmp_path: Path) -> None:
    outer = Repository(tmp_path)
    outer.commit("README.md", "before the program")
    mine = tmp_path / "mine"
    pairs = [write_pair(mine)]
    (mine / "elsewhere").symlink_to("/nowhere")
    outer.run("add", "mine/Pulumi.source.yaml", "mine/Pulumi.target.yaml", "mine/elsewhere")
    outer.commit("LICENSE", "with a link")

    with pytest.raises(WrongUseError, match=r"--since 'HEAD~1' is not valid.*git says: fatal"):
        pairs_at("HEAD~1", pairs, tmp_path / "base")
    with pytest.raises(WrongUseError, match=r"--since 'HEAD' is not valid.*elsewhere"):
        pairs_at("HEAD", pairs, tmp_path / "other")


def test_a_lock_that_does_not_fit_its_list_is_named_with_the_command_that_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mine"
    write_pair(folder, {"images_lock": "images.lock"})
    lock = ImagesLock("sourcereg", locked([found("shop/web:1.5")]))
    (folder / "images.lock").write_text(lock.text())

    typed = rehearse(Stage(tmp_path / "never"), monkeypatch, "--dir", str(folder))

    assert typed.code == 1
    assert "shop/web:1.4: no line of the lock has it" in typed.err
    assert f"acr-transfer lock --dir {os.path.relpath(folder)}" in typed.err
    assert typed.last_line == f"acr-transfer rehearse --dir {folder}"
