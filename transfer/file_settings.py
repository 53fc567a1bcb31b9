"""The settings of a stack by its files alone: without engine, passphrase and sign-in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from components.model.configuration import NAMESPACE, load_settings
from components.model.names import Side
from components.model.settings import SourceSettings, TargetSettings
from transfer.errors import WrongUseError
from transfer.stack_file import program_directory, read_entries, short_name, stack_file
from transfer.stack_names import stack_of


@dataclass(frozen=True)
class FileSettings:
    """What the files of a stack tell."""

    stack: str
    configuration: Mapping[str, str]
    """As the engine would hand it over, but for what is encrypted."""
    settings: SourceSettings | TargetSettings


def settings_by_files(
    side: Side, stack: str, directory: Path, environment: Mapping[str, str]
) -> FileSettings:
    """Read the settings of a side's stack, but neither its list of images nor its lock.

    Raises:
        SettingsError: values are wrong; it names all of them.
        WrongUseError: there is no such file, or no project.
    """
    stack = stack_of(side, stack, directory)
    file = stack_file(directory, stack)
    if not file.is_file():
        raise WrongUseError(
            f"stack {stack!r} is not valid: there is no {file.name}. Name another stack by "
            f"--{side}, or the project's directory by --dir."
        )
    configuration = {
        key: str(entry["value"])
        for key, entry in read_entries(file).items()
        if "value" in entry and key.startswith(f"{NAMESPACE}:")
    }
    settings = load_settings(
        configuration,
        short_name(stack),
        program_directory(directory),
        environment,
        reads_images=False,
    )
    return FileSettings(stack, configuration, settings)
