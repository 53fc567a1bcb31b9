"""What to type next, written out for the stacks at hand."""

import shlex
from pathlib import Path

from components.model.errors import TransferError
from transfer.copy.folder import MANIFEST
from transfer.stacks import Stack
from transfer.verify import Verdict, Verification

_DEFAULT_NAMES = {"source": "source", "target": "target"}
_RERUN_KEY = "acr-transfer:rerun"

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


def command(verb: str, *, source: str = "source", target: str = "target") -> str:
    """Write a command of this program for two stacks; what is the default is left out."""
    names = {"source": source, "target": target}
    options = [f" --{side} {name}" for side, name in names.items() if name != _DEFAULT_NAMES[side]]
    return f"acr-transfer {verb}{''.join(options)}"


def rerun(stack: Stack) -> str:
    """Write the command that raises a stack's `rerun` by one, so that all its runs are repeated."""
    try:
        number = int(stack.config().get(_RERUN_KEY) or 0)
    except (TransferError, ValueError):
        number = 0
    return f"pulumi config set {_RERUN_KEY} {number + 1} -s {stack.name}"


def next_steps(
    found: Verification, source: Stack, target: Stack, *, is_after_run: bool
) -> list[str]:
    """Say what the verdicts mean, and in the last line what to type next; none if all arrived."""
    verdicts = found.verdicts() - {Verdict.ARRIVED}
    if not verdicts:
        return []
    meanings = [text for verdict, text in _MEANINGS.items() if verdict in verdicts]
    run = command("run", source=source.name, target=target.name)
    if verdicts == {Verdict.GONE_AT_SOURCE}:
        return [*meanings, f"pulumi up -s {source.name}"]
    # A whole transfer brings what is missing; after one, or for anything else, only new runs do.
    if Verdict.MISSING in verdicts and not is_after_run:
        return [*meanings, run]
    return [*meanings, f"{rerun(source)} && {rerun(target)} && {run}"]


def next_steps_of_file(
    found: Verification, file: Path, target: str, *, has_waited: bool
) -> list[str]:
    """Say the same where a hand-over file stands in for the source, whose stack is out of reach."""
    verdicts = found.verdicts() - {Verdict.ARRIVED}
    if not verdicts:
        return []
    meanings = [text for verdict, text in _MEANINGS.items() if verdict in verdicts]
    if Verdict.MISSING in verdicts:
        if has_waited:
            # The file may have been taken out of the folder that carries the blobs.
            has_blobs = (file.parent / MANIFEST).is_file()
            folder = shlex.quote(str(file.parent)) if has_blobs else "DIR"
            return [*meanings, f"{command('copy', target=target)} --from-folder {folder}"]
        verify = command("verify", target=target)
        return [*meanings, f"{verify} --source-file {shlex.quote(str(file))} --wait 20"]
    again = (
        f"On the source's side raise {_RERUN_KEY}, bring the stack up, and fill the folder anew:"
    )
    return [*meanings, again, "acr-transfer copy --to-folder DIR"]
