"""The emulator's command line: start, stop, status, env, tenant, purge."""

import argparse
import asyncio
import json
import logging
import os
import shlex
import sys
from pathlib import Path

from emulator import daemon
from emulator.account import CLOUDS, FIRST_CLOUD, Ids, load
from emulator.environment import environment, proxy_variables
from emulator.errors import EmulatorError


def main() -> int:
    """Carry out one command; 0 done, 1 failed, 2 wrong use."""
    arguments = _parser().parse_args()
    directory: Path = arguments.state.resolve()
    try:
        match arguments.command:
            case "start" if arguments.foreground:
                return _serve(directory, arguments.ready_fd)
            case "start":
                return _start(directory)
            case "stop":
                print("stopped" if daemon.stop(directory) else f"no emulator runs on {directory}")
            case "status":
                return _status(directory)
            case "env":
                variables = environment(directory)
                if arguments.names:
                    variables |= proxy_variables(directory)
                _print_variables(variables, as_json=arguments.json)
            case "tenant":
                known = load(directory).default if arguments.known_application else None
                ids = Ids(arguments.tenant_id, arguments.subscription_id, known)
                variables = environment(directory, arguments.name, arguments.cloud, ids)
                _print_variables(variables, as_json=arguments.json)
            case "purge":
                daemon.purge(directory)
                print(f"deleted {directory}")
    except EmulatorError as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--state",
        type=Path,
        default=Path(".emulator"),
        metavar="DIR",
        help="where the cloud's state lies (default: .emulator)",
    )
    parser = argparse.ArgumentParser(prog="python -m emulator", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", parents=[shared], help="start the cloud")
    start.add_argument("--foreground", action="store_true", help="stay until interrupted")
    start.add_argument("--ready-fd", type=int, help=argparse.SUPPRESS)
    commands.add_parser("stop", parents=[shared], help="stop it; its state stays")
    commands.add_parser("status", parents=[shared], help="tell whether it runs")
    printing = argparse.ArgumentParser(add_help=False, parents=[shared])
    printing.add_argument("--json", action="store_true", help="as JSON instead of shell exports")
    env = commands.add_parser(
        "env", parents=[printing], help="print what programs need to reach it"
    )
    env.add_argument(
        "--names",
        action="store_true",
        help="add the proxy that knows vaults and storage accounts by host names",
    )
    tenant = commands.add_parser(
        "tenant", parents=[printing], help="print the same for another tenant, made if need be"
    )
    tenant.add_argument("name", help="what it is called here")
    tenant.add_argument(
        "--cloud", choices=CLOUDS, default=FIRST_CLOUD, help="where it lives (default: first)"
    )
    for kind in ("tenant", "subscription"):
        tenant.add_argument(
            f"--{kind}-id", default="", metavar="ID", help=f"of a new one (default: a new {kind})"
        )
    tenant.add_argument(
        "--known-application",
        action="store_true",
        help="with a new one: it knows the application of the first tenant, as one of several",
    )
    commands.add_parser("purge", parents=[shared], help="stop it and delete its state")
    return parser


def _start(directory: Path) -> int:
    pid = daemon.running(directory)
    if pid is not None:
        print(f"the emulator runs already (process {pid})")
        return 0
    pid = daemon.start(directory)
    print(f"the emulator runs (process {pid})")
    print(f'to use it:  eval "$(python -m emulator env --state {shlex.quote(str(directory))})"')
    return 0


def _serve(directory: Path, ready_fd: int | None) -> int:
    tell = daemon.teller(ready_fd)
    # gRPC's own handling of forks is for programs that use it in both processes.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
    logging.basicConfig(format="%(asctime)s %(name)s %(message)s")
    # Libraries log whole requests when let; ours alone may say more than warnings.
    logging.getLogger("emulator").setLevel(logging.INFO)
    try:
        with daemon.acquire(directory):
            # Loaded only here: the other commands shall answer at once.
            from emulator.app import run

            asyncio.run(run(directory, lambda: tell("ready")))
    except EmulatorError as exc:
        tell(str(exc))
        raise
    return 0


def _status(directory: Path) -> int:
    pid = daemon.running(directory)
    print(f"no emulator runs on {directory}" if pid is None else f"running (process {pid})")
    return 1 if pid is None else 0


def _print_variables(variables: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(variables, indent=2))
        return
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")


if __name__ == "__main__":
    sys.exit(main())
