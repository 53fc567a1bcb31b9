"""Where reports and logs of a checkout lie: on this machine, and not in git."""

from pathlib import Path

import pydantic

from fleet.journal import Journal
from fleet.records import FleetReport
from fleet.tasks import Verb
from transfer.errors import WrongUseError

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


def read_report(file: Path) -> FleetReport:
    """Read a report of another machine.

    Raises:
        WrongUseError: the file cannot be read, or holds something else.
    """
    try:
        return FleetReport.model_validate_json(file.read_bytes())
    except OSError as error:
        rule = f"it cannot be read ({error.strerror})"
    except pydantic.ValidationError:
        rule = "it is no report of acr-transfer fleet"
    raise WrongUseError(
        f"--report {str(file)!r} is not valid: {rule}. Name a file that --json has written."
    )


def keep(root: Path, verb: Verb, report: FleetReport) -> None:
    """Keep the report of a verb in place of the last one.

    Raises:
        pydantic.ValidationError: it does not fit its own schema.
    """
    write_whole(folder_of(root) / _file(root, verb).name, report.as_json())


def write_whole(file: Path, text: str) -> None:
    """Write a file whole, or not at all."""
    unfinished = file.with_suffix(".new")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(file)


def _file(root: Path, verb: Verb) -> Path:
    return root / _FOLDER / f"{verb}.json"
