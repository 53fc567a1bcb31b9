"""The two stacks and the project that a call is about, and how commands for them are written."""

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from components.model.names import SIDES, Side
from transfer.hints import Command, Hint, Lock, Option, Pulumi, Rerun, Step

RERUN_KEY = "acr-transfer:rerun"
_OPTIONS_KEY = "acr-transfer:options"
# Tells the configuration of a side, by key.
ReadConfig = Callable[[Side], Mapping[str, str]]


@dataclass(frozen=True)
class Pair:
    """What a person named; a command leaves out what is the default."""

    source: str = "source"
    target: str = "target"
    directory: Path = Path()

    def stack(self, side: Side) -> str:
        """Give the name of a side's stack, as it was written."""
        return self.source if side == "source" else self.target

    def command(self, verb: str, *words: str) -> Command:
        """Give a command of this program for these stacks."""
        return self._command(SIDES, verb, words)

    def lines(
        self,
        hint: Hint,
        again: Command,
        config: ReadConfig,
        shared: ReadConfig = lambda _: {},
    ) -> list[str]:
        """Write a hint: its words, and in the last line what to type, if there is anything.

        Args:
            again: The command that failed.
            config: Tells what a side's stack itself is told.
            shared: Tells what all tenants share, where the stack itself is told nothing.
        """
        commands = [
            command for step in hint.steps for command in self._written(step, config, shared)
        ]
        if hint.is_repeated:
            commands.append(again)
        typed = " && ".join(shlex.join(command) for command in commands if command)
        return [line for line in (hint.words, typed) if line]

    def _command(self, sides: Sequence[Side], verb: str, words: Command) -> Command:
        options: list[str] = []
        for side in sides:
            name = self.stack(side)
            options += [] if name == side else [f"--{side}", name]
        options += [] if self.directory == Path() else ["--dir", str(self.directory)]
        return ("acr-transfer", verb, *options, *words)

    def _written(self, step: Step, config: ReadConfig, shared: ReadConfig) -> list[Command]:
        """Write a step; as nothing where it is done."""
        match step:
            case Pulumi(side, words):
                return [pulumi(self.stack(side), self.directory, *words)]
            case Rerun(side):
                number = {**shared(side), **config(side)}.get(RERUN_KEY, "0")
                following = str(int(number) + 1 if number.isdecimal() else 1)
                words = ("config", "set", RERUN_KEY, following)
                return [pulumi(self.stack(side), self.directory, *words)]
            case Option(side, name):
                own, common = _options(config(side)), _options(shared(side))
                if name in (*own, *common):
                    return []
                # A list of the stack's own takes the place of the one that all share.
                paths = enumerate([*common, name], len(own))
                return [self._set_option(side, place, option) for place, option in paths]
            case Lock(words):
                return [self._command(("source",), "lock", words)]
            case tuple():
                return [step]
            case _:
                assert_never(step)

    def _set_option(self, side: Side, place: int, name: str) -> Command:
        words = ("config", "set", "--path", f"{_OPTIONS_KEY}[{place}]", name)
        return pulumi(self.stack(side), self.directory, *words)


def _options(config: Mapping[str, str]) -> list[str]:
    try:
        options = json.loads(config.get(_OPTIONS_KEY) or "[]")
    except ValueError:
        return []
    return options if isinstance(options, list) else []


def pulumi(stack: str, directory: Path, *words: str) -> Command:
    """Give a command of the engine for a stack of a project's directory."""
    place = () if directory == Path() else ("-C", str(directory))
    return ("pulumi", *words, "-s", stack, *place)
