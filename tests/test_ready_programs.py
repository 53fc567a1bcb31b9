"""What is forked from `ready_programs` ends as a process of its own does."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "script",
    ["import sys; sys.exit()", "import sys; sys.exit(3)", "import sys; sys.exit('why')", "1 / 0"],
)
def test_a_script_ends_with_the_same_code_and_words(
    script: str, quick_start: Mapping[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "acr-transfer"
    file.write_text(script)

    def run(variables: Mapping[str, str]) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, str(file)],
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr.rpartition("\n")[0].rpartition("\n")[2]

    assert run(quick_start) == run({})
