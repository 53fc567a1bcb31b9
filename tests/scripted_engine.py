"""An engine that answers by a script, and remembers what it was asked."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx
from typing_extensions import override

from transfer.clock import Clock
from transfer.engine import Engine, OnLine
from transfer.wiring import Machine

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class ScriptedEngine(Engine):
    """Answers a command, written without its options, by a text or by an error."""

    def __init__(self, answers: Mapping[str, str | Exception]) -> None:
        super().__init__("pulumi")
        self.answers = dict(answers)
        self.asked: list[str] = []
        self.typed: list[tuple[str, ...]] = []
        """The same with all options."""
        self.variables: list[dict[str, str]] = []

    @override
    def run(
        self,
        arguments: Sequence[str],
        directory: Path,
        on_output: OnLine | None = None,
        on_stop: Callable[[], None] = lambda: None,
    ) -> str:
        stack = arguments[arguments.index("--stack") + 1] if "--stack" in arguments else ""
        words = [word for word in arguments if not word.startswith("-") and word != stack]
        command = " ".join([*words, stack]).strip()
        self.asked.append(command)
        self.typed.append(tuple(arguments))
        answer = self.answers.get(command, "")
        if isinstance(answer, Exception):
            raise answer
        if on_output is not None:
            for line in answer.splitlines():
                on_output(line)
        return answer

    @override
    def told(self, **variables: str) -> "ScriptedEngine":
        self.variables.append(variables)
        return self


class NoonClock(Clock):
    """A clock that stands still."""

    @override
    def now(self) -> datetime:
        return NOON


def machine_of(engine: Engine) -> Machine:
    """Give a machine with this engine, from which nothing else is reached."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"{request.url} is asked")

    return Machine(engine, httpx.Client(transport=httpx.MockTransport(refuse)), NoonClock(), {})
