"""Which blobs still have to be carried and imported, judged by the runs that were there before."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from components.contract import RunPart, SourceContract, TargetContract
from transfer.runs import RunState, by_name, newest_by_blob, require_no_failure


@dataclass(frozen=True)
class ImportHistory:
    """For each blob, its export run and its newest import run."""

    exports: Mapping[str, RunState | None]
    imports: Mapping[str, RunState | None]

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
        )

    def has_ended(self, blob: str) -> bool:
        """Whether the newest import of a blob has ended, and was of its newest export."""
        state = self.imports[blob]
        return state is not None and state.has_ended and not state.began_before(self.exports[blob])

    def has_succeeded(self, blob: str) -> bool:
        """Whether the newest export of a blob is imported."""
        state = self.imports[blob]
        return self.has_ended(blob) and state is not None and state.has_succeeded

    def ended_names(self) -> set[str]:
        """Name the import runs that have ended: a wait is for others."""
        return {state.name for state in self.imports.values() if state and state.has_ended}

    def awaited(self, runs: Sequence[RunPart], copied: Sequence[str]) -> list[str]:
        """Name the blobs whose import is still to come, after some were copied just now."""
        return [run.blob for run in runs if run.blob in copied or not self.has_ended(run.blob)]

    def require_no_failure(
        self, runs: Sequence[RunPart], copied: Sequence[str], next_command: Callable[[], str]
    ) -> None:
        """Refuse to go on where an import has failed, and nothing was done about it.

        Raises:
            RunFailedError: with the service's text, what it means, and what to do.
        """
        awaited = self.awaited(runs, copied)
        settled = {run.blob: self.imports[run.blob] for run in runs if run.blob not in awaited}
        require_no_failure(settled, next_command)
