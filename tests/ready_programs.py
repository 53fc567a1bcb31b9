"""Forks programs and commands that tests start from a process that has imported what they import.

The imports are two thirds of the processor time of a program of the engine, and half of a command.
All else is as ever: the engine and its language host are the real ones, and a program is run by the
host's own executor, with the arguments, the environment and the streams that the host gives.
A terminal's Ctrl-C is for a whole process group: what it stops is started without this.
"""

import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
QUICK_START = ROOT / "tests" / "quick_start"
_EXECUTOR = "pulumi-language-python-exec"


@contextmanager
def ready_programs(folder: Path) -> Iterator[Mapping[str, str]]:
    """Keep such a process; give the variables by which programs find it."""
    address = folder / "programs"
    server = subprocess.Popen(
        [sys.executable, __file__, address],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Ctrl-C is for the tests.
        process_group=0,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdout.readline()
    try:
        yield {
            "READY_PROGRAMS": str(address),
            "READY_PROGRAMS_PREFIX": os.path.realpath(sys.prefix),
        }
    finally:
        server.terminate()
        server.communicate()


def _serve(address: str) -> None:
    """Fork for each connection, until this process is asked to end."""
    sys.path[0] = str(ROOT)
    # Nobody waits for the forks, whose exit codes go another way.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen(100)
        print("ready", flush=True)
        while True:
            connection, _ = listening.accept()
            _import()
            with connection:
                if not os.fork():
                    listening.close()
                    _run(connection)


def _import() -> None:
    """Import at the first program, as many sessions run none."""
    if gc.get_freeze_count():
        return
    import components
    import fleet
    import rehearsal
    import review
    import transfer
    from fleet.ready_program import make_ready

    for room in (components, transfer, fleet, rehearsal, review):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    make_ready()


def _run(connection: socket.socket) -> None:
    """Be the process at the other end of a connection, and end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _, streams, _, _ = socket.recv_fds(connection, 1, 3)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    received = connection.makefile("rb")
    given: dict[str, Any] = json.loads(received.readline())
    os.environ.clear()
    os.environ.update(given["environment"])
    os.chdir(given["directory"])
    sys.argv = given["argv"]
    if sys.argv[0].endswith(_EXECUTOR):
        _forget_components_of_others()

    def end_with_the_other_end() -> None:
        received.read()
        os._exit(1)

    connection.sendall(f"{os.getpid()}\n".encode())
    Thread(target=end_with_the_other_end, daemon=True).start()
    code = _exit_code(sys.argv[0])
    sys.stdout.flush()
    sys.stderr.flush()
    connection.sendall(f"{code}\n".encode())
    os._exit(0)


def _exit_code(script: str) -> int:
    """Run a script, and end it as Python ends a process."""
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _forget_components_of_others() -> None:
    """Where the program's folder has components of its own, those are to be imported."""
    here = Path("components")
    if here.exists() and here.resolve() == ROOT / "components":
        return
    for name in [name for name in sys.modules if name.split(".")[0] == "components"]:
        del sys.modules[name]
    sys.path.remove(str(ROOT))


if __name__ == "__main__":
    _serve(sys.argv[1])
