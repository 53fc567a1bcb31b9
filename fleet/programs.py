"""Programs of previews in processes that have their imports done, which is half of a preview."""

import os
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from threading import Lock
from typing import TextIO

from typing_extensions import override

from components.model.yaml_files import YamlError, read_yaml
from transfer.stack_file import program_directory

_READY = Path(__file__).with_name("ready_program.py")
_KNOWN_OPTIONS = {"toolchain", "virtualenv"}

# Gives, for a project and its log, what the engine is told of a program that is ready.
Programs = Callable[[Path, TextIO], AbstractContextManager[Sequence[str]]]


def started_by_the_engine(_project: Path, _log: TextIO) -> AbstractContextManager[Sequence[str]]:
    """Have the engine start the program, as ever."""
    return nullcontext(())


@contextmanager
def ready_programs(root: Path, *, is_needed: bool = False) -> Iterator[Programs]:
    """Keep a process that forks programs of a checkout, from the first that is asked for on.

    Args:
        is_needed: Whether one will be asked for in any case: the process then starts at once, and
            imports while other things are done.
    """
    python = python_of(root)
    if python is None or not hasattr(os, "fork"):
        yield started_by_the_engine
        return
    with _Forks(root, python) as forks:
        if is_needed:
            # Where it does not start, the engine starts each program itself.
            with suppress(OSError):
                forks.start()
        yield forks.serving


def python_of(project: Path) -> Path | None:
    """Find the Python that a project asks for; None where it asks for anything else, too."""
    try:
        document = read_yaml(project / "Pulumi.yaml")
    except (OSError, YamlError):
        return None
    runtime = document.get("runtime") if isinstance(document, Mapping) else None
    options = runtime.get("options") if isinstance(runtime, Mapping) else None
    if not isinstance(options, Mapping) or not set(options) <= _KNOWN_OPTIONS:
        return None
    python = (project / str(options.get("virtualenv"))).resolve() / "bin" / "python"
    return python if python.exists() else None


class _Forks(AbstractContextManager["_Forks"]):
    """Programs that are forked when they are asked for."""

    def __init__(self, root: Path, python: Path) -> None:
        self._root = root
        self._python = python
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control, self._end = socket.socketpair()

    def start(self) -> None:
        """Start the process, unless it has been."""
        with self._lock:
            if self._process is None:
                self._process = self._started()

    @override
    def __exit__(self, *_: object) -> None:
        self._control.close()
        self._end.close()
        if self._process is not None:
            self._process.wait()

    @contextmanager
    def serving(self, project: Path, log: TextIO) -> Iterator[Sequence[str]]:
        """Have a program ready for one stack, and put what it prints into the stack's log.

        The engine starts the program itself where the project asks for another one, or for another
        Python, and where the one that is to be ready does not come up: the engine then says why.
        """
        if python_of(project) != self._python or program_directory(project) != self._root:
            yield ()
            return
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            connection = self._fork(output)
            with connection, connection.makefile() as said:
                port = said.readline().strip()
                try:
                    yield ["--client", f"127.0.0.1:{port}"] if port else ()
                finally:
                    connection.shutdown(socket.SHUT_WR)
                    # Until it has ended.
                    said.read()
                    output.seek(0)
                    log.writelines(output)

    def _fork(self, output: TextIO) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self.start()
                with self._lock:
                    socket.send_fds(self._control, [b"1"], [theirs.fileno(), output.fileno()])
            except OSError:
                # Nothing will be read from it.
                pass
        return ours

    def _started(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [self._python, _READY, self._root, str(self._end.fileno())],
            cwd=self._root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[self._end.fileno()],
            # Ctrl-C is for the engine, which ends its programs itself.
            process_group=0,
        )
        self._end.close()
        return process
