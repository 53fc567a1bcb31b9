"""What to type next, written out for the stacks at hand."""

import shlex
from pathlib import Path

from components.model.errors import TransferError
from transfer.copy.folder import MANIFEST
from transfer.stacks import Stack
from transfer.verdicts import OUTCOMES, Verdict
from transfer.verify import Verification

_DEFAULT_NAMES = {"source": "source", "target": "target"}
_RERUN_KEY = "acr-transfer:rerun"
_MENDED_BY_RUNS = {Verdict.MISSING, Verdict.DIFFERS, Verdict.INCOMPLETE}


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
    if found.is_complete:
        return []
    verdicts, meanings = found.verdicts(), _meanings(found)
    run = command("run", source=source.name, target=target.name)
    # A whole transfer brings what is missing; after one only new runs do.
    if Verdict.MISSING in verdicts and not is_after_run:
        return [*meanings, run]
    if verdicts & _MENDED_BY_RUNS:
        return [*meanings, f"{rerun(source)} && {rerun(target)} && {run}"]
    if Verdict.UNREADABLE in verdicts:
        return [*meanings, command("verify", source=source.name, target=target.name)]
    return [*meanings, f"pulumi up -s {source.name}"]


def next_steps_of_file(
    found: Verification, file: Path, target: str, *, has_waited: bool
) -> list[str]:
    """Say the same where a hand-over file stands in for the source, whose stack is out of reach."""
    if found.is_complete:
        return []
    verdicts, meanings = found.verdicts(), _meanings(found)
    verify = f"{command('verify', target=target)} --source-file {shlex.quote(str(file))}"
    if Verdict.MISSING in verdicts:
        if has_waited:
            # The file may have been taken out of the folder that carries the blobs.
            has_blobs = (file.parent / MANIFEST).is_file()
            folder = shlex.quote(str(file.parent)) if has_blobs else "DIR"
            return [*meanings, f"{command('copy', target=target)} --from-folder {folder}"]
        return [*meanings, f"{verify} --wait 20"]
    if Verdict.UNREADABLE in verdicts and not verdicts & _MENDED_BY_RUNS:
        return [*meanings, verify]
    again = (
        f"On the source's side raise {_RERUN_KEY}, bring the stack up, and fill the folder anew:"
    )
    return [*meanings, again, "acr-transfer copy --to-folder DIR"]


def _meanings(found: Verification) -> list[str]:
    """Give a line for each verdict that is not good."""
    return [
        outcome.explain(verdict)
        for verdict, outcome in OUTCOMES.items()
        if verdict in found.verdicts() and not outcome.is_done
    ]
