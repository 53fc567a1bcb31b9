"""Where reports and logs of a checkout lie: on this machine, and not in git."""

from pathlib import Path

import pydantic

from fleet.journal import Journal
from fleet.records import FleetReport
from fleet.tasks import Verb

_FOLDER = Path(".acr-transfer") / "fleet"


def folder_of(root: Path) -> Path:
    """Give the folder, which git is told to leave out."""
    folder = root / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder.parent / ".gitignore").write_text("*\n", encoding="utf-8")
    return folder


def read_last(root: Path, verb: Verb) -> FleetReport | None:
    """Read the last report of a verb; None where there is none that can be read.

    Of a call that was killed it is made of the rows that had ended.
    """
    if rows := journal(root, verb).read():
        return FleetReport(command=verb, seconds=0, rows=rows)
    try:
        return FleetReport.model_validate_json(_file(root, verb).read_bytes())
    except (OSError, pydantic.ValidationError):
        return None


def journal(root: Path, verb: Verb) -> Journal:
    """Give what keeps the rows of a verb as they end."""
    return Journal(_file(root, verb).with_suffix(".rows"))


def keep(root: Path, verb: Verb, report: FleetReport) -> None:
    """Write the report of a verb whole, or not at all.

    Raises:
        pydantic.ValidationError: it does not fit its own schema.
    """
    file = folder_of(root) / _file(root, verb).name
    unfinished = file.with_suffix(".new")
    unfinished.write_text(report.as_json(), encoding="utf-8")
    unfinished.replace(file)


def _file(root: Path, verb: Verb) -> Path:
    return root / _FOLDER / f"{verb}.json"
