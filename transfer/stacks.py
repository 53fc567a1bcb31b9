"""Pulumi stacks as the command uses them: their outputs, their configuration, `pulumi up`.

The Automation API's `Stack` class is not used: it changes which stack the user has selected,
decrypts all secrets, and starts the engine five times where once is enough.
"""

import json
import re
import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Protocol, cast

from pydantic import SecretStr

from components.model.configuration import NAMESPACE, SAS_KEY
from transfer.console import Console
from transfer.engine import Engine, EngineError, EngineStoppedError, NoSuchStackError
from transfer.engine_hints import hint_about, stopped
from transfer.errors import CommandFailedError, WrongUseError
from transfer.pair import pulumi
from transfer.pending_creates import PendingCreates, told_of
from transfer.redaction import redact
from transfer.stack_file import Entry, init_words, read_entries, stack_file

_FINISHED = re.compile(
    r"^\s*[-+~]{1,2}\s+(?P<type>\S+) (?P<name>\S+) "
    r"(?P<what>(created|updated|deleted|replaced|refreshed)\b.*)$"
)
_CHANGES = re.compile(r"^\s+([-+~]{1,2} \d+|\d+ unchanged|\d+ changes?)\b.*$")
_SECTION = re.compile(r"^(Diagnostics|Outputs|Resources|Duration|Policies)\b.*:")


@dataclass(frozen=True)
class MadeResource:
    """A resource as a stack's state holds it; secret values are encrypted there."""

    type: str
    name: str
    inputs: Mapping[str, object]
    outputs: Mapping[str, object]
    created: str = ""
    """When, as the engine writes it; empty for what only groups others."""
    modified: str = ""


class Stack(Protocol):
    """A stack of this program."""

    @property
    def name(self) -> str:
        """The name as the user wrote it."""
        ...

    def exists(self) -> bool:
        """Whether there is such a stack."""
        ...

    def outputs(self) -> dict[str, object]:
        """Give the outputs; secret ones masked. Empty when the stack does not exist."""
        ...

    def resources(self) -> list[MadeResource]:
        """Give what the stack has made. Nothing when the stack does not exist."""
        ...

    def config(self) -> dict[str, str]:
        """Give the configuration of this program, secret values too, but never the SAS.

        No stack is made for it.
        """
        ...

    def secret_keys(self) -> frozenset[str]:
        """Name the keys whose values are secrets, the SAS among them."""
        ...

    def provider_config(self, names: Collection[str]) -> dict[str, SecretStr]:
        """Give what of these the stack tells Pulumi's Azure provider, secret values too."""
        ...

    def up(self, exclude: Sequence[str] = ()) -> None:
        """Run `pulumi up`, without the resources whose URN matches a pattern."""
        ...


