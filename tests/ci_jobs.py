"""The jobs of the workflows to copy, as the shell lines that each of them runs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from conftest_emulator import ROOT

COPIES = ROOT / "ci"
OF_GITHUB = sorted((COPIES / "github").rglob("*.yml"))
OF_GITLAB = sorted((COPIES / "gitlab").glob("*.yml"))
OF_AZURE = sorted((COPIES / "azure-pipelines").glob("*.yml"))
OWN = sorted((ROOT / ".github/workflows").glob("*.yml"))
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}", re.DOTALL)
_KEYWORDS = ("stages", "default", "variables")
# Where GitHub is not told which shell, it stops at a failure, but not at one within a pipe. Azure
# Pipelines goes on: https://github.com/microsoft/azure-pipelines-agent/issues/1803
_BASH_E = ("bash", "-e")
_BASH = ("bash", "-eo", "pipefail")


@dataclass
class Step:
    """Lines that one shell runs."""

    text: str
    shell: tuple[str, ...]
    """As the service starts it."""
    environment: dict[str, str] = field(default_factory=dict)
    """With the service's own expressions."""
    name: str = ""
    """By which later steps read its outputs."""


@dataclass
class Job:
    """What one machine does."""

    file: str
    name: str
    steps: list[Step]

    def __str__(self) -> str:
        return f"{self.file}:{self.name}"


def document(file: Path) -> dict[str, Any]:
    """Read a file of YAML, in which `on` is a word."""
    found: dict[str, Any] = yaml.load(
        file.read_text(encoding="utf-8").replace("\non:", '\n"on":'), yaml.SafeLoader
    )
    return found


def filled(text: str, values: Mapping[str, str]) -> str:
    """Put values in the place of expressions.

    Raises:
        KeyError: an expression that has no value.
    """
    return _EXPRESSION.sub(lambda found: values[" ".join(found[1].split())], text)


def all_jobs() -> list[Job]:
    """Give the jobs of all services."""
    return [*_github(), *_gitlab(), *_azure()]


def _github() -> Iterator[Job]:
    for file in [*OF_GITHUB, *(own for own in OWN if own.name not in _names(OF_GITHUB))]:
        found = document(file)
        shown = str(file.relative_to(ROOT))
        if "runs" in found:
            yield Job(shown, "action", list(_run_steps(found["runs"]["steps"], {})))
        for name, job in found.get("jobs", {}).items():
            environment = {**found.get("env", {}), **job.get("env", {})}
            yield Job(shown, name, list(_run_steps(job["steps"], environment)))


def _run_steps(steps: list[dict[str, Any]], environment: Mapping[str, str]) -> Iterator[Step]:
    for step in steps:
        if "run" in step:
            told = {**environment, **step.get("env", {})}
            shell = _BASH if step.get("shell") == "bash" else _BASH_E
            yield Step(step["run"], shell, told, step.get("id", ""))


def _gitlab() -> Iterator[Job]:
    top = document(COPIES / "gitlab/.gitlab-ci.yml")
    for file in OF_GITLAB:
        found = document(file)
        jobs = {name: job for name, job in found.items() if name not in _KEYWORDS}
        for name, job in jobs.items():
            base = jobs.get(job.get("extends", ""), {})
            whole = {**top["default"], **base, **job}
            if "script" in whole:
                text = "\n".join([*whole["before_script"], *whole["script"]])
                variables = {**top["variables"], **whole.get("variables", {})}
                told = {key: str(value) for key, value in variables.items()}
                yield Job(str(file.relative_to(ROOT)), name, [Step(text, _BASH, told)])


def _azure() -> Iterator[Job]:
    for file in OF_AZURE:
        found = document(file)
        shown, variables = str(file.relative_to(ROOT)), found.get("variables", {})
        if "steps" in found:
            yield Job(shown, "steps", list(_azure_steps(found["steps"], {})))
        for job in found.get("jobs", []):
            steps = list(_azure_steps(job.get("steps", []), variables))
            if steps:
                yield Job(shown, job["job"], steps)


def _azure_steps(steps: list[dict[str, Any]], variables: Mapping[str, str]) -> Iterator[Step]:
    for step in steps:
        text = step.get("bash") or step.get("inputs", {}).get("inlineScript")
        if text:
            told = {**variables, **step.get("env", {})}
            yield Step(text, ("bash",), told, step.get("name", ""))


def _names(files: list[Path]) -> set[str]:
    return {file.name for file in files}
