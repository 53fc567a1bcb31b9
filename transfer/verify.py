"""Compare what arrived in the target registry with the source, by digest and for every platform."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Literal

from rich.table import Table

from components.model.artifacts import Artifact, parse_artifact
from components.model.contract import RunPart
from transfer.parallel import OnDone, for_each
from transfer.registry.client import Manifest, Registry

_SHOWN_DIGITS = 12
_FOLDED = frozenset({"artifact", "blob", "verdict"})
# Tells the digest of an artifact at the source; empty where the source has it no longer.
SourceDigest = Callable[[Artifact], str]


class Verdict(StrEnum):
    """What became of one artifact."""

    ARRIVED = "arrived"
    MISSING = "missing"
    DIFFERS = "differs"
    INCOMPLETE = "incomplete"
    GONE_AT_SOURCE = "gone-at-source"


_COLOURS = {Verdict.ARRIVED: "green", Verdict.GONE_AT_SOURCE: "yellow"}


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


@dataclass(frozen=True)
class Verification:
    """The checks of all artifacts."""

    checks: tuple[Check, ...]

    @property
    def is_complete(self) -> bool:
        """Whether everything arrived."""
        return all(check.verdict is Verdict.ARRIVED for check in self.checks)

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
        return f"{len(self.checks)} artifacts: {', '.join(counts)}"

    def verdicts(self) -> set[Verdict]:
        """Give the verdicts that there are."""
        return {check.verdict for check in self.checks}

    def renewed(self, newer: "Verification") -> "Verification":
        """Give the report with some of its checks made anew."""
        by_artifact = {check.artifact: check for check in newer.checks}
        return Verification(tuple(by_artifact.get(check.artifact, check) for check in self.checks))

    def table(self) -> Table:
        """Give the report for people."""
        table = Table()
        for title in ("artifact", "source digest", "blob", "target digest", "platforms", "verdict"):
            # Where a terminal is narrow the blob's name is cut, never the artifact's.
            overflow: Literal["ellipsis", "fold"] = "ellipsis" if title == "blob" else "fold"
            table.add_column(title, overflow=overflow, no_wrap=title not in _FOLDED)
        for check in self.checks:
            colour = _COLOURS.get(check.verdict, "red")
            detail = f" ({check.detail})" if check.detail else ""
            table.add_row(
                check.artifact,
                _short(check.source_digest),
                check.blob,
                _short(check.target_digest),
                _count(check.platforms),
                f"[{colour}]{check.verdict}[/]{detail}",
            )
        return table


def verify(
    runs: Sequence[RunPart], source_digest: SourceDigest, target: Registry, on_check: OnDone
) -> Verification:
    """Compare each artifact of the runs; several at a time, in the order of the runs."""
    entries = [(run, parse_artifact(text)) for run in runs for text in run.artifacts]
    checks = for_each(
        entries, lambda entry: _check(*entry, source_digest(entry[1]), target), on_check
    )
    return Verification(tuple(checks))


def _check(run: RunPart, artifact: Artifact, source_digest: str, target: Registry) -> Check:
    there = target.manifest(artifact.repository, artifact.reference)
    platforms = 0
    detail = ""
    if not source_digest:
        verdict = Verdict.GONE_AT_SOURCE
    elif there is None:
        verdict = Verdict.MISSING
    elif source_digest != there.digest:
        verdict = Verdict.DIFFERS
    else:
        platforms, lacking = _look_inside(artifact.repository, there, target)
        verdict = Verdict.INCOMPLETE if lacking else Verdict.ARRIVED
        detail = f"{len(lacking)} parts missing, first {lacking[0]}" if lacking else ""
    return Check(
        artifact=str(artifact),
        run=run.name,
        blob=run.blob,
        source_digest=source_digest,
        target_digest=there.digest if there else "",
        platforms=platforms,
        verdict=verdict,
        detail=detail,
    )


def _look_inside(repository: str, top: Manifest, target: Registry) -> tuple[int, list[str]]:
    """Count the platforms of an image, and list what of it the target lacks."""
    lacking: list[str] = []
    blobs = set(top.blobs)
    images = 0 if top.is_index else 1
    seen = {top.digest}
    unseen = list(top.children)
    while unseen:
        digest = unseen.pop(0)
        if digest in seen:
            continue
        seen.add(digest)
        child = target.manifest(repository, digest)
        if child is None:
            lacking.append(digest)
            continue
        blobs.update(child.blobs)
        # An index may hold another one.
        unseen.extend(child.children)
        images += 0 if child.is_index else 1
    lacking.extend(blob for blob in sorted(blobs) if not target.has_blob(repository, blob))
    return images, lacking


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:_SHOWN_DIGITS] or "-"


def _count(platforms: int) -> str:
    if not platforms:
        return "-"
    return "1 platform" if platforms == 1 else f"{platforms} platforms"
