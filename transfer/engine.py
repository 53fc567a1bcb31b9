"""The Pulumi engine as a process: one command, its lines as they come, what it wrote.

The SDK's own runner, `pulumi.automation.PulumiCommand`, takes longer to import than the engine
takes to read a stack, and asks the engine for its version before each use.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import IO

from transfer.errors import CommandFailedError
from transfer.stopping import Asked, stoppable

OnLine = Callable[[str], None]


def _say_nothing() -> None:
    pass


_ENVIRONMENT = {
    "PULUMI_SKIP_UPDATE_CHECK": "true",
    # A preview then tells its events one by one, as an update does.
    "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true",
}
# As the SDK tells it apart, in pulumi/automation/errors.py.
_NO_STACK = re.compile("no stack named.*found")


class EngineError(Exception):
    """A command of the engine failed."""

    def __init__(self, output: Sequence[str], errors: Sequence[str]) -> None:
        self.output = tuple(output)
        self.errors = tuple(errors)
        super().__init__("\n".join(errors or output))


class NoSuchStackError(EngineError):
    """The engine knows no stack of that name."""


class EngineStoppedError(EngineError):
    """Somebody stopped a command of the engine, which has ended since."""

    def __init__(self, asked: Asked, output: Sequence[str], errors: Sequence[str]) -> None:
        self.asked = asked
        super().__init__(output, errors)


class Engine:
    """The engine on this machine."""

    def __init__(self, program: str, variables: Mapping[str, str] | None = None) -> None:
        self._program = program
        self._variables = {**_ENVIRONMENT, **(variables or {})}

    def told(self, **variables: str) -> "Engine":
        """Give the same engine with more variables in its environment, and in its programs'."""
        return Engine(self._program, {**self._variables, **variables})

    def run(
        self,
        arguments: Sequence[str],
        directory: Path,
        on_output: OnLine | None = None,
        on_stop: Callable[[], None] = _say_nothing,
    ) -> str:
        """Run a command that asks nothing, and give what it wrote on stdout.

        Args:
            on_output: Told each line of stdout as it comes.
            on_stop: Called when somebody asks to stop, and the end of what runs is awaited.

        Raises:
            EngineStoppedError: somebody stopped the command.
            NoSuchStackError: the stack that the command names does not exist.
            EngineError: the command failed in another way.
            CommandFailedError: the engine does not start.
        """
        output: list[str] = []
        errors: list[str] = []
        with self._start(arguments, directory) as process, stoppable(process, on_stop) as asked:
            assert process.stdout is not None
            assert process.stderr is not None
            reader = Thread(target=_read_into, args=(errors, process.stderr))
            reader.start()
            for line in process.stdout:
                output.append(line.rstrip())
                if on_output is not None:
                    on_output(output[-1])
            reader.join()
            process.wait()
        if asked.times:
            raise EngineStoppedError(asked, output, errors)
        if process.returncode == 0:
            return "\n".join(output)
        if process.returncode < 0:
            # Its words end where it was; what it leaves behind is told by this.
            errors.append(f"The engine was killed by signal {-process.returncode}.")
        kind = NoSuchStackError if _NO_STACK.search("\n".join(errors)) else EngineError
        raise kind(output, errors)

    def _start(self, arguments: Sequence[str], directory: Path) -> subprocess.Popen[str]:
        try:
            return subprocess.Popen(
                [self._program, "--non-interactive", *arguments],
                cwd=directory,
                env={**os.environ, **self._variables},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                process_group=0,
            )
        except OSError as error:
            raise CommandFailedError(
                f"pulumi on PATH is not usable: {error}.", "make setup"
            ) from error


def find_engine() -> Engine:
    """Find the Pulumi engine on PATH.

    Raises:
        CommandFailedError: there is none.
    """
    program = shutil.which("pulumi")
    if program is None:
        raise CommandFailedError(
            "pulumi is not on PATH: the stacks are read and run by it. Put the project's tools on "
            "PATH, or install it: https://www.pulumi.com/docs/install.",
            "make setup",
        )
    return Engine(program)


def _read_into(lines: list[str], stream: IO[str]) -> None:
    lines.extend(line.rstrip() for line in stream)
