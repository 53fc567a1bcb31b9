"""Compare what the target registry holds with the source or its lock, by digest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pydantic.dataclasses
from pydantic import Field

from components.model.artifacts import Artifact, parse_artifact
from components.model.contract import RunPart
from transfer.ending import DIFFERS, FAILED
from transfer.inspection import Inspection, inspect
from transfer.originals import Originals
from transfer.parallel import OnDone, for_each
from transfer.registry.client import Registry, UnreadableError
from transfer.registry.manifest import Form, Manifest
from transfer.reports import REPORT_CONFIG
from transfer.verdicts import OUTCOMES, Verdict


@pydantic.dataclasses.dataclass(frozen=True, config=REPORT_CONFIG)
class Check:
    """One artifact: its digests, the blob that carries it, and the verdict."""

    artifact: str = Field(description="As the list or the lock names it.")
    run: str = Field(description="Name of the export run that carries it.")
    blob: str = Field(description="Name of the blob that the run wrote.")
    source_digest: str = Field(
        description="What it is compared with; empty where the source no longer has it."
    )
    target_digest: str = Field(description="What the target holds; empty where that is nothing.")
    platforms: int = Field(description="Images to run that it holds; an attestation is none.")
    verdict: Verdict = Field(description="What became of it.")
    detail: str = Field(default="", description="What the verdict is about, in words.")
    left_behind: tuple[str, ...] = Field(
        default=(),
        description="Digests or tags of what refers to it at the source and is not at the target.",
    )
    subject: str = Field(
        default="",
        description="Digest of what it refers to, as a signature does to an image; else empty.",
    )
    locked: bool = Field(
        default=False,
        description="Whether it is compared with the digest of a lock, not with that of a source.",
    )
    moved_to: str = Field(
        default="",
        description="Digest that its tag has at the source since the lock, where that was asked.",
    )


@dataclass(frozen=True)
class Verification:
    """The checks of all artifacts."""

    checks: tuple[Check, ...]
    is_deep: bool = False
    """Whether every layer was looked for, too."""

    @property
    def is_complete(self) -> bool:
        """Whether all has arrived that can arrive."""
        return all(OUTCOMES[check.verdict].is_done for check in self.checks)

    @property
    def is_final(self) -> bool:
        """Whether no import changes anything any more."""
        return all(OUTCOMES[check.verdict].is_final for check in self.checks)

    @property
    def is_locked(self) -> bool:
        """Whether a lock tells what is to be there."""
        return any(check.locked for check in self.checks)

    @property
    def exit_code(self) -> int:
        """The exit code of a command that ends with this."""
        return exit_code_of(self.checks)

    def runs(self, *verdicts: Verdict) -> set[str]:
        """Name the runs that carry an artifact of one of these verdicts."""
        return {check.run for check in self.checks if check.verdict in verdicts}

    def summary(self) -> str:
        """Count the verdicts in one line."""
        counts = [
            f"{sum(check.verdict is verdict for check in self.checks)} {verdict}"
            for verdict in Verdict
            if any(check.verdict is verdict for check in self.checks)
        ]
        notes = [f"{len(self.checks)} artifacts: {', '.join(counts)}"]
        listed = [check for check in self.checks if check.subject and _is_done(check)]
        if listed:
            notes.append(f"signatures, SBOMs and the like that the target lists: {len(listed)}")
        left_behind = sum(len(check.left_behind) for check in self.checks)
        if left_behind:
            notes.append(_behind(left_behind))
        return "; ".join(notes)

    def verdicts(self) -> set[Verdict]:
        """Give the verdicts that there are."""
        return {check.verdict for check in self.checks}

    def renewed(self, newer: "Verification") -> "Verification":
        """Give the report with some of its checks made anew."""
        by_artifact = {check.artifact: check for check in newer.checks}
        checks = tuple(by_artifact.get(check.artifact, check) for check in self.checks)
        return replace(self, checks=checks)


def exit_code_of(checks: Sequence[Check]) -> int:
    """Tell drift alone, content other than a lock's at the target, from all that is worse."""
    undone = [check for check in checks if not _is_done(check)]
    if not undone:
        return 0
    is_drift = all(check.locked and check.verdict is Verdict.DIFFERS for check in undone)
    return DIFFERS if is_drift else FAILED


