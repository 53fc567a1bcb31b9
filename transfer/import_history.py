"""What the runs of both registries tell of a blob: imported, being imported, or still to come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from components.model.contract import SourceContract, TargetContract
from transfer.run_states import RunState, by_name, newest_by_blob

# After a blob has landed. https://learn.microsoft.com/azure/container-registry/container-registry-transfer-troubleshooting
_LATEST_TRIGGER = timedelta(minutes=15)


@dataclass(frozen=True)
class ImportHistory:
    """For each blob its export run and its newest import run, and all import runs that ended."""

    exports: Mapping[str, RunState | None]
    imports: Mapping[str, RunState | None]
    ended_names: frozenset[str]

    @classmethod
    def of(
        cls,
        source: SourceContract,
        target: TargetContract,
        source_states: Sequence[RunState],
        target_states: Sequence[RunState],
    ) -> "ImportHistory":
        """Sort the runs of both registries by the blobs of the source's contract."""
        named = by_name(source_states, [run.name for run in source.runs])
        blobs = [run.blob for run in source.runs]
        return cls(
            {run.blob: named[run.name] for run in source.runs},
            newest_by_blob(target_states, target.pipeline_id, blobs),
            frozenset(state.name for state in target_states if state.has_ended),
        )

    def is_imported(self, blob: str) -> bool:
        """Whether the newest export of a blob is imported, so that the blob is done with."""
        state = self.imports[blob]
        return (
            state is not None
            and state.has_succeeded
            and not state.began_before(_start(self.exports[blob]))
        )

    def settled(
        self, written_at: Mapping[str, datetime | None], now: datetime
    ) -> dict[str, RunState | None]:
        """Give the blobs that no source trigger will import by itself any more, with their run.

        Args:
            written_at: When each blob was written into the container that the import reads.

        Returns:
            None for a blob that a trigger has passed over, or whose record somebody has deleted.
        """
        found: dict[str, RunState | None] = {}
        for blob, moment in written_at.items():
            state = self.imports[blob]
            if state is not None and not state.began_before(moment):
                if state.has_ended:
                    found[blob] = state
            elif moment is not None and moment < now - _LATEST_TRIGGER:
                found[blob] = None
        return found


def _start(state: RunState | None) -> datetime | None:
    return state.started if state else None
