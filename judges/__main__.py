"""Runs the judges and prints a table: `python -m judges`."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from judges.checkov import judge as checkov
from judges.runner import Result, run_all
from judges.script import FOLDER, Command, read
from judges.stage import Stage, stage
from tools.stopping import exit_by

# In this order: the first one signs in, and the others make registries by its CLI.
JUDGES = ("azure-cli", "oras", "regctl")


def main() -> int:
    """Run the judges; 0 when every command passed, 1 when one failed."""
    parser = argparse.ArgumentParser(prog="python -m judges", description=__doc__)
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there too")
    arguments = parser.parse_args()
    rows: list[tuple[str, Result]] = []
    with stage() as where:
        for judge, result in _results(where):
            rows.append((judge, result))
            print(_line(judge, result), flush=True)
    failed = sum(bool(result.reason) for _, result in rows)
    print(f"{len(rows) - failed} passed, {failed} failed")
    if arguments.markdown:
        arguments.markdown.write_text(_markdown(rows), encoding="utf-8")
    return 1 if failed else 0


def _results(where: Stage) -> Iterator[tuple[str, Result]]:
    for judge in JUDGES:
        for result in run_all(read(FOLDER / f"{judge}.sh"), where.folder, where.environment):
            yield judge, result
    forms = where.folder / "forms"
    forms.mkdir()
    # Its one run is over before the first row.
    for check, reason in checkov.judge(forms, where.environment):
        yield "checkov", Result(Command("What the sides make", check), reason, 0.0)


def _line(judge: str, result: Result) -> str:
    verdict = "failed" if result.reason else "passed"
    line = f"{verdict}  {judge:10} {result.command.name:45} {result.seconds:5.1f} s"
    return f"{line}  {result.reason}".rstrip()


def _markdown(rows: list[tuple[str, Result]]) -> str:
    lines = ["| judge | section | command | verdict | reason |", "|---|---|---|---|---|"]
    for judge, result in rows:
        verdict = "failed" if result.reason else "passed"
        reason = result.reason.replace("|", "\\|")
        cells = (judge, result.command.section, f"`{result.command.name}`", verdict, reason)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    exit_by(main, "no judge is left running")
