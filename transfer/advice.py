"""What the verdicts of a verification mean, and what to do about them."""

from pathlib import Path

from transfer.copy.folder import MANIFEST
from transfer.hints import Hint, Pulumi, Rerun
from transfer.pair import Pair
from transfer.verdicts import OUTCOMES, Verdict
from transfer.verify import Verification

_MENDED_BY_RUNS = {Verdict.MISSING, Verdict.DIFFERS, Verdict.INCOMPLETE}


def next_steps(found: Verification, pair: Pair, *, is_after_run: bool) -> Hint | None:
    """Say what the verdicts mean, and what to do; None if all arrived that can."""
    if found.is_complete:
        return None
    verdicts, meanings = found.verdicts(), _meanings(found)
    run = pair.command("run")
    # A whole transfer brings what is missing; after one only new runs do.
    if Verdict.MISSING in verdicts and not is_after_run:
        return Hint(meanings, (run,), is_repeated=False)
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
    if Verdict.MISSING in verdicts and not has_waited:
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
    again = (
        "On the source's side raise acr-transfer:rerun, bring the stack up, and fill the folder "
        "anew (acr-transfer copy --to-folder DIR). Upload it here, then:"
    )
    return Hint(f"{meanings}\n{again}")


def _meanings(found: Verification) -> str:
    """Give a line for each verdict that is not good."""
    return "\n".join(
        outcome.explain(verdict)
        for verdict, outcome in OUTCOMES.items()
        if verdict in found.verdicts() and not outcome.is_done
    )
