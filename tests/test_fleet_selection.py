"""Which tenants a command is about."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from components.model.errors import SettingsError
from components.model.names import SIDES
from fleet.cli import app
from fleet.records import FleetReport, Reason, Result, Row
from fleet.selection import Wanted, changed_since, left_behind, only_bad, select
from fleet.tasks import Verb, plan
from fleet.tenants.folder import Tenant, tenants_of
from fleet.tenants.new import SideGiven, make_tenant
from transfer.errors import WrongUseError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout in git, with three tenants; one of them has a tag of its own."""
    (tmp_path / "tenants.yaml").write_text("both:\n  acr-transfer:tags: {ring: late}\n")
    for name in ("adatum", "contoso", "fabrikam"):
        sides = {side: SideGiven("rg/registry1") for side in SIDES}
        make_tenant(Tenant(tmp_path, name), sides)
    with Tenant(tmp_path, "contoso").stack_file("target").open("a") as file:
        file.write("  acr-transfer:tags: {ring: early}\n")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "base")
    return tmp_path


def git(root: Path, *words: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *words], cwd=root, check=True, capture_output=True)


def chosen(root: Path, last: FleetReport | None = None, **wanted: Any) -> list[str]:
    return [tenant.name for tenant in select(root, Wanted(**wanted), last)]


def report(*rows: Row) -> FleetReport:
    return FleetReport(command="up", seconds=1, rows=rows)


def bad(tenant: str, side: str, result: Result = Result.FAILED) -> Row:
    return Row(tenant=tenant, stack=f"{tenant}-{side}", result=result, reason=Reason.ENGINE)


def test_all_are_all_by_name(root: Path) -> None:
    assert chosen(root, is_all=True) == ["adatum", "contoso", "fabrikam"]


def test_named_ones_are_these_and_unknown_ones_are_asked_about(root: Path) -> None:
    assert chosen(root, names=("fabrikam", "contoso", "fabrikam")) == ["fabrikam", "contoso"]
    with pytest.raises(SettingsError, match="2 problems"):
        chosen(root, names=("contos", "fabricam"))


@pytest.mark.parametrize("wanted", [{}, {"is_all": True, "names": ("contoso",)}])
def test_one_way_is_given_and_no_more(root: Path, wanted: dict[str, Any]) -> None:
    with pytest.raises(WrongUseError, match="Name tenants, or give one of"):
        chosen(root, **wanted)


def test_a_change_in_a_folder_is_of_that_tenant(root: Path) -> None:
    (root / "tenants/contoso/images.yaml").write_text("images: [a]\n")
    (root / "tenants/fabrikam/images.lock").touch()
    (root / "README.md").touch()

    assert chosen(root, changed_since="main") == ["contoso", "fabrikam"]


@pytest.mark.parametrize("file", ["tenants.yaml", "components/new.py", "__main__.py"])
def test_a_change_of_what_all_share_is_of_all(root: Path, file: str) -> None:
    (root / file).parent.mkdir(exist_ok=True)
    (root / file).write_text("# changed\n")

    assert chosen(root, changed_since="main") == ["adatum", "contoso", "fabrikam"]


def test_a_tenant_that_becomes_another_one_is_told_as_removed(root: Path) -> None:
    git(root, "mv", "tenants/contoso", "tenants/northwind")

    found = changed_since("main", root)

    assert [tenant.name for tenant in found.tenants] == ["northwind"]
    assert found.removed == ("contoso",)


def test_a_file_that_moves_from_a_tenant_to_another_one_changes_both(root: Path) -> None:
    (root / "tenants/contoso/notes.md").write_text("a\nlong\nenough\nfile\n")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--amend", "--no-edit")
    git(root, "mv", "tenants/contoso/notes.md", "tenants/fabrikam/notes.md")

    assert chosen(root, changed_since="HEAD") == ["contoso", "fabrikam"]


def test_a_revision_that_git_does_not_know_is_refused(root: Path) -> None:
    with pytest.raises(WrongUseError, match=r"--changed-since 'nowhere' is not valid: git says"):
        chosen(root, changed_since="nowhere")


def test_a_revision_is_never_an_option_of_git(root: Path) -> None:
    with pytest.raises(WrongUseError, match=r"'--output=written' is not valid: git says"):
        chosen(root, changed_since="--output=written")

    assert not (root / "written").exists()


def test_a_changed_file_may_have_any_name(root: Path) -> None:
    (root / "tenants/contoso/naïve list.yaml").touch()

    assert chosen(root, changed_since="main") == ["contoso"]


def test_a_tag_is_looked_for_on_both_sides(root: Path) -> None:
    assert chosen(root, tag="ring=early") == ["contoso"]
    assert chosen(root, tag="ring=late") == ["adatum", "contoso", "fabrikam"]
    with pytest.raises(WrongUseError, match="write it as owner=platform"):
        chosen(root, tag="ring")


def test_failed_ones_are_those_of_the_last_report(root: Path) -> None:
    last = report(
        Row(tenant="adatum", stack="adatum-source", result=Result.DONE),
        bad("contoso", "target"),
        bad("fabrikam", "source"),
        bad("fabrikam", "target", Result.NOT_REACHED),
    )

    assert chosen(root, last, is_failed=True) == ["contoso", "fabrikam"]
    with pytest.raises(WrongUseError, match="there is no report of an earlier call"):
        chosen(root, is_failed=True)


def test_of_a_failed_tenant_the_stack_that_ended_well_is_left_alone(root: Path) -> None:
    last = report(
        bad("contoso", "target"),
        bad("fabrikam", "source"),
        bad("fabrikam", "target", Result.NOT_REACHED),
    )

    todo = only_bad(plan(Verb.UP, tenants_of(root)), last)

    assert [task.name for task in todo.tasks] == [
        "contoso-target",
        "fabrikam-source",
        "fabrikam-target",
    ]
    assert [(task.name, earlier.name) for task, earlier in todo.before.items()] == [
        ("fabrikam-target", "fabrikam-source")
    ]


def test_a_tenant_whose_files_are_gone_is_named_with_what_ends_it(root: Path) -> None:
    shutil.rmtree(root / "tenants/fabrikam")

    (said,) = left_behind(root, "main")

    assert said.endswith("acr-transfer tenant remove fabrikam")
    assert left_behind(root, None) == []


def test_the_names_of_removed_tenants_are_asked_for_since_a_revision_alone(root: Path) -> None:
    shutil.rmtree(root / "tenants/fabrikam")
    place = ("names", "--dir", str(root), "--removed")

    told = CliRunner().invoke(app, [*place, "--changed-since", "main"])
    refused = CliRunner().invoke(app, place)

    assert (told.exit_code, told.stdout) == (0, "fabrikam\n")
    assert (refused.exit_code, refused.stdout) == (2, "")
