"""The rehearsal has files of its own, whatever the checkout holds."""

from pathlib import Path

import pytest
from typing_extensions import override

from components.model.configuration import load_settings
from demo.registries import REGISTRIES, RESOURCE_GROUP
from demo.stage import Stage
from transfer.stack_file import read_entries

ROOT = Path(__file__).parent.parent


class StageWithoutCloud(Stage):
    """A stage on which no emulator is started."""

    @override
    def _emulator(self, *arguments: str) -> str:
        assert arguments
        return ""


@pytest.fixture
def used_checkout(tmp_path: Path) -> Path:
    """A checkout in which somebody has edited every file of the project."""
    root = tmp_path / "checkout"
    root.mkdir()
    for name in ("Pulumi.yaml", "Pulumi.source.yaml", "Pulumi.target.yaml", "images.yaml"):
        (root / name).write_text("encryptionsalt: v1:OF-THE-USER\n")
    return root


def test_the_rehearsal_takes_no_file_that_a_user_edits(used_checkout: Path) -> None:
    stage = StageWithoutCloud(used_checkout)

    stage.set_up()

    files = [file for file in stage.project.iterdir() if not file.is_symlink()]
    assert {file.name for file in files} == {
        "Pulumi.yaml",
        "Pulumi.source.yaml",
        "Pulumi.target.yaml",
        "images.yaml",
    }
    assert not any("OF-THE-USER" in file.read_text() for file in files)


@pytest.mark.parametrize("folder", [ROOT, ROOT / "demo" / "project"], ids=["clone", "rehearsal"])
@pytest.mark.parametrize("side", ["source", "target"])
def test_the_stack_files_of_a_clone_and_of_the_rehearsal_fit_its_registries(
    folder: Path, side: str
) -> None:
    entries = read_entries(folder / f"Pulumi.{side}.yaml")
    config = {key: str(entry["value"]) for key, entry in entries.items()}
    # The rehearsal writes its lock first.
    config.pop("acr-transfer:images_lock", None)

    settings = load_settings(config, side, folder, {})

    assert settings.side == side
    assert settings.registry in {f"{RESOURCE_GROUP}/{name}" for name in REGISTRIES}
