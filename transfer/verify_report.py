"""The report of a verification: one record for people and for machines."""

from typing import Literal, Self

import pydantic
from rich.table import Table
from rich.text import Text

from transfer.console import Console
from transfer.reports import Report
from transfer.tables import NOTHING, fitting_table, short_digest
from transfer.verdicts import OUTCOMES
from transfer.verify import Check, Verification, exit_code_of

# Left out of a narrow table, the first one first.
_SPARE_COLUMNS = ("blob", "platforms", "source digest", "locked digest", "target digest")


class VerifyReport(Report):
    """What became of each artifact of a transfer."""

    complete: bool = pydantic.Field(description="Whether all has arrived that can arrive.")
    exit_code: Literal[0, 1, 3] = pydantic.Field(
        description="0: complete. 3: all that is not as it should be is drift, content at the "
        "target other than the lock's. 1: anything else."
    )
    depth: Literal["manifests", "layers"] = pydantic.Field(
        description="Whether every manifest of every platform was looked for, or every layer, too."
    )
    summary: str = pydantic.Field(description="How many artifacts have which verdict, in words.")
    artifacts: tuple[Check, ...] = pydantic.Field(
        description="One entry for each artifact, in the order of the runs."
    )

    @pydantic.model_validator(mode="after")
    def _agrees_with_its_artifacts(self) -> Self:
        code = exit_code_of(self.artifacts)
        if (self.complete, self.exit_code) != (code == 0, code):
            raise ValueError(f"the artifacts ask for exit code {code}, not {self.exit_code}")
        return self

    def show(self, console: Console) -> None:
        """Print what people read."""
        console.rich.print(self.table(console.table_width))
        for line in (self.summary, *self.notes()):
            console.line(line)

    def notes(self) -> list[str]:
        """Say what is to be known of what counts as done."""
        lines = [
            OUTCOMES[verdict].explain(verdict)
            for verdict in sorted({check.verdict for check in self.artifacts})
            if OUTCOMES[verdict].is_done and OUTCOMES[verdict].remedy
        ]
        left = [
            f"{check.artifact} has {', '.join(check.left_behind)}"
            for check in self.artifacts
            if check.left_behind
        ]
        if left:
            lines.append(
                "Signatures, SBOMs and the like stay behind, as a run carries what is listed and "
                f"nothing else. To bring them, list them in images: {'; '.join(left)}."
            )
        return lines

    def table(self, width: int | None) -> Table:
        """Give the report for people, for a terminal of this width or for none."""
        checks = self.artifacts
        expected = "locked" if any(check.locked for check in checks) else "source"
        columns = {
            "artifact": [Text(check.artifact) for check in checks],
            f"{expected} digest": [Text(short_digest(check.source_digest)) for check in checks],
            "blob": [Text(check.blob) for check in checks],
            "target digest": [Text(short_digest(check.target_digest)) for check in checks],
            "platforms": [Text(_count(check.platforms)) for check in checks],
            "verdict": [_shown(check) for check in checks],
        }
        spare = [title for title in _SPARE_COLUMNS if title in columns]
        return fitting_table(columns, spare, width)


def report_of(found: Verification) -> VerifyReport:
    """Make the report of a verification."""
    return VerifyReport.model_validate(
        {
            "complete": found.is_complete,
            "exit_code": found.exit_code,
            "depth": "layers" if found.is_deep else "manifests",
            "summary": found.summary(),
            "artifacts": found.checks,
        }
    )


def _shown(check: Check) -> Text:
    detail = f" ({check.detail})" if check.detail else ""
    return Text.assemble((check.verdict, OUTCOMES[check.verdict].colour), detail)


def _count(platforms: int) -> str:
    if not platforms:
        return NOTHING
    return "1 platform" if platforms == 1 else f"{platforms} platforms"
