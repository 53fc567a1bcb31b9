"""Compares the lock with itself at another commit; no stack, no engine and no login is needed."""

from dataclasses import replace

from components.model.errors import TransferError
from components.model.images_lock import parse_lock
from transfer.diff.compare import Earlier, compare, earlier_lock
from transfer.diff.record import Diff
from transfer.diff.settings_of_git import Renewal, renewal
from transfer.diff.stack_settings import may_overwrite, read_lock_of_stack
from transfer.errors import WrongUseError
from transfer.git_files import NoCommitError, file_at
from transfer.pair import Pair


def diff_against(ref: str, pair: Pair) -> Diff:
    """Compare the lock that a source stack's file names with the one of a commit.

    Raises:
        TransferError: one of the locks is not usable, or there is no such commit.
    """
    wanted = read_lock_of_stack(pair.source, pair.directory)
    name = f"{wanted.file} of {ref}"
    try:
        text = file_at(ref, wanted.file, wanted.directory)
    except NoCommitError as error:
        raise WrongUseError(
            f"--against {ref!r} is not valid: it is a commit, branch or tag of this repository, "
            f"and git says: {error}. Where only a part was fetched, as in CI: git fetch origin "
            f"{ref}"
        ) from error
    earlier = _earlier(name, text, wanted.lock.registry)
    source = renewal("source", ref, pair.source, pair.directory)
    target = _of_target(ref, pair)
    earlier = replace(
        earlier,
        exported=frozenset() if source.is_all else earlier.exported,
        notes=(*earlier.notes, *source.notes, *target.notes),
    )
    overwrites = may_overwrite(pair.target, pair.directory)
    return compare(wanted.lock, earlier, may_overwrite=overwrites, imports_again=target.is_all)


def _of_target(ref: str, pair: Pair) -> Renewal:
    try:
        return renewal("target", ref, pair.target, pair.directory)
    except TransferError:
        # As with what it may overwrite: a source alone has something to compare, too.
        return Renewal()


def _earlier(name: str, text: str | None, registry: str) -> Earlier:
    if text is None:
        return Earlier(name, notes=(f"There is no {name}, so everything is new.",))
    before = parse_lock(text, name)
    if before.registry.lower() != registry.lower():
        note = f"{name} is of registry {before.registry!r}, so everything is new."
        return Earlier(name, notes=(note,))
    return earlier_lock(before, name)
