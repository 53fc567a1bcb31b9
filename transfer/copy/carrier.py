"""Carry the blobs that runs wrote, from container to container or over a folder, and check them."""

import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from components.model.contract import ContainerPart, RunPart, SourceContract, TargetContract
from components.model.names import Side
from transfer.azure.cloud import Cloud
from transfer.clock import Clock
from transfer.console import Console
from transfer.copy.azcopy import Job, carry
from transfer.copy.azcopy_output import FULL_DISK
from transfer.copy.blobs import CATEGORY, CATEGORY_KEY, BlobFacts, Container, OpenTransport
from transfer.copy.folder import (
    MANIFEST,
    FolderManifest,
    damaged_files,
    has_file,
    read_manifest,
)
from transfer.errors import CommandFailedError
from transfer.hints import Hint, Pulumi, Rerun

# A blob that is older does not fire the source trigger; a day less, so that it still has the time.
_FRESH = timedelta(days=59)
_SOURCE_PERMISSIONS = "rl"
_TARGET_PERMISSIONS = "rcwl"
# Preserving the tier needs rights on the account; a blob that is imported once needs no tier.
_BETWEEN_FLAGS = ("--from-to=BlobBlob", "--s2s-preserve-access-tier=false")
_DOWNLOAD_FLAGS = ("--from-to=BlobLocal", "--check-md5=FailIfDifferentOrMissing")
_UPLOAD_FLAGS = ("--from-to=LocalBlob", "--put-md5", f"--metadata={CATEGORY_KEY}={CATEGORY}")


@dataclass(frozen=True)
class CopyReport:
    """What a copy did."""

    copied: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    """Blobs of a lock's batches that have been deleted since, and stand nowhere else either."""
    transferred_bytes: int = 0
    note: str = ""

    def as_json(self) -> dict[str, object]:
        """Give the report for machines."""
        return asdict(self)


_IS_SHARED = CopyReport(note="nothing to copy: the target imports from the source's container")
_IS_DONE = CopyReport(note="nothing to copy: the target holds all that the lock names")


