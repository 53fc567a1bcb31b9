"""The configuration that a stack is going to have, read from its files while there is no stack."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from components.model.yaml_files import YamlError, read_yaml
from transfer.errors import WrongUseError

Entry = dict[str, object]
"""What the engine tells of one key: its value as text, or only that it is a secret."""


def stack_file(directory: Path, stack: str) -> Path:
    """Give the place of a stack's file, in the directory of its project."""
    return project_directory(directory) / file_name(stack)


def file_name(stack: str) -> str:
    """Name the file that holds a stack's configuration."""
    return f"Pulumi.{short_name(stack)}.yaml"


def short_name(stack: str) -> str:
    """Give the name of a stack without its organization and project."""
    return stack.rsplit("/", 1)[-1]


def project_name(directory: Path) -> str:
    """Tell the name of the Pulumi project that holds a directory.

    Raises:
        WrongUseError: the directory is in no project, or the project's file is not YAML.
    """
    return str(_read(project_directory(directory) / "Pulumi.yaml").get("name", ""))


def project_directory(directory: Path) -> Path:
    """Find the directory of the Pulumi project that holds a directory.

    Raises:
        WrongUseError: the directory is in no Pulumi project.
    """
    folder = directory.resolve()
    for place in (folder, *folder.parents):
        if (place / "Pulumi.yaml").is_file():
            return place
    raise WrongUseError(
        f"directory {str(directory)!r} is not valid: neither it nor one above it holds a "
        "Pulumi.yaml. Change into the project's directory, or name it by --dir."
    )


def init_words(file: Path) -> list[str]:
    """Give the words by which the engine makes a stack, for a file that may be there already.

    What the file says of `secretsprovider` is named, as the engine would replace it by its default.

    Raises:
        WrongUseError: the file is not YAML.
    """
    provider = _read(file).get("secretsprovider") if file.is_file() else None
    words = ["stack", "init", "--no-select"]
    return [*words, "--secrets-provider", str(provider)] if provider else words


def program_directory(directory: Path) -> Path:
    """Find the directory of the program that a project runs: its own, unless it names another.

    Raises:
        WrongUseError: the directory is in no project, or the project's file is not YAML.
    """
    project = project_directory(directory)
    return (project / str(_read(project / "Pulumi.yaml").get("main") or "")).resolve()


def read_entries(file: Path) -> dict[str, Entry]:
    """Read a stack's file, and what the project's file sets for every stack, as the engine would.

    Raises:
        WrongUseError: a file is not YAML, or not of a Pulumi project.
    """
    return read_project_entries(file) | _entries(file, _config(_read(file)))


def read_project_entries(file: Path) -> dict[str, Entry]:
    """Read what the project's file sets for every stack, of the project of a stack's file.

    Raises:
        WrongUseError: the file is not YAML.
    """
    project = _read(file.with_name("Pulumi.yaml"))
    return _entries(file, dict(_project_values(_config(project))))


def _entries(file: Path, values: Mapping[str, object]) -> dict[str, Entry]:
    namespace = str(_read(file.with_name("Pulumi.yaml")).get("name", ""))
    return {
        key if ":" in key else f"{namespace}:{key}": _entry(value) for key, value in values.items()
    }


def _project_values(config: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for key, declared in config.items():
        if not isinstance(declared, Mapping):
            yield key, declared
        elif (value := declared.get("value", declared.get("default"))) is not None:
            yield key, value


def _entry(value: object) -> Entry:
    if _has_secret(value):
        return {"secret": True}
    if value is None:
        return {"value": ""}
    return {"value": value if isinstance(value, str) else json.dumps(value)}


def _has_secret(value: object) -> bool:
    if isinstance(value, Mapping):
        return set(value) == {"secure"} or any(map(_has_secret, value.values()))
    return isinstance(value, list) and any(map(_has_secret, value))


def _config(document: Mapping[str, object]) -> Mapping[str, object]:
    config = document.get("config")
    return config if isinstance(config, Mapping) else {}


def _read(file: Path) -> Mapping[str, object]:
    try:
        document = read_yaml(file)
    except (OSError, YamlError) as error:
        raise WrongUseError(f"{file.name} is not valid: {error}. Correct the file.") from error
    return document if isinstance(document, Mapping) else {}
