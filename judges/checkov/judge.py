"""Has Checkov judge what the sides make, and holds its verdicts against docs/security.md.

A check that fails has to stand among the page's waivers, and a waiver's check has to fail.
"""

import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judges.checkov.arm import arm_template
from judges.checkov.made import ARRANGEMENTS, made_in
from judges.checkov.terraform import terraform_form

PAGE = Path(__file__).resolve().parents[2] / "docs" / "security.md"
_WAIVED = "## Waived, with the reason"
_ID = re.compile(r"CKV2?_AZURE_\d+")
_LIMIT_SECONDS = 300


@dataclass(frozen=True)
class Outcome:
    """What a check said in all arrangements and both forms."""

    passed: frozenset[str]
    """Resources that pass, each with its form and arrangement."""
    failed: frozenset[str]


def judge(folder: Path, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Run Checkov in an empty folder, and give each check with why it is not met, or ""."""
    _write_forms(folder)
    text = PAGE.read_text(encoding="utf-8")
    return verdicts(_outcomes(_run(folder, environment)), waived(text), claimed(text))


def waived(page: str) -> set[str]:
    """Give the checks that the page waives: those in the first cells of the table of waivers."""
    rows = _section(page).splitlines()
    return {
        found for row in rows if row.startswith("|") for found in _ID.findall(row.split("|")[1])
    }


def claimed(page: str) -> set[str]:
    """Give the checks that the page calls met."""
    return set(_ID.findall(page.replace(_section(page), "")))


def verdicts(
    outcomes: Mapping[str, Outcome], waived: set[str], claimed: set[str]
) -> Iterator[tuple[str, str]]:
    """Give each check with why it is not met, or ""."""
    for check in sorted(outcomes.keys() | waived | claimed, key=_by_number):
        found = outcomes.get(check, Outcome(frozenset(), frozenset()))
        reason = ""
        if found.failed and check not in waived:
            reason = f"fails on {min(found.failed)}: mend it, or argue it in docs/security.md"
        elif check in waived and not found.failed:
            reason = "fails nowhere: take it from the waivers of docs/security.md"
        elif check in claimed and not found.passed:
            reason = "is nowhere looked at: take it from the tables of docs/security.md"
        yield check, reason


def _section(page: str) -> str:
    return page.partition(_WAIVED)[2].partition("\n## ")[0]


def _by_number(check: str) -> tuple[str, int]:
    kind, _, number = check.rpartition("_")
    return kind, int(number)


def _write_forms(folder: Path) -> None:
    for arrangement in ARRANGEMENTS:
        made = made_in(arrangement)
        below = folder / arrangement
        below.mkdir()
        (below / "template.json").write_text(json.dumps(arm_template(made)), encoding="utf-8")
        (below / "main.tf").write_text(terraform_form(made), encoding="utf-8")


def _run(folder: Path, environment: Mapping[str, str]) -> list[dict[str, Any]]:
    options = ["--framework", "arm", "terraform", "--output", "json", "--compact", "--soft-fail"]
    done = subprocess.run(
        # Told so, it asks its makers' platform for nothing.
        ["checkov", "--directory", str(folder), *options, "--skip-download"],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=True,
        timeout=_LIMIT_SECONDS,
    )
    reports: list[dict[str, Any]] = json.loads(done.stdout)
    return reports


def _outcomes(reports: Iterable[Mapping[str, Any]]) -> dict[str, Outcome]:
    """Gather what the reports on both forms say of each check."""
    passed: dict[str, set[str]] = defaultdict(set)
    failed: dict[str, set[str]] = defaultdict(set)
    for report in reports:
        for kind, of_check in (("passed_checks", passed), ("failed_checks", failed)):
            for found in report["results"][kind]:
                where = f"{found['file_path'].lstrip('/')} {found['resource']}"
                of_check[found["check_id"]].add(where)
    return {
        check: Outcome(frozenset(passed[check]), frozenset(failed[check]))
        for check in {*passed, *failed}
    }
