"""Finds the commands that a page writes, and tells what is wrong with one."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import typer

from components.model.configuration import configuration_keys
from transfer.cli import app

ROOT = Path(__file__).parent.parent

_FENCE = re.compile(r"^ *```(?P<language>\w*)\n(?P<lines>.*?)^ *```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_INNER = re.compile(r"\$\(([^()]*)\)")
_ASSIGNMENT = re.compile(r"^(?:\w+=\S* +)+")
_TARGET = re.compile(r"^([a-z./-]+):", re.MULTILINE)
_VARIABLE = re.compile(r"^(\w+) \?= |\$\((\w+)\)", re.MULTILINE)
# Options of `pulumi config` that are followed by a value.
_WITH_VALUE = ("-s", "--stack", "-C", "--cwd", "--type", "--config-file")


def commands_in(page: str) -> Iterator[str]:
    """Give each command of a page: lines of console blocks, and code within sentences."""
    for block in _FENCE.finditer(page):
        if block["language"] == "console":
            for line in block["lines"].splitlines():
                yield from _single(line.partition(" #")[0])
    for code in _INLINE.findall(_FENCE.sub("", page)):
        yield from _single(code)


def fault_of(command: str) -> str | None:
    """Say what is wrong with a command of ours; others are nobody's business here."""
    program, _, _ = command.partition(" ")
    if program.startswith("acr-transfer:"):
        return _fault_of_key(program.removesuffix(":"))
    check = _CHECKS.get(program)
    return check(shlex.split(command)[1:]) if check else None


def _single(line: str) -> Iterator[str]:
    for inner in _INNER.findall(line):
        yield from _single(inner)
    for command in line.split("&&"):
        if bare := _ASSIGNMENT.sub("", command.strip()):
            yield bare


def _fault_of_acr_transfer(arguments: list[str]) -> str | None:
    return _fault_of_command("acr-transfer", typer.main.get_command(app), arguments)


def _fault_of_command(name: str, command: object, arguments: list[str]) -> str | None:
    """Judge the words after a command, or after a group of them."""
    parameters = getattr(command, "params", ())
    known = {"--help", *(opt for parameter in parameters for opt in parameter.opts)}
    members = getattr(command, "commands", None)
    if members is None:
        unknown = [word for word in arguments if word.startswith("-")]
        unknown = [word for word in unknown if word.partition("=")[0] not in known]
        return f"{name} has no option {unknown[0]}" if unknown else None
    if not arguments or arguments[0] in known:
        return None
    if arguments[0] not in members:
        return f"{name} has no command {arguments[0]}"
    return _fault_of_command(f"{name} {arguments[0]}", members[arguments[0]], arguments[1:])


def _fault_of_make(arguments: list[str]) -> str | None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    variables = {name for pair in _VARIABLE.findall(makefile) for name in pair}
    for word in arguments:
        name, is_variable, _ = word.partition("=")
        if name not in (variables if is_variable else _TARGET.findall(makefile)):
            return f"the Makefile has no {'variable' if is_variable else 'target'} {name}"
    return None


def _fault_of_pulumi(arguments: list[str]) -> str | None:
    if arguments[:2] not in (["config", "set"], ["config", "rm"], ["config", "get"]):
        return None
    words = iter(arguments[2:])
    for word in words:
        if word in _WITH_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return _fault_of_key(word)
    return None


def _fault_of_key(written: str) -> str | None:
    """Judge keys of this project alone: providers and examples have their own."""
    namespace, _, key = written.partition(":")
    known = {"<key>", "KEY", *configuration_keys("source"), *configuration_keys("target")}
    # An entry of a list is written with its index.
    if namespace != "acr-transfer" or key.partition("[")[0] in known:
        return None
    return f"there is no key {written}"


def _fault_of_python(arguments: list[str]) -> str | None:
    match arguments:
        case ["-m", ("tools" | "emulator") as module, command, *_]:
            is_known = _has_command(module, command)
            return None if is_known else f"python -m {module} has no command {command}"
        case ["-m", module, *_] if "." in module:
            file = ROOT / f"{module.replace('.', '/')}.py"
            return None if file.is_file() else f"there is no module {module}"
    return None


@cache
def _has_command(module: str, command: str) -> bool:
    asked = [sys.executable, "-m", module, command, "--help"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, check=False).returncode == 0


_CHECKS: dict[str, Callable[[list[str]], str | None]] = {
    "acr-transfer": _fault_of_acr_transfer,
    "make": _fault_of_make,
    "pulumi": _fault_of_pulumi,
    "python": _fault_of_python,
    "python3": _fault_of_python,
}
