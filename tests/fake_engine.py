"""An engine of a few lines: it says what a test wants of each stack, and stops as the real one."""

import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from components.model.names import SIDES
from fleet.tenants.folder import Tenant
from fleet.tenants.new import SideGiven, make_tenant

_PROGRAM = """\
#!{python} -IS
import json, os, signal, sys

signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
words = sys.argv[1:]
if words[1:3] == ["stack", "ls"]:
    with open({stacks!r}) as file:
        print(json.dumps([{{"name": name}} for name in file.read().split()]))
    sys.exit()
stack = words[words.index("--stack") + 1] if "--stack" in words else ""
told = os.open({fifo!r}, os.O_WRONLY) if os.path.exists({fifo!r}) else None

def tell(text):
    if told is not None:
        os.write(told, f"{{stack}} {{text}}\\n".encode())

with open({scenes!r}) as file:
    scene = json.load(file).get(stack, {{}})
verb = words[2] if words[2:3] in (["export"], ["import"]) else words[1]
policies = words[words.index("--policy-pack"):] if "--policy-pack" in words else []
with open({calls!r}, "a+") as file:
    file.seek(0)
    if verb in ("cancel", "import") or scene.get("until", "never") in file.read().split():
        scene = {{}}
    file.write(" ".join([stack, verb, *policies]) + "\\n")
with open({arguments!r}, "a") as file:
    file.write(json.dumps([stack, words[1:]]) + "\\n")
tell("begins")
if verb == "export":
    scene = {{"out": [{{"deployment": scene.get("state", {{}})}}]}}
for line in scene.get("out", []):
    print(line if isinstance(line, str) else json.dumps(line))
for line in scene.get("err", []):
    print(line, file=sys.stderr)
sys.stdout.flush()
if scene.get("cut"):
    os.write(1, scene["cut"].encode())
if scene.get("killed"):
    os.kill(os.getpid(), signal.SIGKILL)
if "patience" in scene:
    with open({waiting!r}, "a") as file:
        file.write(f"{{os.getpid()}}\\n")
for _ in range(scene.get("patience", 0)):
    signal.sigwait([signal.SIGINT])
    tell("asked")
sys.exit(scene.get("code", 1 if "patience" in scene else 0))
"""


class FakeEngine:
    """A checkout with tenants, and a `pulumi` that does as it is told."""

    def __init__(self, root: Path, *tenants: str) -> None:
        self.root = root
        self.program = root / "bin" / "pulumi"
        self._scenes = root / "scenes.json"
        self._stacks = root / "stacks"
        self._calls = root / "calls"
        self._arguments = root / "arguments"
        self._fifo = root / "told"
        self._waiting = root / "waiting"
        self.program.parent.mkdir()
        text = _PROGRAM.format(
            python=sys.executable,
            fifo=str(self._fifo),
            scenes=str(self._scenes),
            stacks=str(self._stacks),
            calls=str(self._calls),
            arguments=str(self._arguments),
            waiting=str(self._waiting),
        )
        self.program.write_text(text)
        self.program.chmod(0o755)
        self._calls.touch()
        self._waiting.touch()
        self.plays()
        for name in tenants:
            make_tenant(Tenant(root, name), {side: SideGiven("rg/registry1") for side in SIDES})
        self.lists(*(f"{name}-{side}" for name in tenants for side in SIDES))

    def lists(self, *stacks: str) -> None:
        """Say which stacks exist; else those of all tenants do."""
        self._stacks.write_text("\n".join(stacks))

    def plays(self, **scenes: dict[str, Any]) -> None:
        """Say how the engine does with stacks, by name with an underscore; else all is well.

        A scene has lines or events `out` and lines `err`, the exit `code`, and `patience`: as many
        requests to stop are needed until it ends. `killed` ends it, after the piece `cut`. It is
        played `until` a verb is called, and never for `cancel` and `import`. Of a stack's `state`
        it gives what is exported.
        """
        named = {stack.replace("_", "-"): scene for stack, scene in scenes.items()}
        self._scenes.write_text(json.dumps(named))

    def calls(self) -> list[str]:
        """Give the stack, the verb and the policies of each call so far."""
        return self._calls.read_text().splitlines()

    def arguments(self) -> dict[str, list[str]]:
        """Give all that the engine was told in the last call of each stack."""
        return dict(map(json.loads, self._arguments.read_text().splitlines()))

    def open_told(self) -> int:
        """Have each engine tell when it begins and is asked to stop; give where that is read."""
        os.mkfifo(self._fifo)
        # For writing, too: it has no end between two engines then.
        return os.open(self._fifo, os.O_RDWR)

    def environment(self) -> dict[str, str]:
        """Give the variables with which a command finds this engine."""
        return {
            **os.environ,
            "PATH": f"{self.program.parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(Path(__file__).parent.parent),
        }

    def end(self) -> None:
        """End the engines that wait to be asked to stop."""
        for pid in map(int, self._waiting.read_text().split()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def violation(rule: str, level: str) -> dict[str, object]:
    """Give the event of a rule that an account does not keep."""
    told = {
        "resourceUrn": "urn:pulumi:s::p::azure-native:storage:StorageAccount::source-account",
        "message": "It says why.\nAnd how to mend it.\n",
        "policyName": rule,
        "enforcementLevel": level,
    }
    return {"policyEvent": told}


def failed(*errors: str) -> dict[str, object]:
    """Give a scene of an engine that reports errors in its events."""
    return {"out": [error(text) for text in errors], "code": 1}


def refused(*lines: str) -> dict[str, object]:
    """Give a scene of an engine that does not begin."""
    return {"err": lines, "code": 1}


def error(text: str, urn: str = "") -> dict[str, object]:
    """Give an event with an error, of a resource or of none."""
    return {"diagnosticEvent": {"severity": "error", "message": text, "urn": urn}}


def change(
    operation: str, properties: Sequence[str] = (), state: Mapping[str, object] | None = None
) -> dict[str, object]:
    """Give an event of a change, with the whole state of the resource in it."""
    urn = "urn:pulumi:s::acr-transfer::x:y:Vault::source-vault"
    metadata = {"op": operation, "urn": urn, "type": "x:y:Vault", "diffs": list(properties)}
    return {"resourcePreEvent": {"metadata": metadata | {"old": state, "new": state}}}
