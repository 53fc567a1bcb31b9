"""Compare what arrived in the target registry with the source, by digest and for every platform."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.table import Table
from rich.text import Text

from components.model.artifacts import Artifact, parse_artifact
from components.model.contract import RunPart
from transfer.inspection import Inspection, inspect
from transfer.originals import Originals
from transfer.parallel import OnDone, for_each
from transfer.registry.client import Registry, UnreadableError
from transfer.registry.manifest import Form
from transfer.tables import fitting_table
from transfer.verdicts import OUTCOMES, Verdict

_SHOWN_DIGITS = 12
# Left out of a narrow table, the first one first.
_SPARE_COLUMNS = ("blob", "platforms", "source digest", "target digest")


@dataclass(frozen=True)
class Check:
    """One artifact: its digests, the blob that carries it, and the verdict."""

    artifact: str
    run: str
    blob: str
    source_digest: str
    target_digest: str
    platforms: int
    verdict: Verdict
    detail: str = ""
    left_behind: tuple[str, ...] = ()
    """Digests or tags of what refers to the artifact at the source and is not at the target."""


@dataclass(frozen=True)
class Verification:
    """The checks of all artifacts."""

    checks: tuple[Check, ...]

    @property
    def is_complete(self) -> bool:
        """Whether all has arrived that can arrive."""
        return all(OUTCOMES[check.verdict].is_done for check in self.checks)

    @property
    def is_final(self) -> bool:
        """Whether no import changes anything any more."""
        return all(OUTCOMES[check.verdict].is_final for check in self.checks)

    def runs(self, *verdicts: Verdict) -> set[str]:
        """Name the runs that carry an artifact of one of these verdicts."""
        return {check.run for check in self.checks if check.verdict in verdicts}

    def as_json(self) -> dict[str, object]:
        """Give the report for machines."""
        return {
            "complete": self.is_complete,
            "artifacts": [asdict(check) for check in self.checks],
        }

    def summary(self) -> str:
        """Count the verdicts in one line."""
        counts = [
            f"{sum(check.verdict is verdict for check in self.checks)} {verdict}"
            for verdict in Verdict
            if any(check.verdict is verdict for check in self.checks)
        ]
        left_behind = sum(len(check.left_behind) for check in self.checks)
        note = f"; {_behind(left_behind)}" if left_behind else ""
        return f"{len(self.checks)} artifacts: {', '.join(counts)}{note}"

    def notes(self) -> list[str]:
        """Say what is to be known of what counts as done."""
        lines = [
            OUTCOMES[verdict].explain(verdict)
            for verdict in sorted(self.verdicts())
            if OUTCOMES[verdict].is_done and OUTCOMES[verdict].remedy
        ]
        left = [
            f"{check.artifact} has {', '.join(check.left_behind)}"
            for check in self.checks
            if check.left_behind
        ]
        if left:
            lines.append(
                "Signatures, SBOMs and the like stay behind, as a run carries what is listed and "
                f"nothing else. To bring them, list them in images: {'; '.join(left)}."
            )
        return lines

    def verdicts(self) -> set[Verdict]:
        """Give the verdicts that there are."""
        return {check.verdict for check in self.checks}

    def renewed(self, newer: "Verification") -> "Verification":
        """Give the report with some of its checks made anew."""
        by_artifact = {check.artifact: check for check in newer.checks}
        return Verification(tuple(by_artifact.get(check.artifact, check) for check in self.checks))

    def table(self, width: int | None) -> Table:
        """Give the report for people, for a terminal of this width or for none."""
        columns = {
            "artifact": [Text(check.artifact) for check in self.checks],
            "source digest": [Text(_short(check.source_digest)) for check in self.checks],
            "blob": [Text(check.blob) for check in self.checks],
            "target digest": [Text(_short(check.target_digest)) for check in self.checks],
            "platforms": [Text(_count(check.platforms)) for check in self.checks],
            "verdict": [_shown(check) for check in self.checks],
        }
        return fitting_table(columns, _SPARE_COLUMNS, width)


def verify(
    runs: Sequence[RunPart], originals: Originals, target: Registry, on_check: OnDone
) -> Verification:
    """Compare each artifact of the runs; several at a time, in the order of the runs."""
    entries = [(run, parse_artifact(text)) for run in runs for text in run.artifacts]
    checks = for_each(entries, lambda entry: _check(*entry, originals, target), on_check)
    return Verification(tuple(checks))


def _check(run: RunPart, artifact: Artifact, originals: Originals, target: Registry) -> Check:
    source_digest = target_digest = ""
    platforms = 0
    left_behind: tuple[str, ...] = ()
    try:
        source_digest = originals.digest(artifact)
        there = target.manifest(artifact.repository, artifact.reference)
        target_digest = there.digest if there else ""
        if there is None or source_digest != target_digest:
            verdict, detail = _compare(source_digest, target_digest), ""
        else:
            found = inspect(target, artifact.repository, there)
            platforms = found.platforms
            verdict, detail = _judge(artifact, found, originals)
            if OUTCOMES[verdict].is_done:
                left_behind, note = _left_behind(artifact, found, originals, target)
                detail = "; ".join(filter(None, (detail, note)))
    except UnreadableError as error:
        verdict, detail = Verdict.UNREADABLE, error.message
    return Check(
        artifact=str(artifact),
        run=run.name,
        blob=run.blob,
        source_digest=source_digest,
        target_digest=target_digest,
        platforms=platforms,
        verdict=verdict,
        detail=detail,
        left_behind=left_behind,
    )


def _compare(source_digest: str, target_digest: str) -> Verdict:
    if not source_digest:
        return Verdict.GONE_AT_SOURCE
    return Verdict.DIFFERS if target_digest else Verdict.MISSING


def _judge(artifact: Artifact, found: Inspection, originals: Originals) -> tuple[Verdict, str]:
    """Judge an artifact that has the same digest on both sides, and say what is not there."""
    if Form.SCHEMA_1 in found.forms:
        return Verdict.NOT_CARRIED, ""
    lacking_there = originals.lacking(artifact, found.lacking) if found.lacking else set()
    lost = [part.digest for part in found.lacking if part.digest not in lacking_there]
    if lost:
        return Verdict.INCOMPLETE, f"{len(lost)} parts missing, first {lost[0]}"
    broken = [part.digest for part in found.lacking if not part.is_foreign]
    if broken:
        return Verdict.BROKEN_AT_SOURCE, f"{len(broken)} parts missing, first {broken[0]}"
    if Form.UNKNOWN in found.forms:
        return Verdict.UNKNOWN_FORM, ""
    if found.lacking:
        return Verdict.NEEDS_INTERNET, f"{len(found.lacking)} foreign layers"
    return Verdict.ARRIVED, ""


def _left_behind(
    artifact: Artifact, found: Inspection, originals: Originals, target: Registry
) -> tuple[tuple[str, ...], str]:
    """Name what refers to an artifact and has not arrived with it, and say how many that are."""
    try:
        referrers = originals.referrers(artifact, found.manifests)
        left = tuple(
            item for item in referrers if target.manifest(artifact.repository, item) is None
        )
    except UnreadableError:
        return (), "its signatures and SBOMs could not be listed"
    return left, _behind(len(left)) if left else ""


def _behind(count: int) -> str:
    return f"signatures, SBOMs and the like that stay behind: {count}"


def _shown(check: Check) -> Text:
    detail = f" ({check.detail})" if check.detail else ""
    return Text.assemble((check.verdict, OUTCOMES[check.verdict].colour), detail)


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:_SHOWN_DIGITS] or "-"


def _count(platforms: int) -> str:
    if not platforms:
        return "-"
    return "1 platform" if platforms == 1 else f"{platforms} platforms"
