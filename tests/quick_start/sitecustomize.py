"""Hands engine programs and commands on to `tests/ready_programs.py`, which has its imports done.

Python runs this at the start of each process of the tests; all others go on as ever. What is asked
of pip is answered here once its stand-in beside this file has answered it: imports would be nearly
all of the time.
"""

import os
import sys
from pathlib import Path

_HANDED_ON = ("pulumi-language-python-exec", "acr-transfer")
ASKED_OF_PIP = ["-m", "pip", "list", "-v", "--format", "json"]


def _hand_on(arguments: list[str]) -> int:
    """Have a script run there with what this process was given, and give its exit code."""
    import json
    import signal
    import socket

    given = {
        "argv": arguments,
        "directory": str(Path.cwd()),
        "environment": dict(os.environ),
    }
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(os.environ["READY_PROGRAMS"])
        socket.send_fds(connection, [b"\0"], [0, 1, 2])
        connection.sendall(json.dumps(given).encode() + b"\n")
        received = connection.makefile("rb")
        script = int(received.readline())
        # The language host asks a program to end where the engine has failed. If this process is
        # killed, the end of the connection ends the script.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _: os.kill(script, number))
        return int(received.readline())


def packages_file() -> Path | None:
    """Give the file that keeps pip's answer, where this is the Python of the tests."""
    if os.path.realpath(sys.prefix) != os.environ.get("READY_PROGRAMS_PREFIX"):
        return None
    return Path(os.environ["READY_PROGRAMS"]).with_name("packages.json")


def _act() -> None:
    arguments = sys.orig_argv[1:]
    kept = packages_file()
    if kept is None:
        return
    if arguments == ASKED_OF_PIP and kept.exists():
        os.write(1, kept.read_bytes())
        os._exit(0)
    found = [at for at, text in enumerate(arguments) if Path(text).name in _HANDED_ON]
    if found:
        os._exit(_hand_on(arguments[found[0] :]))


_act()
