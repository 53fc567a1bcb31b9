"""Pulumi stacks of the benchmarks, behind the real engine."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from benchmarks.command import Measured, Watch, run

Resource = Mapping[str, object]
"""A resource as the state of a stack holds it."""


@dataclass(frozen=True)
class BenchStack:
    """A stack of a project folder; commands never ask and never select."""

    folder: Path
    name: str
    environment: Mapping[str, str]

    def create(self) -> None:
        """Make the stack; it has no resources yet."""
        self._pulumi("stack", "init", "--no-select")

    def preview(self, *options: str) -> Measured:
        """Run `pulumi preview`."""
        return self._pulumi("preview", *options)

    def up(
        self,
        *options: str,
        parallel: int | None = None,
        variables: Mapping[str, str] | None = None,
        watch: Watch | None = None,
    ) -> Measured:
        """Run `pulumi up` without its preview."""
        limit = [] if parallel is None else ["--parallel", str(parallel)]
        return self._pulumi(
            "up", "--yes", "--skip-preview", *limit, *options, variables=variables, watch=watch
        )

    def refresh(self) -> Measured:
        """Run `pulumi refresh` without its preview."""
        return self._pulumi("refresh", "--yes", "--skip-preview")

    def destroy(self) -> Measured:
        """Run `pulumi destroy` without its preview; the stack stays, empty."""
        return self._pulumi("destroy", "--yes", "--skip-preview")

    def resources(self) -> list[Resource]:
        """Give the resources of the stack's state."""
        document = json.loads(self._pulumi("stack", "export").output)
        return cast("list[Resource]", document["deployment"].get("resources", []))

    def custom_resource_count(self) -> int:
        """Count what lies in a cloud: no components, no providers."""
        return sum(
            bool(resource.get("custom"))
            and not str(resource["type"]).startswith("pulumi:providers:")
            for resource in self.resources()
        )

    def outputs(self) -> Measured:
        """Run `pulumi stack output`: one start of the engine, without the program."""
        return self._pulumi("stack", "output", "--json")

    def contract(self) -> Mapping[str, object]:
        """Give what the stack tells the other side."""
        text = self.outputs().output
        return cast("Mapping[str, object]", json.loads(text)["contract"])

    def _pulumi(
        self,
        *arguments: str,
        variables: Mapping[str, str] | None = None,
        watch: Watch | None = None,
    ) -> Measured:
        command = ["pulumi", *arguments, "--stack", self.name, "--non-interactive"]
        environment = {**self.environment, **(variables or {})}
        return run([*command, "--color", "never"], self.folder, environment, watch=watch)
