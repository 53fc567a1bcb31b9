"""Creations that a kill cut off after Azure had done them: their stack takes them over.

`pulumi refresh --import-pending-creates` of engine 3.258 forgets them instead. So the state is
exported, given what was to be created, and imported; the next `up` has the engine look at that
first.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from transfer.engine import Engine, EngineError

_RESOURCE = re.compile(r"\s*(?:\S+:)?(?P<type>[^\s:]+) \((?P<name>[^()]+)\):")
_THERE = re.compile(r"cannot create already existing resource ['\"](?P<id>/[^'\"]+)['\"]")
TAKEN_OVER = "Taken over, as Azure has made it for an up that was cut off"
# What Azure calls a part of which each resource has exactly one.
_ONLY_ONE = "default"


def heading(urn: str) -> str:
    """Name a resource as the engine does above what it says about it."""
    *_, types, name = urn.split("::")
    return f"{types.rpartition('$')[2]} ({name}):"


def told_of(taken: list[str]) -> str:
    """Say what was taken over."""
    return f"{TAKEN_OVER}: {', '.join(taken)}"


@dataclass
class PendingCreates:
    """What a stack was about to create when it was cut off."""

    engine: Engine
    stack: str
    directory: Path
    taken: list[str] = field(default_factory=list)
    """The names of all that were taken over so far."""
    # By URN. An import of the state forgets those that were not taken over yet.
    _resources: dict[str, dict[str, Any]] = field(default_factory=dict)

    def take_over(self, said: str) -> list[str]:
        """Have the stack know those that Azure has created, before its next `up`.

        Args:
            said: The engine's lines about an `up` that has failed, below the names of resources.

        Returns:
            The names of those that are taken over: each is one that the stack itself was about to
            create, and has in Azure the names that it was to get.
        """
        there = list(_there(said))
        if not there:
            return []
        try:
            state = json.loads(self.engine.run(self._command("export"), self.directory))
            taken = list(self._taken(state["deployment"], there))
            if taken:
                with NamedTemporaryFile("w", suffix=".json") as file:
                    json.dump(state, file)
                    file.flush()
                    command = [*self._command("import"), "--file", file.name]
                    self.engine.run(command, self.directory)
        except EngineError:
            # The failure that led here is the one to tell.
            return []
        self.taken += taken
        return taken

    def _command(self, verb: str) -> list[str]:
        return ["stack", verb, "--stack", self.stack]

    def _taken(self, deployment: dict[str, Any], there: list[tuple[str, str]]) -> Iterator[str]:
        """Put what is there among the resources of a state; give the names."""
        for operation in deployment.get("pending_operations") or ():
            if operation["type"] == "creating":
                self._resources[operation["resource"]["urn"]] = operation["resource"]
        resources = deployment.setdefault("resources", [])
        known = {resource["urn"] for resource in resources}
        for urn in sorted(self._resources.keys() - known):
            ids = [known_id for urn_end, known_id in there if urn.endswith(urn_end)]
            inputs = json.dumps(self._resources[urn].get("inputs"))
            if len(ids) == 1 and _names(ids[0], inputs):
                # Of its outputs the state has none until the engine has looked at it.
                made = {"id": ids[0], "outputs": {}, "refreshBeforeUpdate": True}
                resources.append(self._resources.pop(urn) | made)
                yield urn.rpartition("::")[2]


def _there(said: str) -> Iterator[tuple[str, str]]:
    """Give what ends the URN of each resource that is there, and its ID."""
    urn_end = ""
    for line in said.splitlines():
        if resource := _RESOURCE.fullmatch(line):
            urn_end = f":{resource['type']}::{resource['name']}"
        elif urn_end and (there := _THERE.search(line)):
            yield urn_end, there["id"]


def _names(resource_id: str, inputs: str) -> bool:
    """Tell whether a resource with these inputs gets this ID, by all names in it."""
    _, _, _, *parts = resource_id.split("/")
    names = [name for name in parts[1:2] + parts[5::2] if name != _ONLY_ONE]
    return all(re.search(rf'["/]{re.escape(name)}["/]', inputs, re.IGNORECASE) for name in names)
