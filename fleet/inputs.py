"""What decides about the preview of a stack: program, settings, lock, state, SAS window."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from components.model.configuration import load_settings, written_values
from components.model.errors import TransferError
from components.model.yaml_files import YamlError
from fleet.programs import python_of
from fleet.stack_list import list_stacks
from fleet.tasks import Task
from transfer.engine import Engine
from transfer.stack_file import Entry, program_directory, read_entries

_PROGRAM = ("__main__.py", "components")
# Keys whose value is a file that the program reads.
_FILE_KEYS = ("shared_file", "images_file", "images_lock", "source_file")
# Where resources lie, and who asks for them; no variable that holds a secret.
_VARIABLES = (
    "ARM_CLIENT_ID",
    "ARM_ENVIRONMENT",
    "ARM_METADATA_HOST",
    "ARM_METADATA_HOSTNAME",
    "ARM_SUBSCRIPTION_ID",
    "ARM_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_ENVIRONMENT",
    "PULUMI_BACKEND_URL",
)


@dataclass(frozen=True)
class Inputs:
    """What decides about previews, as one hash for each stack."""

    program: str
    """Hash of what is the same for all stacks: the program, the engine, the environment."""
    states: Mapping[str, str]
    """What the backend tells of each stack, by its name, without reading the state itself."""
    environment: Mapping[str, str]

    def of(self, task: Task) -> str | None:
        """Give the hash for a stack; None where something that decides cannot be told."""
        assert task.side is not None
        file = task.tenant.stack_file(task.side)
        try:
            entries = read_entries(file)
            folder = program_directory(file.parent)
            values, named_from = written_values(_plain(entries), folder)
            sas = self._sas(task.stack, entries, folder)
        except (TransferError, YamlError, OSError):
            return None
        stacks = [task.stack]
        if task.side == "target" and not values.get("source_file"):
            stacks.append(str(values.get("source_stack")))
        states = [self.states.get(stack) for stack in stacks]
        python = python_of(file.parent)
        if folder != task.tenant.root or python is None or None in states:
            return None
        files = [file, file.with_name("Pulumi.yaml")]
        files += [named_from / str(values[key]) for key in _FILE_KEYS if values.get(key)]
        texts = (part for path in files for part in _content(path))
        return _hash([self.program, sas, *map(str, states), *_packages(python), *texts])

    def _sas(self, stack: str, entries: Mapping[str, Entry], folder: Path) -> str:
        """Tell which SAS the program would ask for now."""
        secrets = [key for key, entry in entries.items() if "value" not in entry]
        settings = load_settings(_plain(entries), stack, folder, self.environment, secrets)
        if settings.sas is None:
            return str(settings.sas_source(None))
        # It is warned of, and refused, by the day.
        return str(settings.as_of.date())


def read_inputs(root: Path, engine: Engine, environment: Mapping[str, str]) -> Inputs:
    """Read what decides about all stacks of a checkout, by two starts of the engine.

    Raises:
        EngineError: the engine cannot list the stacks.
    """
    with ThreadPoolExecutor(1) as pool:
        listed = pool.submit(list_stacks, engine, root)
        version = engine.run(["version"], root)
    files = (file for name in _PROGRAM for file in _files(root / name))
    variables = (f"{name}={environment.get(name)}" for name in _VARIABLES)
    program = _hash([version, *variables, *(part for file in files for part in _content(file))])
    states = {
        name: f"{stack.updated} {stack.resources}"
        for name, stack in listed.result().items()
        # One that is being changed is looked at.
        if not stack.is_changing
    }
    return Inputs(program, states, environment)


def _plain(entries: Mapping[str, Entry]) -> dict[str, str]:
    return {key: str(entry["value"]) for key, entry in entries.items() if "value" in entry}


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def _content(file: Path) -> Iterator[str]:
    """Give a file's name and hash; one that is not there, too, decides about something."""
    yield str(file)
    yield hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "missing"


def _packages(python: Path) -> list[str]:
    """Name the packages of a Python, with their versions."""
    return sorted(path.name for path in python.parent.parent.glob("lib/*/site-packages/*-info"))


def _hash(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
