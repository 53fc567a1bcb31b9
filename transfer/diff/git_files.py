"""A file as git has it at another commit."""

import os
import subprocess
from pathlib import Path

from transfer.errors import CommandFailedError, WrongUseError


def file_at(ref: str, file: str, directory: Path) -> str | None:
    """Read a file at a commit; None where that commit has no such file.

    Args:
        file: Relative to the directory.

    Raises:
        WrongUseError: the directory is in no repository of git, or that has no such commit.
        CommandFailedError: there is no git.
    """
    found = _git(directory, "rev-parse", "--verify", f"{ref}^{{commit}}")
    if found.returncode:
        said = found.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise WrongUseError(
            f"--against {ref!r} is not valid: it is a commit, branch or tag of this repository, "
            f"and git says: {said}. Where only a part was fetched, as in CI: git fetch origin {ref}"
        )
    commit = found.stdout.decode().strip()
    # Relative to the directory, wherever that lies in the repository.
    path = Path(os.path.relpath(directory / file, directory)).as_posix()
    place = path if path.startswith("../") else f"./{path}"
    read = _git(directory, "cat-file", "blob", f"{commit}:{place}")
    return None if read.returncode else read.stdout.decode(errors="replace")


def _git(directory: Path, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(
            ["git", "-C", str(directory), *arguments], capture_output=True, check=False
        )
    except FileNotFoundError as error:
        raise CommandFailedError("git is not on PATH.", "Install it, then:") from error
