"""Plugin executables for the Pulumi engine: tiny programs that ask the emulator for a session."""

import importlib.metadata
import os
import sys
from functools import cache
from pathlib import Path

from emulator.errors import EmulatorError
from emulator.providers.sign_in import ENVIRONMENT_VARIABLES, VARIABLES

AZURE_NATIVE = "azure-native"
RANDOM = "random"

# The engine reads the port from the first line and ends the program when it is done; the emulator
# sees the connection close and ends the session. Two of them start with each engine, and to import
# `json` and `socket` would take longer than all the rest.
_PROGRAM = '''\
#!{python} -SEI
"""Opens a session of the emulated {name} provider and holds it until the engine ends it."""
import os
import sys
from _socket import AF_UNIX, socket

SOCKET = {socket!r}
NAMES = {names!r}

connection = socket(AF_UNIX)
try:
    connection.connect(SOCKET)
except OSError:
    sys.stderr.write("The emulator of {name} does not run: nobody answers at " + SOCKET + ". "
                     "Run 'python -m emulator start' where its state lies.\\n")
    sys.exit(1)
hello = {{"provider": {name!r}, **{{key: os.environ.get(key, "") for key in NAMES}}}}
connection.sendall(ascii(hello).encode() + b"\\n")
answer = b""
while not answer.endswith(b"\\n") and (part := connection.recv(65536)):
    answer += part
if not answer.strip().isdigit():
    sys.stderr.write(answer.decode() or "The emulator hung up.\\n")
    sys.exit(1)
print(answer.decode(), end="", flush=True)
connection.recv(1)
'''


@cache
def sdk_version(name: str) -> str:
    """Give the version of a provider's SDK; the engine looks for a plugin of exactly that one."""
    return importlib.metadata.version(f"pulumi-{name}")


def install(pulumi_home: Path, socket_path: Path) -> None:
    """Write the executables into a PULUMI_HOME of the emulator's own."""
    if len(os.fsencode(socket_path)) > 100:
        raise EmulatorError(
            f"The state directory makes a socket path of more than 100 characters: {socket_path}. "
            "Unix sockets cannot have longer ones. Choose a shorter one with --state."
        )
    for name in (AZURE_NATIVE, RANDOM):
        folder = pulumi_home / "plugins" / f"resource-{name}-v{sdk_version(name)}"
        folder.mkdir(parents=True, exist_ok=True)
        names = (*VARIABLES.values(), *ENVIRONMENT_VARIABLES)
        program = _PROGRAM.format(
            python=sys.executable, name=name, names=names, socket=str(socket_path)
        )
        executable = folder / f"pulumi-resource-{name}"
        executable.write_text(program, encoding="utf-8")
        executable.chmod(0o755)
