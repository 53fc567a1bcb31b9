"""The record of a comparison: what console, Markdown and JSON show."""

from typing import Self

import pydantic

from transfer.reports import REPORT_CONFIG, Report


class _Part(pydantic.BaseModel):
    model_config = REPORT_CONFIG


class Change(_Part):
    """An artifact of the lock that is not as it was."""

    artifact: str
    """As `repo:tag` or `repo@sha256:...`."""
    old_digest: str = ""
    """What it was; empty where that is nothing, or not recorded."""
    digest: str
    """What the lock says."""
    size: int
    """Bytes of its manifests, configurations and layers."""
    batch: str
    """The batch that carries it."""


class Removal(_Part):
    """An artifact that the lock does not name any more; the target keeps it."""

    artifact: str
    """As `repo:tag` or `repo@sha256:...`."""
    old_digest: str
    """What it was; empty where it is not recorded."""


class NewRun(_Part):
    """A run that the next `pulumi up` of the source makes."""

    batch: str
    """Name of its batch, which is part of its own."""
    artifacts: tuple[str, ...]
    """What it carries."""
    size: int
    """Bytes of these."""


class OtherContent(_Part):
    """A tag of the lock under which the target holds something else."""

    artifact: str
    """As `repo:tag`."""
    target_digest: str
    """What stands there."""
    digest: str
    """What the lock says."""


class TargetContent(_Part):
    """What the target's registry holds that differs from the lock."""

    differs: tuple[OtherContent, ...]
    """Tags that no new run carries: their import is still to come, or they drifted."""
    unlisted: tuple[str, ...]
    """Tags of the lock's repositories that no lock names; they are never deleted."""


class Diff(Report):
    """What would move if the lock were exported and imported now."""

    would_move: bool
    """Whether a run will be made, and so something moves."""
    registry: str
    """Name of the source registry."""
    compared_with: str
    """What the lock is compared with, in words."""
    added: tuple[Change, ...]
    """Artifacts that are new."""
    moved: tuple[Change, ...]
    """Tags with another digest than before."""
    exported_again: tuple[Change, ...]
    """Artifacts with the same digest, or none recorded, that a new run carries."""
    removed: tuple[Removal, ...]
    """Artifacts that are gone."""
    unchanged: int
    """Number of artifacts that stay as they are."""
    bytes_to_move: int
    """Sum of the new runs; layers that images share are counted for each of them."""
    new_runs: tuple[NewRun, ...]
    """Runs that will be made."""
    kept_runs: tuple[str, ...]
    """Batches whose runs stay."""
    lost_runs: tuple[str, ...]
    """Batches that the lock does not name any more: their runs leave the stack."""
    without_run: tuple[str, ...]
    """New or moved artifacts in a batch that is exported already: none carries them."""
    overwrites: tuple[OtherContent, ...]
    """Tags that the import of the new runs overwrites at the target."""
    may_overwrite: bool
    """Whether the target's options let its import overwrite a tag."""
    target: TargetContent | None = None
    """None where the target was not read."""
    notes: tuple[str, ...]
    """What else is to be known, in sentences."""

    @pydantic.model_validator(mode="after")
    def _agrees_with_its_runs(self) -> Self:
        if self.would_move != bool(self.new_runs):
            raise ValueError(f"would_move is {self.would_move}, with {len(self.new_runs)} runs")
        if self.bytes_to_move != sum(run.size for run in self.new_runs):
            raise ValueError(f"bytes_to_move is {self.bytes_to_move}, which is not the runs' sum")
        return self
