"""A command in the folder of each tenant: all are done, and the worst of them is told."""

import json
from pathlib import Path

import pytest
from git_support import Repository
from locks import found, lock
from typer.testing import CliRunner, Result

from components.model.names import SIDES
from fleet.cli import app
from fleet.tenants.folder import Tenant
from fleet.tenants.new import SideGiven, make_tenant

TENANTS = ("contoso", "fabrikam")


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout in git with two tenants, each of which moves one image."""
    text = lock([found("shop/web:1.4")]).text()
    for name in TENANTS:
        tenant = Tenant(tmp_path, name)
        make_tenant(tenant, {side: SideGiven("rg/contososource") for side in SIDES})
        (tenant.folder / "images.yaml").write_text("images: [shop/web:1.4]\n")
        (tenant.folder / "images.lock").write_text(text)
    repository = Repository(tmp_path)
    repository.run("add", ".")
    repository.commit("README.md", "Tenants\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def typed(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_each_is_done_though_one_fails_and_the_command_for_it_is_told(root: Path) -> None:
    (root / "tenants/contoso/images.yaml").write_text("images: [shop/web:1.5]\n")

    done = typed("each", "lock --check --offline", "--all")

    assert done.exit_code == 3
    assert "contoso: exit code 3" in done.stdout
    assert "acr-transfer lock --dir tenants/contoso" in done.stdout
    assert "fabrikam: exit code 0\nimages.lock: 1 artifacts, 0 differences" in done.stdout
    assert done.stderr.splitlines()[-1] == (
        "acr-transfer fleet each 'lock --check --offline' contoso"
    )


def test_a_failure_is_told_before_a_difference(root: Path) -> None:
    (root / "tenants/contoso/images.yaml").write_text("images: [shop/web:1.5]\n")
    (root / "tenants/fabrikam/images.lock").unlink()

    assert typed("each", "lock --check --offline", *TENANTS).exit_code == 2


def test_what_each_prints_goes_into_a_file_of_its_own() -> None:
    done = typed("each", "diff --against main --json", "--all", "--into", "records")

    assert done.exit_code == 0
    for name in TENANTS:
        record = json.loads(Path("records", name, "diff.json").read_text())
        assert record["unchanged"] == 1
    assert "unchanged" not in done.stdout


def test_the_names_of_changed_tenants_stand_on_one_line(root: Path) -> None:
    (root / "tenants/fabrikam/images.yaml").write_text("images: [shop/web:1.5]\n")

    assert typed("names").stdout == "contoso fabrikam\n"
    assert typed("names", "--changed-since", "main").stdout == "fabrikam\n"


def test_where_nothing_has_changed_no_name_is_printed() -> None:
    assert typed("names", "--changed-since", "main").stdout.strip() == ""


def test_the_tenants_are_said() -> None:
    done = typed("each", "lock --check --offline")

    assert done.exit_code == 2
    assert "Name tenants, or give one of --all" in done.stderr
