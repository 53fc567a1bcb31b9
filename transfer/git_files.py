"""What git tells of the files of a directory: at another commit, and since one."""

import os
import subprocess
from pathlib import Path

from transfer.errors import CommandFailedError


class NoCommitError(Exception):
    """Git knows no commit of that name; what it says about it."""


def file_at(ref: str, file: str, directory: Path) -> str | None:
    """Read a file at a commit; None where that commit has no such file.

    Args:
        file: Relative to the directory.

    Raises:
        NoCommitError: the directory is in no repository of git, or that has no such commit.
        CommandFailedError: there is no git.
    """
    commit = _commit(ref, directory)
    # Relative to the directory, wherever that lies in the repository.
    path = Path(os.path.relpath(directory / file, directory)).as_posix()
    place = path if path.startswith("../") else f"./{path}"
    read = _git(directory, "cat-file", "blob", f"{commit}:{place}")
    return None if read.returncode else read.stdout.decode(errors="replace")


def files_changed_since(ref: str, directory: Path) -> list[str]:
    """Name the files below a directory that differ from a commit, or that git does not know yet.

    Raises:
        NoCommitError: the directory is in no repository of git, or that has no such commit.
        CommandFailedError: there is no git.
    """
    commit = _commit(ref, directory)
    differing = _git(
        directory, "diff", "-z", "--name-only", "--no-renames", "--relative", commit, "--", "."
    )
    new = _git(directory, "ls-files", "-z", "--others", "--exclude-standard", "--", ".")
    names = (differing.stdout + new.stdout).decode(errors="surrogateescape")
    return [name for name in names.split("\0") if name]


def archive_at(ref: str, directory: Path) -> bytes:
    """Give the files below a directory at a commit, as a tar.

    Raises:
        NoCommitError: the directory is in no repository of git, or that has no such commit, or the
            directory was not there at that commit.
        CommandFailedError: there is no git.
    """
    archive = _git(directory, "archive", "--format=tar", _commit(ref, directory))
    if archive.returncode:
        raise _refused(archive)
    return archive.stdout


def _commit(ref: str, directory: Path) -> str:
    """Find the commit of a name, which is never read as an option."""
    found = _git(directory, "rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}")
    if found.returncode:
        raise _refused(found)
    return found.stdout.decode().strip()


def _refused(done: "subprocess.CompletedProcess[bytes]") -> NoCommitError:
    return NoCommitError(done.stderr.decode(errors="replace").strip().rpartition("\n")[2])


def _git(directory: Path, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(
            ["git", "-C", str(directory), *arguments], capture_output=True, check=False
        )
    except FileNotFoundError as error:
        raise CommandFailedError("git is not on PATH.", "Install it, then:") from error
