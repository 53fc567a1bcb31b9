"""What a comparison with a commit says of settings by which all is exported or imported again."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from git_support import Repository
from locks import MB, found, lock

from components.model.names import SIDES
from components.model.place_changes import PLACE_KEYS
from fleet.tenants.folder import SHARED_FILE, Tenant
from fleet.tenants.new import SideGiven, make_tenant
from transfer.diff.of_git import diff_against
from transfer.diff.record import Diff
from transfer.diff.words import notes, summary
from transfer.pair import Pair

LOCK = lock([found("shop/api:2.0"), found("shop/web:1.4", 0, 30 * MB)])
REGISTRY = "rg-contoso/contososource"
BASE: dict[str, object] = {"side": "source", "registry": REGISTRY, "images_lock": "images.lock"}
ACCOUNT = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-data/providers/"
    "Microsoft.Storage/storageAccounts/contosodata"
)
ELSEWHERE: dict[str, object] = {
    "registry": "rg-other/contososource",
    "location": "northeurope",
    "resource_group": "rg-transfer",
    "prefix": "other",
    "storage": ACCOUNT,
    "container": "other",
    "storage_access": "managed-identity",
    "storage_redundancy": "Standard_LRS",
}
TARGET: dict[str, object] = {"side": "target", "registry": "rg-contoso/contosotarget"}
Change = Callable[..., Diff]


def write(project: Path, values: dict[str, object]) -> None:
    config = {f"acr-transfer:{key}": value for key, value in values.items()}
    (project / f"Pulumi.{values['side']}.yaml").write_text(yaml.safe_dump({"config": config}))


@pytest.fixture
def change(tmp_path: Path) -> Change:
    """Compare a source with a commit, after which its settings alone have changed."""
    return changed(tmp_path, BASE)


@pytest.fixture
def change_target(tmp_path: Path) -> Change:
    """Compare with a commit after which the settings of the target alone have changed."""
    write(tmp_path, BASE)
    return changed(tmp_path, TARGET)


def changed(tmp_path: Path, base: dict[str, object]) -> Change:
    def compare(before: dict[str, object] | None = None, **values: object) -> Diff:
        (tmp_path / "Pulumi.yaml").write_text("name: acr-transfer\n")
        (tmp_path / "images.lock").write_text(LOCK.text())
        write(tmp_path, {**base, **(before or {})})
        repository = Repository(tmp_path)
        repository.run("add", ".")
        assert repository.run("commit", "--quiet", "--message", "Before") == 0
        write(tmp_path, {**base, **values})
        return diff_against("main", Pair(directory=tmp_path))

    return compare


@pytest.mark.parametrize("key", PLACE_KEYS)
def test_a_setting_that_makes_all_be_exported_again_is_named_and_counted(
    change: Change, key: str
) -> None:
    made = change(**{key: ELSEWHERE[key]})

    assert summary(made) == "1 new run would move 2 artifacts (55.0 MB). 2 exported again."
    (note,) = notes(made)
    assert note.startswith("The source side changes: ")
    assert f"{key} from " in note
    assert "All images are exported again." in note


def test_a_setting_that_is_taken_back_is_named_too(change: Change) -> None:
    made = change({"location": "northeurope"})

    assert made.would_move
    assert "location from 'northeurope' to 'that of the registry'" in notes(made)[0]


def test_another_attempt_repeats_all_runs(change: Change) -> None:
    made = change(rerun=1)

    assert (made.bytes_to_move, made.kept_runs) == (55 * MB, ())
    assert notes(made) == ["The source side changes: rerun from 0 to 1. All its runs are repeated."]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"vault": "roles"},
        {"sas_days": 20},
        {"options": ["OverwriteBlobs"]},
        {"registry": REGISTRY.upper().replace("RG", "rg")},
        {"storage_redundancy": "Standard_GZRS"},
    ],
    ids=str,
)
def test_any_other_setting_moves_nothing(change: Change, values: dict[str, object]) -> None:
    made = change(**values)

    assert (made.would_move, notes(made)) == (False, [])


def test_another_vault_moves_nothing_although_it_is_of_the_place(change: Change) -> None:
    vault = ACCOUNT.replace("Storage/storageAccounts", "KeyVault/vaults")

    made = change(vault=vault)

    assert (made.would_move, notes(made)) == (False, [])


@pytest.mark.parametrize("key", PLACE_KEYS)
def test_a_setting_that_makes_all_be_imported_again_is_named_and_counted(
    change_target: Change, key: str
) -> None:
    made = change_target(**{key: ELSEWHERE[key]})

    assert made.would_move
    assert summary(made) == "2 artifacts would be imported again. 2 unchanged; 1 run stays."
    (note,) = notes(made)
    assert note.startswith(f"The target side changes: {key} from ")
    assert "All blobs have to arrive and to be imported again" in note


@pytest.mark.parametrize(
    ("before", "values", "said"),
    [
        ({}, {"blobs": "shared"}, "blobs from 'copied' to 'shared'. All blobs are imported again."),
        (
            {},
            {"import_by": "runs"},
            "import_by from 'trigger' to 'runs'. All blobs are imported again.",
        ),
        (
            {"import_by": "runs"},
            {"import_by": "runs", "rerun": 1},
            "rerun from 0 to 1. All its runs are repeated.",
        ),
    ],
    ids=["blobs", "runs", "rerun"],
)
def test_a_target_that_imports_otherwise_imports_all_again(
    change_target: Change, before: dict[str, object], values: dict[str, object], said: str
) -> None:
    made = change_target(before, **values)

    assert (made.imported_again, made.bytes_to_move) == (2, 0)
    assert notes(made) == [f"The target side changes: {said}"]


@pytest.mark.parametrize(
    ("before", "values"),
    [
        ({}, {}),
        ({}, {"rerun": 1}),
        ({"import_by": "runs"}, {}),
        ({}, {"options": ["OverwriteTags"]}),
        ({}, {"vault": "roles"}),
    ],
    ids=str,
)
def test_any_other_setting_of_the_target_moves_nothing(
    change_target: Change, before: dict[str, object], values: dict[str, object]
) -> None:
    made = change_target(before, **values)

    assert (made.would_move, made.imported_again, notes(made)) == (False, 0, [])


@pytest.mark.parametrize("text", ["config: {acr-transfer:side: source}", "config: ["])
def test_settings_that_were_not_valid_are_told_and_nothing_is_counted(
    tmp_path: Path, text: str
) -> None:
    repository = Repository(tmp_path)
    repository.commit("Pulumi.yaml", "name: acr-transfer\n")
    repository.commit("images.lock", LOCK.text())
    repository.commit("Pulumi.source.yaml", text)
    write(tmp_path, BASE)

    made = diff_against("main", Pair(directory=tmp_path))

    assert not made.would_move
    assert notes(made) == [
        "The settings of stack 'source' at main are not valid, so it is not known whether a "
        "change of them makes all images be exported again."
    ]


def test_a_stack_that_a_commit_does_not_have_changes_no_setting(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: acr-transfer\n")
    Repository(tmp_path).commit("images.lock", LOCK.text())
    write(tmp_path, {**BASE, "location": "northeurope"})

    made = diff_against("main", Pair(directory=tmp_path))

    assert (made.would_move, notes(made)) == (False, [])


@pytest.mark.parametrize(
    ("section", "of_tenant", "moves"),
    [("source", {}, True), ("target", {}, True), ("both", {"location": "westeurope"}, False)],
    ids=["of sources", "of targets", "the tenant says its own"],
)
def test_what_all_tenants_share_counts_where_the_tenant_says_nothing_itself(
    tmp_path: Path, section: str, of_tenant: dict[str, str], *, moves: bool
) -> None:
    (tmp_path / SHARED_FILE).write_text("both: {}\n")
    tenant = Tenant(tmp_path, "contoso")
    make_tenant(tenant, {"source": SideGiven(REGISTRY), "target": SideGiven("rg/contosotarget")})
    for side in SIDES:
        file = tenant.stack_file(side)
        entries = yaml.safe_load(file.read_text())
        entries["config"] |= {f"acr-transfer:{key}": value for key, value in of_tenant.items()}
        file.write_text(yaml.safe_dump(entries))
    (tenant.folder / "images.lock").write_text(LOCK.text())
    repository = Repository(tmp_path)
    repository.run("add", ".")
    assert repository.run("commit", "--quiet", "--message", "Before") == 0
    (tmp_path / SHARED_FILE).write_text(f"{section}: {{acr-transfer:location: northeurope}}\n")

    made = diff_against("main", Pair(directory=tenant.folder))

    assert made.would_move is moves
    assert len(notes(made)) == moves
