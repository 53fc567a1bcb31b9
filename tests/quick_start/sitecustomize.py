"""Hands engine programs and commands on to `tests/ready_programs.py`, which has its imports done.

Python runs this at the start of each process of the tests; all others go on as ever.
"""

import os
import sys
from pathlib import Path

_HANDED_ON = ("pulumi-language-python-exec", "acr-transfer")


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


def _script() -> list[str]:
    """Give the script that is to be handed on, with its arguments; empty for any other process."""
    if os.path.realpath(sys.prefix) != os.environ.get("READY_PROGRAMS_PREFIX"):
        return []
    arguments = sys.orig_argv[1:]
    found = [at for at, text in enumerate(arguments) if Path(text).name in _HANDED_ON]
    return arguments[found[0] :] if found else []


if script := _script():
    os._exit(_hand_on(script))
