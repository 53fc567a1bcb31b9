"""What the verdicts of a verification mean, and what to do about them."""

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from components.model.names import batch_of_blob
from transfer.copy.folder import MANIFEST
from transfer.hints import Command, Hint, Option, Pulumi, Rerun, Step, renew
from transfer.pair import Pair
from transfer.verdicts import OUTCOMES, Verdict
from transfer.verify import Verification

# With the clients of storage.
if TYPE_CHECKING:
    from transfer.copy.carrier import CopyReport

_MENDED_BY_RUNS = {Verdict.MISSING, Verdict.DIFFERS, Verdict.INCOMPLETE}
_MENDED_BY_IMPORT = {Verdict.MISSING, Verdict.SUBJECT_MISSING}


def next_steps(found: Verification, pair: Pair, *, is_after_run: bool) -> Hint | None:
    """Say what the verdicts mean, and what to do; None if all arrived that can."""
    if found.is_complete:
        return None
    verdicts, meanings = found.verdicts(), _meanings(found)
    run = pair.command("run")
    # A whole transfer brings what is missing; after one only new runs do.
    if verdicts & _MENDED_BY_IMPORT and not is_after_run:
        return Hint(meanings, (run,), is_repeated=False)
    if found.is_locked and verdicts & {*_MENDED_BY_RUNS, Verdict.MOVED_SINCE_LOCK}:
        steps = (*_overwrites(found), *_lock(found, pair), run)
        return Hint(meanings, steps, is_repeated=False)
    if verdicts & _MENDED_BY_RUNS:
        return Hint(meanings, (Rerun("source"), Rerun("target"), run), is_repeated=False)
    if Verdict.UNREADABLE in verdicts or is_after_run:
        return Hint(meanings)
    return Hint(meanings, (Pulumi("source", ("up",)),))


def next_steps_of_file(
    found: Verification, file: Path, pair: Pair, *, has_waited: bool
) -> Hint | None:
    """Say the same where a hand-over file stands in for the source, whose stack is out of reach."""
    if found.is_complete:
        return None
    verdicts, meanings = found.verdicts(), _meanings(found)
    if verdicts & _MENDED_BY_IMPORT and not has_waited:
        verify = pair.command("verify", "--source-file", str(file), "--wait", "20")
        return Hint(meanings, (verify,), is_repeated=False)
    if Verdict.MISSING in verdicts and (file.parent / MANIFEST).is_file():
        return Hint(meanings, (pair.command("copy", "--from-folder", str(file.parent)),))
    if Verdict.MISSING in verdicts:
        # The file was taken out of the folder that carries the blobs.
        copy = "acr-transfer copy --from-folder DIR"
        return Hint(f"{meanings}\nUpload the blobs from their folder ({copy}), then:")
    if Verdict.UNREADABLE in verdicts and not verdicts & _MENDED_BY_RUNS:
        return Hint(meanings)
    export = "raise acr-transfer:rerun"
    if found.is_locked:
        export = f"type {' && '.join(map(shlex.join, _lock(found, pair)))}"
    again = (
        f"On the source's side {export}, bring the stack up, and fill the folder anew "
        "(acr-transfer copy --to-folder DIR). Upload it here, then:"
    )
    return Hint(f"{meanings}\n{again}", _overwrites(found))


def _overwrites(found: Verification) -> tuple[Step, ...]:
    differs = found.is_locked and Verdict.DIFFERS in found.verdicts()
    return (Option("target", "OverwriteTags"),) if differs else ()


def _lock(found: Verification, pair: Pair) -> list[Command]:
    """Give the commands that have what did not arrive exported once more, and nothing else."""
    moved = {check.artifact for check in found.checks if check.moved_to}
    renewed: list[str] = []
    for blob in dict.fromkeys(check.blob for check in found.checks):
        checks = [check for check in found.checks if check.blob == blob]
        undone = [check.artifact for check in checks if check.verdict in _MENDED_BY_RUNS]
        undone = [artifact for artifact in undone if artifact not in moved]
        is_whole = len(undone) == len(checks) > 1
        renewed += [batch_of_blob(blob)] if is_whole else undone
    lock = replace(pair, target=Pair.target).command("lock")
    # What moved gets a batch of its own by being locked anew.
    commands = [lock] if moved else []
    if renewed:
        commands.append((*lock, *(word for name in renewed for word in ("--renew", name))))
    return commands


def next_steps_of_copy(report: "CopyReport", pair: Pair) -> Hint | None:
    """Say what to do about blobs that the target needs and that are gone; None if none is."""
    if not report.gone:
        return None
    words = (
        f"The target needs blobs that have been deleted since their export: "
        f"{', '.join(report.gone)}. Export what they carried again, and nothing else:"
    )
    steps = (renew(map(batch_of_blob, report.gone)), pair.command("run"))
    return Hint(words, steps, is_repeated=False)


def _meanings(found: Verification) -> str:
    """Give a line for each verdict that is not good."""
    return "\n".join(
        outcome.explain(verdict)
        for verdict, outcome in OUTCOMES.items()
        if verdict in found.verdicts() and not outcome.is_done
    )
