"""Repositories of git for tests, whatever the user of the machine has configured."""

import os
import subprocess
from pathlib import Path

_SETTINGS = {
    "user.name": "A",
    "user.email": "a@example.com",
    "init.defaultBranch": "main",
    "commit.gpgSign": "false",
    "core.autocrlf": "false",
    "merge.conflictStyle": "merge",
}


def _environment() -> dict[str, str]:
    nothing = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return {**kept, **nothing}


class Repository:
    """A repository that is made in a directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.run("init", "--quiet")

    def run(self, *arguments: str) -> int:
        """Run git; give its exit code."""
        settings = [word for key, value in _SETTINGS.items() for word in ("-c", f"{key}={value}")]
        command = ["git", *settings, *arguments]
        done = subprocess.run(
            command, cwd=self.directory, env=_environment(), capture_output=True, check=False
        )
        return done.returncode

    def commit(self, name: str, text: str) -> None:
        """Commit a file with a text."""
        (self.directory / name).write_text(text, encoding="utf-8", newline="\n")
        self.run("add", name)
        assert self.run("commit", "--quiet", "--message", name) == 0
