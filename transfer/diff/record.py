"""The record of a comparison: what console, Markdown and JSON show."""

from typing import Self

import pydantic

from transfer.reports import Record, Report


class Change(Record):
    """An artifact of the lock that is not as it was."""

    artifact: str = pydantic.Field(description="As `repo:tag` or `repo@sha256:...`.")
    old_digest: str = pydantic.Field(
        default="", description="What it was; empty where that is nothing, or not recorded."
    )
    digest: str = pydantic.Field(description="What the lock says.")
    size: int = pydantic.Field(description="Bytes of its manifests, configurations and layers.")
    batch: str = pydantic.Field(description="The batch that carries it.")


class Removal(Record):
    """An artifact that the lock does not name any more; the target keeps it."""

    artifact: str = pydantic.Field(description="As `repo:tag` or `repo@sha256:...`.")
    old_digest: str = pydantic.Field(description="What it was; empty where it is not recorded.")


class NewRun(Record):
    """A run that the next `pulumi up` of the source makes."""

    batch: str = pydantic.Field(description="Name of its batch, which is part of its own.")
    artifacts: tuple[str, ...] = pydantic.Field(description="What it carries.")
    size: int = pydantic.Field(description="Bytes of these.")


class OtherContent(Record):
    """A tag of the lock under which the target holds something else."""

    artifact: str = pydantic.Field(description="As `repo:tag`.")
    target_digest: str = pydantic.Field(description="What stands there.")
    digest: str = pydantic.Field(description="What the lock says.")


class TargetContent(Record):
    """What the target's registry holds that differs from the lock."""

    differs: tuple[OtherContent, ...] = pydantic.Field(
        description="Tags that no new run carries: their import is still to come, or they drifted."
    )
    unlisted: tuple[str, ...] = pydantic.Field(
        description="Tags of the lock's repositories that no lock names; they are never deleted."
    )


class Diff(Report):
    """What would move if the lock were exported and imported now."""

    would_move: bool = pydantic.Field(
        description="Whether something moves: a run will be made, or all is imported again."
    )
    registry: str = pydantic.Field(description="Name of the source registry.")
    compared_with: str = pydantic.Field(description="What the lock is compared with, in words.")
    added: tuple[Change, ...] = pydantic.Field(description="Artifacts that are new.")
    moved: tuple[Change, ...] = pydantic.Field(description="Tags with another digest than before.")
    exported_again: tuple[Change, ...] = pydantic.Field(
        description="Artifacts with the same digest, or none recorded, that a new run carries."
    )
    removed: tuple[Removal, ...] = pydantic.Field(description="Artifacts that are gone.")
    unchanged: int = pydantic.Field(description="Number of artifacts that stay as they are.")
    imported_again: int = pydantic.Field(
        default=0,
        description="Number of these that the target imports once more, as its settings change.",
    )
    bytes_to_move: int = pydantic.Field(
        description="Sum of the new runs; layers that images share are counted for each of them."
    )
    new_runs: tuple[NewRun, ...] = pydantic.Field(description="Runs that will be made.")
    kept_runs: tuple[str, ...] = pydantic.Field(description="Batches whose runs stay.")
    lost_runs: tuple[str, ...] = pydantic.Field(
        description="Batches that the lock does not name any more: their runs leave the stack."
    )
    without_run: tuple[str, ...] = pydantic.Field(
        description="New or moved artifacts in a batch that is exported already: none carries them."
    )
    overwrites: tuple[OtherContent, ...] = pydantic.Field(
        description="Tags that the import of the new runs overwrites at the target."
    )
    may_overwrite: bool = pydantic.Field(
        description="Whether the target's options let its import overwrite a tag."
    )
    target: TargetContent | None = pydantic.Field(
        default=None, description="None where the target was not read."
    )
    notes: tuple[str, ...] = pydantic.Field(description="What else is to be known, in sentences.")

    @pydantic.model_validator(mode="after")
    def _agrees_with_its_runs(self) -> Self:
        if self.would_move != bool(self.new_runs or self.imported_again):
            raise ValueError(
                f"would_move is {self.would_move}, with {len(self.new_runs)} runs and "
                f"{self.imported_again} artifacts that are imported again"
            )
        if self.bytes_to_move != sum(run.size for run in self.new_runs):
            raise ValueError(f"bytes_to_move is {self.bytes_to_move}, which is not the runs' sum")
        return self
