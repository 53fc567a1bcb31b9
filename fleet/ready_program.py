"""A process that has imported what the program imports, and forks one for each stack.

It is started by its path, in the program's own Python, and imports nothing of ours beside the
program. Each fork serves the engine as its language host, and ends with its one stack: nothing of
a tenant is in memory where another one's work begins.
"""

import ast
import gc
import importlib
import json
import os
import runpy
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import patch

import grpc
import pulumi
from pulumi import _types, runtime
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, source_pb2
from typing_extensions import override

_MAIN = "__main__.py"
# What gRPC imports when it is first used.
_GRPC = ("grpc._channel", "grpc._server", "grpc.experimental")


class _Host(LanguageServer):
    """Runs the file of the program as the engine's own language host does."""

    def __init__(self) -> None:
        super().__init__(_run_program)

    @override
    def Run(
        self, request: language_pb2.RunRequest, context: grpc.ServicerContext
    ) -> language_pb2.RunResponse:
        """Run the program once, with its configuration where the language host puts it."""
        os.chdir(request.pwd)
        os.environ["PULUMI_CONFIG"] = json.dumps(dict(request.config))
        os.environ["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(list(request.configSecretKeys))
        answer: language_pb2.RunResponse
        answer = super().Run(request, context)  # type: ignore[no-untyped-call]  # as the SDK has it
        if answer.error:
            # It has been logged; the engine's own language host does not say it again.
            answer.error = "program exited with non-zero exit code: 1"
        return answer


def main(folder: Path, control: socket.socket) -> None:
    """Fork for each request, until the other end is closed."""
    sys.path[0] = str(folder)
    for name in (*_GRPC, *_imported(folder / _MAIN)):
        importlib.import_module(name)
    make_ready()
    children: set[int] = set()
    while True:
        asked, (*files,), _, _ = socket.recv_fds(control, 1, 2)
        if asked and not (child := os.fork()):
            control.close()
            _serve(socket.socket(fileno=files[0]), files[1])
            os._exit(0)
        if not asked:
            break
        children.add(child)
        for file in files:
            os.close(file)
        children -= {child for child in children if os.waitpid(child, os.WNOHANG)[0]}
    for child in children:
        os.waitpid(child, 0)


def make_ready() -> None:
    """Do once, and share, what each fork would do; leave out what the engine does not want.

    Raises:
        AttributeError: the SDK has no longer the functions that this has to do with.
    """
    _keep_types()
    _spare_the_engine()
    # Forks share what is not written to, and the collector writes to all that it looks at.
    gc.collect()
    gc.freeze()


def _keep_types() -> None:
    """Have the SDK read the annotations of all properties now: it keeps what it has read."""
    for name, module in tuple(sys.modules.items()):
        if name.partition(".")[0].startswith("pulumi"):
            for found in tuple(vars(module).values()):
                if isinstance(found, type):
                    _types._types_from_py_properties(found)


def _spare_the_engine() -> None:
    """Leave out half of what the SDK does for a program of ours.

    It works out a URN for each alias of a resource, of which azure-native has dozens, for engines
    that do not take an alias as it is; it reads the source files of all callers for the line that
    makes a resource, which no preview shows; and it tells the engine some hundred things that only
    `--debug` shows, each in a call.
    """
    for module, name, instead in (
        (pulumi.resource, "collapse_alias_to_urn", ""),
        (runtime.resource, "_get_stack_trace", source_pb2.StackTrace()),
        (pulumi.log, "debug", None),
    ):
        patch.object(module, name, lambda *_, _instead=instead, **__: _instead).start()


def _run_program() -> None:
    runpy.run_path(_MAIN, run_name="__main__")


def _serve(connection: socket.socket, output: int) -> None:
    """Serve the engine at a port that is told, until the other end is closed."""
    os.dup2(output, 1)
    os.dup2(output, 2)
    server = grpc.server(ThreadPoolExecutor())
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(_Host(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    connection.sendall(f"{port}\n".encode())
    connection.recv(1)
    sys.stdout.flush()
    sys.stderr.flush()


def _imported(file: Path) -> Iterator[str]:
    for node in ast.parse(file.read_bytes()).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


if __name__ == "__main__":
    main(Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[2])))
