"""How a tenant ends: its target, its source, its stacks, its folder; the lock stays."""

import shutil
from pathlib import Path

import pytest
from conftest_emulator import ROOT
from scripted_engine import ScriptedEngine, machine_of
from transfer_support import plain_console
from typer.testing import CliRunner

from fleet.command import Fleet
from fleet.tenants.folder import Tenant, tenants_of
from fleet.tenants.remove import remove_tenant
from transfer.cli import app
from transfer.engine import EngineError, EngineStoppedError, NoSuchStackError
from transfer.errors import CommandFailedError, StoppedError
from transfer.stopping import Asked

ALL_STEPS = [
    "destroy contoso-target",
    "destroy contoso-source",
    "stack rm contoso-target",
    "stack rm contoso-source",
]
PROTECTED = EngineError((), ("error: resource source-vault cannot be deleted: it is protected",))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with two of the tenants of this repository."""
    for name in ("contoso", "fabrikam"):
        shutil.copytree(ROOT / "tenants" / name, tmp_path / "tenants" / name)
    shutil.copy(ROOT / "tenants.yaml", tmp_path)
    return tmp_path


def files(root: Path) -> list[str]:
    return sorted(file.name for file in (root / "tenants/contoso").rglob("*"))


def remove(root: Path, answers: dict[str, str | Exception]) -> tuple[Path | None, ScriptedEngine]:
    engine = ScriptedEngine(answers)
    console, _ = plain_console()
    try:
        lock = remove_tenant(Fleet(root, machine_of(engine), console), Tenant(root, "contoso"))
    except CommandFailedError as error:
        error.add_note(str(engine.asked))
        raise
    return lock, engine


def test_the_target_ends_before_the_source_and_the_folder_last(root: Path) -> None:
    lock, engine = remove(root, {})

    assert engine.asked == ALL_STEPS
    assert lock == root / "tenants/contoso/images.lock"
    assert files(root) == ["images.lock"]
    assert [tenant.name for tenant in tenants_of(root)] == ["fabrikam"]


def test_the_files_of_the_stacks_outlive_each_of_them(root: Path) -> None:
    _, engine = remove(root, {})

    removed = [words for words in engine.typed if "rm" in words]
    assert [("--preserve-config" in words) for words in removed] == [True, True]


def test_without_a_lock_nothing_of_the_folder_stays(root: Path) -> None:
    (root / "tenants/contoso/images.lock").unlink()

    lock, _ = remove(root, {})

    assert lock is None
    assert not (root / "tenants/contoso").exists()


def test_a_lock_of_another_name_stays_too_and_files_of_the_person_go(root: Path) -> None:
    folder = root / "tenants/contoso"
    (folder / "images.lock").rename(folder / "web.lock")
    file = folder / "Pulumi.contoso-source.yaml"
    file.write_text(file.read_text().replace("images.lock", "web.lock"))
    (folder / "notes").mkdir()
    (folder / "notes" / "README.md").touch()

    remove(root, {})

    assert files(root) == ["web.lock"]


@pytest.mark.parametrize("step", ["destroy contoso-target", "destroy contoso-source"])
def test_what_cannot_be_destroyed_keeps_the_stacks_and_the_folder(root: Path, step: str) -> None:
    before = files(root)

    with pytest.raises(CommandFailedError, match="it is protected") as caught:
        remove(root, {step: PROTECTED})

    assert f"stack '{step.partition(' ')[2]}' is left" in str(caught.value)
    assert "stack rm" not in str(caught.value.__notes__)
    assert files(root) == before


def test_a_stack_that_cannot_be_removed_keeps_the_folder(root: Path) -> None:
    before = files(root)

    with pytest.raises(CommandFailedError, match="contoso is not removed:\nerror: no bucket"):
        remove(root, {"stack rm contoso-source": EngineError((), ("error: no bucket",))})

    assert files(root) == before


def test_who_stops_it_is_told_so(root: Path) -> None:
    stopped = EngineStoppedError(Asked(1), (), ())

    with pytest.raises(StoppedError, match="contoso is not removed"):
        remove(root, {"destroy contoso-target": stopped})

    assert "Pulumi.yaml" in files(root)


def test_a_second_time_goes_on_where_the_first_one_ended(root: Path) -> None:
    gone = NoSuchStackError((), ("error: no stack named 'contoso-target' found",))
    (root / "tenants/contoso/Pulumi.contoso-target.yaml").unlink()

    remove(root, {"destroy contoso-target": gone, "stack rm contoso-target": gone})

    assert files(root) == ["images.lock"]


def test_files_that_are_wrong_do_not_keep_a_tenant_from_its_end(root: Path) -> None:
    (root / "tenants/contoso/Pulumi.contoso-source.yaml").write_text("config: [\n")

    remove(root, {})

    assert files(root) == ["images.lock"]


def test_another_name_than_the_tenants_ends_nothing(root: Path) -> None:
    before = files(root)

    done = CliRunner().invoke(
        app, ["tenant", "remove", "contoso", "--dir", str(root)], input="fabrikam\n"
    )

    assert done.exit_code == 2
    assert "That is another name: nothing is done." in done.stderr
    assert files(root) == before


def test_a_tenant_that_does_not_exist_is_asked_about(root: Path) -> None:
    done = CliRunner().invoke(app, ["tenant", "remove", "contosso", "--yes", "--dir", str(root)])

    assert done.exit_code == 2
    assert "Did you mean contoso?" in done.stderr