class PulumiStack:
    """A stack of a project directory, behind the real engine."""

    def __init__(self, name: str, directory: Path, engine: Engine, console: Console) -> None:
        self.name = name
        self._directory = directory
        self._engine = engine
        self._console = console
        self._decrypted = cache(self._decrypt)
        self._is_missing = False

    def exists(self) -> bool:
        """Whether there is such a stack."""
        try:
            self._run(["stack", "output"])
        except NoSuchStackError:
            return False
        return True

    def outputs(self) -> dict[str, object]:
        """Give the outputs; secret ones masked. Empty when the stack does not exist."""
        try:
            text = self._run(["stack", "output", "--json"])
        except NoSuchStackError:
            return {}
        outputs = json.loads(text)
        return outputs if isinstance(outputs, dict) else {}

    def resources(self) -> list[MadeResource]:
        """Give what the stack has made. Nothing when the stack does not exist."""
        try:
            deployment = json.loads(self._run(["stack", "export"]))["deployment"]
        except NoSuchStackError:
            return []
        return [
            MadeResource(
                item["type"],
                item["urn"].rpartition("::")[2],
                item.get("inputs") or {},
                item.get("outputs") or {},
                item.get("created") or "",
                item.get("modified") or "",
            )
            for item in deployment.get("resources") or ()
            if not item.get("delete")
        ]

    def config(self) -> dict[str, str]:
        """Give the configuration of this program, secret values too, but never the SAS.

        No stack is made for it.
        """
        unread = {SAS_KEY} & self.secret_keys()
        keys = [key for key in self._entries if key.startswith(f"{NAMESPACE}:")]
        return {key: self._value(key).get_secret_value() for key in keys if key not in unread}

    def secret_keys(self) -> frozenset[str]:
        """Name the keys whose values are secrets, the SAS among them."""
        return frozenset(key for key, entry in self._entries.items() if entry.get("secret"))

    def provider_config(self, names: Collection[str]) -> dict[str, SecretStr]:
        """Give what of these the stack tells Pulumi's Azure provider, secret values too."""
        keys = {name: f"azure-native:{name}" for name in names}
        return {name: self._value(key) for name, key in keys.items() if key in self._entries}

    def _value(self, key: str) -> SecretStr:
        entry = self._entries[key]
        return SecretStr(str(entry["value"])) if "value" in entry else self._decrypted(key)

    def _decrypt(self, key: str) -> SecretStr:
        # One value at a time: reading all of them would decrypt the stack's SAS too.
        try:
            return SecretStr(self._run(["config", "get", key]).rstrip("\n"))
        except NoSuchStackError as error:
            raise WrongUseError(
                f"{key} in {self._file.name} cannot be read: it is encrypted, and stack "
                f"{self.name!r}, which could decrypt it, does not exist. "
                f"Type: {self._init()}"
            ) from error

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        """The configuration, which is read once: no command changes it."""
        try:
            return cast("dict[str, Entry]", json.loads(self._run(["config", "--json"])))
        except NoSuchStackError:
            self._require_file()
            return read_entries(self._file)

    def up(self, exclude: Sequence[str] = ()) -> None:
        """Run `pulumi up`, without the resources whose URN matches a pattern.

        A new stack is made first. One resource that fails does not keep others from being made.
        What an earlier one that was killed has made is taken over.

        Raises:
            WrongUseError: there is neither such a stack nor a configuration file for it.
            CommandFailedError: the engine reports a failure.
        """
        arguments = ["up", "--yes", "--skip-preview", "--suppress-outputs", "--continue-on-error"]
        for pattern in exclude:
            arguments += ["--exclude", pattern]
        # Where there is no such stack, the engine ends without the language host that it starts.
        if self._is_missing:
            self._make()
        try:
            self._up(arguments)
        except NoSuchStackError:
            self._make()
            self._up(arguments)

    def _make(self) -> None:
        self._require_file()
        self._run(init_words(self._file))
        self._is_missing = False

    def _up(self, arguments: Sequence[str]) -> None:
        pending = PendingCreates(self._engine, self.name, self._directory)
        while True:
            try:
                self._run(arguments, self._show)
            except CommandFailedError as error:
                taken = pending.take_over(error.message)
                if not taken:
                    raise
                self._console.line(f"  {told_of(taken)}")
            else:
                return

    @property
    def _file(self) -> Path:
        return stack_file(self._directory, self.name)

    def _require_file(self) -> None:
        if not self._file.is_file():
            raise WrongUseError(
                f"stack {self.name!r} is not valid: it does not exist, and {self._file.name} to "
                f"make it from does not either. Name another stack, or: {self._init()}"
            )

    def _init(self) -> str:
        return shlex.join(pulumi(self.name, self._directory, "stack", "init"))

    def _run(self, arguments: Sequence[str], show: Callable[[str], None] | None = None) -> str:
        command = [*arguments, "--stack", self.name, "--color", "never"]
        try:
            return self._engine.run(command, self._directory, show, self._say_that_it_stops)
        except NoSuchStackError:
            self._is_missing = True
            raise
        except EngineStoppedError as error:
            is_change = arguments[0] == "up"
            raise stopped(self.name, self._directory, error.asked, is_change=is_change) from error
        except EngineError as error:
            verb = " ".join(word for word in arguments[:2] if not word.startswith("-"))
            said = redact("\n".join(_diagnostics(error.output) or error.errors or error.output))
            raise CommandFailedError(
                f"pulumi {verb} of stack {self.name!r} failed:\n{said}",
                hint_about(said, self.name, self._directory),
            ) from error

    def _say_that_it_stops(self) -> None:
        self._console.line(
            f"Stopping: the engine ends what it has begun in stack {self.name!r}, which may take "
            "minutes. Another Ctrl-C stops it at once, and leaves that in doubt."
        )

    def _show(self, line: str) -> None:
        finished = _FINISHED.match(line)
        if finished and finished["type"] != "pulumi:pulumi:Stack":
            kind = finished["type"].rsplit(":", 1)[-1]
            self._console.line(f"  {kind} {finished['name']} {finished['what']}")
        elif _CHANGES.match(line):
            self._console.line(f"  {line.strip()}")
        elif line.strip() and not line.startswith("@"):
            self._console.status(line.strip())


def _diagnostics(lines: Sequence[str]) -> list[str]:
    """Cut the section Diagnostics out of the engine's output."""
    section = ""
    kept = []
    for line in lines:
        match = _SECTION.match(line)
        if match:
            section = match[1]
        elif section == "Diagnostics" and line.strip():
            kept.append(line)
    return kept