class Carrier:
    """Copies blobs with a short-lived SAS of its own on each container."""

    def __init__(
        self,
        cloud: Callable[[Side], Cloud],
        open_transport: OpenTransport,
        console: Console,
        clock: Clock,
    ) -> None:
        self._cloud = cloud
        self._open_transport = open_transport
        self._console = console
        self._clock = clock

    def between_clouds(
        self,
        source: SourceContract,
        target: TargetContract,
        runs: Sequence[RunPart],
        again: Collection[str] = (),
    ) -> CopyReport:
        """Copy from the source's container to the target's, from service to service.

        Blobs that the target has already are left alone, but for those named in `again`: writing a
        blob anew is what makes the source trigger look at it again.
        """
        if target.blobs == "shared":
            return _IS_SHARED
        if not runs:
            return _IS_DONE
        here = self._open("source", source.container, _SOURCE_PERMISSIONS)
        there = self._open("target", target.container, _TARGET_PERMISSIONS)
        facts = self._exported(here, runs)
        names = [run.blob for run in runs]
        on_target = there.head_blobs(names)
        gone = [
            name for name in names if name not in facts and (not on_target[name] or name in again)
        ]
        self._say_gone(here, [run for run in runs if run.blob in gone])
        missing = self._not_there(on_target, facts, again)
        job = Job(here.address(), there.address(), missing, _BETWEEN_FLAGS)
        report = self._carry_and_check(job, there, facts, target)
        return replace(report, gone=tuple(gone))

    def written_at(
        self, target: TargetContract, blobs: Sequence[str]
    ) -> dict[str, datetime | None]:
        """Tell when blobs were written into the container that the import reads."""
        there = self._open("target", target.container, "r")
        return {
            name: facts.last_modified if facts else None
            for name, facts in there.head_blobs(blobs).items()
        }

    def to_folder(
        self, source: SourceContract, runs: Sequence[RunPart], folder: Path
    ) -> CopyReport:
        """Download into a folder, and describe there what it holds.

        A blob of a lock's batch that has been deleted since is left out, or kept if it lies there.
        """
        here = self._open("source", source.container, _SOURCE_PERMISSIONS)
        facts = self._exported(here, runs)
        folder.mkdir(parents=True, exist_ok=True)
        facts |= self._kept(folder, [run.blob for run in runs if run.blob not in facts])
        lost = [run for run in runs if run.blob not in facts]
        self._say_gone(here, lost)
        missing = tuple(
            name
            for name, blob in facts.items()
            if not has_file(folder, name, blob.length, blob.md5)
        )
        self._say_skipped(facts, missing, f"in {folder}")
        _require_room(folder, sum(facts[name].length for name in missing))
        job = Job(here.address(), str(folder), missing, _DOWNLOAD_FLAGS)
        transferred = carry(job, self._console).transferred_bytes if missing else 0
        manifest = FolderManifest.of([run for run in runs if run.blob in facts], facts)
        damaged = damaged_files(folder, manifest)
        if damaged:
            raise CommandFailedError(
                f"{_damaged(folder, damaged)} after the download: the disk has lost what was "
                "written, or something else writes there.",
                "What is whole is kept. Download the others once more:",
            )
        manifest.write(folder)
        report = self._report(facts, missing, transferred)
        return replace(report, gone=tuple(run.blob for run in lost))

    def from_folder(self, target: TargetContract, folder: Path) -> CopyReport:
        """Upload what a folder describes, with the MD5 and metadata that a disk does not keep."""
        if target.blobs == "shared":
            return _IS_SHARED
        manifest = read_manifest(folder)
        damaged = damaged_files(folder, manifest)
        if damaged:
            raise CommandFailedError(
                f"{_damaged(folder, damaged)}. Nothing was uploaded.",
                "Fill the folder anew on the source's side (acr-transfer copy --to-folder DIR), "
                "bring it here; then:",
            )
        there = self._open("target", target.container, _TARGET_PERMISSIONS)
        now = self._clock.now()
        facts = {
            blob.name: BlobFacts(blob.length, blob.md5, CATEGORY, now) for blob in manifest.blobs
        }
        missing = self._not_there(there.head_blobs(facts), facts)
        job = Job(str(folder), there.address(), missing, _UPLOAD_FLAGS)
        return self._carry_and_check(job, there, facts, target)

    def _open(self, side: Side, part: ContainerPart, permissions: str) -> Container:
        sas = self._cloud(side).container_sas(part, permissions)
        return Container(side, part, sas, self._open_transport)

    def _exported(self, here: Container, runs: Sequence[RunPart]) -> dict[str, BlobFacts]:
        """Look at the blobs of runs, and require each to be as an export leaves it.

        The blob of a lock's batch may be gone: it is written once, and not needed for ever.
        """
        run_of = {run.blob: run for run in runs}
        facts: dict[str, BlobFacts] = {}
        problems: list[str] = []
        for name, blob in here.head_blobs(run_of).items():
            if blob is None and run_of[name].is_locked:
                continue
            if blob is None:
                fault = "is not in the container: it has been deleted since"
            elif not blob.md5:
                fault = "has no Content-MD5"
            elif blob.category != CATEGORY:
                fault = f"has no metadata {CATEGORY_KEY}={CATEGORY}"
            else:
                facts[name] = blob
                continue
            artifacts = ", ".join(run_of[name].artifacts[:3])
            problems.append(f"  blob {name!r} of run {run_of[name].name!r} ({artifacts}) {fault}")
        if problems:
            raise CommandFailedError(
                "\n".join([f"{here} does not hold what the source exported:", *problems]),
                Hint("Export them again:", (Rerun("source"), Pulumi("source", ("up",)))),
            )
        return facts

    def _kept(self, folder: Path, names: Collection[str]) -> dict[str, BlobFacts]:
        """Look at blobs that an earlier copy left whole in a folder."""
        if not names or not (folder / MANIFEST).is_file():
            return {}
        now = self._clock.now()
        return {
            blob.name: BlobFacts(blob.length, blob.md5, CATEGORY, now)
            for blob in read_manifest(folder).blobs
            if blob.name in names and has_file(folder, blob.name, blob.length, blob.md5)
        }

    def _say_gone(self, here: Container, runs: Sequence[RunPart]) -> None:
        for run in runs:
            artifacts = ", ".join(run.artifacts)
            self._console.line(f"  {run.blob} is gone from {here}; it carried {artifacts}")

    def _not_there(
        self,
        on_target: Mapping[str, BlobFacts | None],
        facts: Mapping[str, BlobFacts],
        again: Collection[str] = (),
    ) -> tuple[str, ...]:
        """Name the blobs that the target lacks, or has in a way that would not be imported."""
        missing = tuple(
            name
            for name, blob in on_target.items()
            if name in facts and (blob is None or name in again or self._fault(blob, facts[name]))
        )
        self._say_skipped(facts, missing, "on the target")
        return missing

    def _carry_and_check(
        self, job: Job, there: Container, facts: Mapping[str, BlobFacts], target: TargetContract
    ) -> CopyReport:
        if not job.names:
            return self._report(facts, (), 0)
        transferred = carry(job, self._console).transferred_bytes
        faults = []
        for name, blob in there.head_blobs(job.names).items():
            if blob is None and target.deletes_blobs:
                # An import that was quick has deleted it already; verify judges what arrived.
                continue
            fault = self._fault(blob, facts[name]) if blob else "is not there"
            if fault:
                faults.append(f"  blob {name!r} {fault}")
        if faults:
            raise CommandFailedError(
                "\n".join([f"{there} is not as it should be after the copy:", *faults]),
                "Copy what is not as it should be once more:",
            )
        return self._report(facts, job.names, transferred)

    def _fault(self, blob: BlobFacts, wanted: BlobFacts) -> str:
        """Say why the source trigger or an import would not take a blob; empty if it would."""
        if not blob.is_same_content(wanted):
            return (
                f"has {blob.length} bytes, MD5 {blob.md5 or 'unknown'}; "
                f"wanted {wanted.length} bytes, MD5 {wanted.md5}"
            )
        if blob.category != CATEGORY:
            return f"has no metadata {CATEGORY_KEY}={CATEGORY}"
        if self._clock.now() - blob.last_modified > _FRESH:
            return "was last modified too long ago for the source trigger"
        return ""

    def _say_skipped(
        self, facts: Mapping[str, BlobFacts], missing: Sequence[str], where: str
    ) -> None:
        for name in facts:
            if name not in missing:
                self._console.line(f"  {name} is {where} already")

    def _report(
        self, facts: Mapping[str, BlobFacts], carried: Sequence[str], transferred: int
    ) -> CopyReport:
        for name in carried:
            self._console.line(f"  {name} copied, {facts[name].length / 1e6:.1f} MB")
        skipped = tuple(name for name in facts if name not in carried)
        return CopyReport(tuple(carried), skipped, transferred_bytes=transferred)


def _require_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise CommandFailedError(
            f"folder {str(folder)!r} has room for {free / 1e6:.1f} MB, and the blobs to download "
            f"take {needed / 1e6:.1f} MB.",
            FULL_DISK.fix,
        )


def _damaged(folder: Path, names: Sequence[str]) -> str:
    return (
        f"folder {str(folder)!r} is damaged: {', '.join(names)} missing, or not of the length and "
        f"MD5 that {MANIFEST} tells"
    )
