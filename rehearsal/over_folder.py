"""A whole transfer over a folder, as to a target that cannot reach its source."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from components.model.names import Side
from components.model.settings import TargetSettings
from transfer.console import Console
from transfer.handover import HAND_OVER
from transfer.session import Session
from transfer.stacks import Stack
from transfer.verify import Verification
from transfer.whole_transfer import IMPORT_RUNS


def transfer_over_folder(
    session: Session,
    stacks: Mapping[Side, Stack],
    settings: TargetSettings,
    file: Path,
    console: Console,
    wait_seconds: float,
) -> Verification:
    """Do what docs/air-gap.md has people type on both machines.

    Args:
        settings: Of the target, which names the hand-over file.
        file: Where it is to lie.
    """
    with tempfile.TemporaryDirectory(prefix="acr-transfer-disk-") as folder:
        disk = Path(folder)
        with console.step("source up"):
            stacks["source"].up()
        session.copy_to_folder(disk)
        shutil.copy(disk / HAND_OVER, file)
        imports_by_runs = settings.import_by != "trigger"
        with console.step("target up"):
            stacks["target"].up([IMPORT_RUNS] if imports_by_runs else ())
        session.copy_from_folder(disk)
        if imports_by_runs:
            with console.step("target up, with its import runs"):
                stacks["target"].up()
        return session.verify_file(file, wait_seconds, is_deep=True)