def verify(
    runs: Sequence[RunPart],
    originals: Originals,
    target: Registry,
    on_check: OnDone,
    *,
    is_deep: bool = True,
) -> Verification:
    """Compare each artifact of the runs; several at a time, in the order of the runs.

    Args:
        is_deep: Look for every layer at the target, and not for every manifest alone.
    """
    look = _Look(originals, target, is_deep)
    entries = [(run, parse_artifact(text)) for run in runs for text in run.artifacts]
    checks = for_each(entries, lambda entry: look.check(*entry), on_check)
    return Verification(tuple(checks), is_deep)


@dataclass(frozen=True)
class _Look:
    originals: Originals
    target: Registry
    is_deep: bool

    def check(self, run: RunPart, artifact: Artifact) -> Check:
        found = Check(
            artifact=str(artifact),
            run=run.name,
            blob=run.blob,
            source_digest="",
            target_digest="",
            platforms=0,
            verdict=Verdict.UNREADABLE,
            locked=str(artifact) in run.digests,
        )
        try:
            found = replace(found, source_digest=self.originals.digest(artifact))
            there = self.target.manifest(artifact.repository, artifact.reference)
            if there is None or there.digest != found.source_digest:
                return self._differing(found, artifact, there)
            found = replace(found, target_digest=there.digest, subject=there.subject)
            return self._equal(found, artifact, there)
        except UnreadableError as error:
            return replace(found, detail=error.message)

    def _differing(self, found: Check, artifact: Artifact, there: Manifest | None) -> Check:
        """Judge an artifact of which the target has another digest, or nothing."""
        if not found.source_digest:
            digest = there.digest if there else ""
            return replace(found, target_digest=digest, verdict=Verdict.GONE_AT_SOURCE)
        if there is None:
            return replace(found, verdict=Verdict.MISSING)
        moved_to = self.originals.moved_to(artifact)
        found = replace(found, target_digest=there.digest, moved_to=moved_to)
        if moved_to == there.digest:
            return replace(found, verdict=Verdict.MOVED_SINCE_LOCK)
        detail = f"moved at the source since the lock, to {moved_to}" if moved_to else ""
        return replace(found, verdict=Verdict.DIFFERS, detail=detail)

    def _equal(self, found: Check, artifact: Artifact, there: Manifest) -> Check:
        """Judge an artifact that has the same digest on both sides."""
        seen = inspect(self.target, artifact.repository, there, asks_for_layers=self.is_deep)
        verdict, detail = _judge(artifact, seen, self.originals)
        found = replace(found, platforms=seen.platforms, verdict=verdict, detail=detail)
        if _is_done(found) and there.subject:
            found = self._listed(found, artifact)
        if not _is_done(found):
            return found
        left_behind, note = _left_behind(artifact, seen, self.originals, self.target)
        detail = "; ".join(filter(None, (detail, note)))
        return replace(found, left_behind=left_behind, detail=detail)

    def _listed(self, found: Check, artifact: Artifact) -> Check:
        """Judge what refers to something else by what the target says of that."""
        subject = found.subject
        if self.target.manifest(artifact.repository, subject) is None:
            return replace(found, verdict=Verdict.SUBJECT_MISSING, detail=subject)
        if found.target_digest not in self.target.referrers(artifact.repository, subject):
            return replace(found, verdict=Verdict.NOT_LISTED, detail=f"by {subject}")
        return found


def _is_done(check: Check) -> bool:
    return OUTCOMES[check.verdict].is_done


def _judge(artifact: Artifact, found: Inspection, originals: Originals) -> tuple[Verdict, str]:
    """Judge what was seen at the target, and say what is not there."""
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
