"""The example stack files: each is a whole side, and is named where the arrangements are told."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from stack_program import run

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "examples" / "arrangements").glob("*.yaml"))


def config_of(file: Path) -> dict[str, Any]:
    keys: dict[str, Any] = yaml.safe_load(file.read_text())["config"]
    return {key.removeprefix("acr-transfer:"): value for key, value in keys.items()}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
@pytest.mark.parametrize("preview", [True, False])
def test_an_example_is_a_whole_side(file: Path, preview: bool) -> None:
    recording = run(config_of(file), preview=preview)

    made = {item.type for item in recording.registrations}
    assert any(item.endswith(("ExportPipeline", "ImportPipeline")) for item in made)
    if not preview:
        assert recording.result["side"] == file.suffixes[0].removeprefix(".")


def test_every_example_is_named_among_the_arrangements() -> None:
    page = (ROOT / "docs" / "arrangements.md").read_text()

    assert [file.name for file in FILES if f"examples/arrangements/{file.name}" not in page] == []
