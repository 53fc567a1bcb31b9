"""What the verdicts of a verification mean, and what to do about them."""

from pathlib import Path

from transfer.copy.folder import MANIFEST
from transfer.hints import Hint, Pulumi, Rerun
from transfer.pair import Pair
from transfer.verify import Verdict, Verification

_MEANINGS: dict[Verdict, str] = {
    Verdict.MISSING: (
        "missing: not imported yet (the source trigger takes up to 15 minutes), or the blob was "
        "not copied."
    ),
    Verdict.DIFFERS: (
        "differs: the tag was moved at the source after the export (then export again), or exists "
        "at the target and may not be overwritten (then give the target the option OverwriteTags)."
    ),
    Verdict.INCOMPLETE: (
        "incomplete: the manifest has arrived, but platforms or layers of it have not."
    ),
    Verdict.GONE_AT_SOURCE: (
        "gone-at-source: the source registry has it no longer, so nothing can be compared; take it "
        "off the list of images."
    ),
}


def next_steps(found: Verification, pair: Pair, *, is_after_run: bool) -> Hint | None:
    """Say what the verdicts mean, and what to do; None if all arrived."""
    verdicts = found.verdicts() - {Verdict.ARRIVED}
    if not verdicts:
        return None
    meanings = _meanings(verdicts)
    if verdicts == {Verdict.GONE_AT_SOURCE}:
        return Hint(meanings, () if is_after_run else (Pulumi("source", ("up",)),))
    run = pair.command("run")
    # A whole transfer brings what is missing; after one, or for anything else, only new runs do.
    if Verdict.MISSING in verdicts and not is_after_run:
        return Hint(meanings, (run,), is_repeated=False)
    return Hint(meanings, (Rerun("source"), Rerun("target"), run), is_repeated=False)


def next_steps_of_file(
    found: Verification, file: Path, pair: Pair, *, has_waited: bool
) -> Hint | None:
    """Say the same where a hand-over file stands in for the source, whose stack is out of reach."""
    verdicts = found.verdicts() - {Verdict.ARRIVED}
    if not verdicts:
        return None
    meanings = _meanings(verdicts)
    if Verdict.MISSING in verdicts and not has_waited:
        verify = pair.command("verify", "--source-file", str(file), "--wait", "20")
        return Hint(meanings, (verify,), is_repeated=False)
    if Verdict.MISSING in verdicts and (file.parent / MANIFEST).is_file():
        return Hint(meanings, (pair.command("copy", "--from-folder", str(file.parent)),))
    if Verdict.MISSING in verdicts:
        # The file was taken out of the folder that carries the blobs.
        copy = "acr-transfer copy --from-folder DIR"
        return Hint(f"{meanings}\nUpload the blobs from their folder ({copy}), then:")
    again = (
        "On the source's side raise acr-transfer:rerun, bring the stack up, and fill the folder "
        "anew (acr-transfer copy --to-folder DIR). Upload it here, then:"
    )
    return Hint(f"{meanings}\n{again}")


def _meanings(verdicts: set[Verdict]) -> str:
    return "\n".join(text for verdict, text in _MEANINGS.items() if verdict in verdicts)
