"""The settings of both stacks, checked before the first of them is brought up."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from components.model.configuration import load_settings
from components.model.errors import Problem, SettingsError
from components.model.names import Side
from components.model.settings import SourceSettings, TargetSettings
from transfer.azure.sign_in import NAMES, SignIn, find_sign_in
from transfer.stack_file import file_name, program_directory, short_name
from transfer.stack_names import other_source
from transfer.stacks import Stack


@dataclass(frozen=True)
class Configured:
    """What a stack is told: its settings, and how its side signs in."""

    settings: SourceSettings | TargetSettings
    sign_in: SignIn


def require_good_settings(
    stacks: Mapping[Side, Stack],
    directory: Path,
    environment: Mapping[str, str],
    *,
    reads_images: bool = True,
) -> dict[Side, Configured]:
    """Check the configuration of each side's stack as its program will, and give it.

    Args:
        reads_images: Read the source's list of images, or its lock, too.

    Raises:
        SettingsError: values are wrong; it names all of them, of both stacks.
    """
    problems: list[Problem] = []
    found: dict[Side, Configured] = {}
    for side, stack in stacks.items():
        sign_in = SignIn()
        try:
            given = stack.provider_config(NAMES)
            sign_in = find_sign_in(side, stack.name, given, environment)
        except SettingsError as error:
            problems.extend(error.problems)
        try:
            settings = load_settings(
                stack.config(),
                short_name(stack.name),
                program_directory(directory),
                environment,
                stack.secret_keys(),
                reads_images=reads_images,
            )
        except SettingsError as error:
            problems.extend(error.problems)
            continue
        found[side] = Configured(settings, sign_in)
        if settings.side != side:
            rule = f"the stack is a {settings.side} side"
            problems.append(Problem(f"--{side}", stack.name, rule, f"Name a {side} stack."))
        elif settings.side == "target" and settings.source_file is None and "source" in stacks:
            problems.extend(_other_source(settings, stacks, directory))
    if problems:
        raise SettingsError(problems)
    return found


def require_reachable_source(stack: str, target: Configured) -> None:
    """Refuse a target that reads a file instead of the source that a whole transfer brings up.

    Raises:
        SettingsError: its settings name a hand-over file.
    """
    settings = target.settings
    if settings.side == "target" and settings.source_file is not None:
        rule = "run brings the source up, and the target would read what an earlier up told"
        fix = f"Remove it from {file_name(stack)}, or copy with --from-folder."
        raise SettingsError([Problem("acr-transfer:source_file", settings.source_file, rule, fix)])


def _other_source(
    settings: TargetSettings, stacks: Mapping[Side, Stack], directory: Path
) -> list[Problem]:
    """Refuse a source that is not the one that the target will read."""
    source, target = stacks["source"].name, stacks["target"].name
    named = other_source(source, target, settings.source_stack, directory)
    if not named:
        return []
    rule = f"the target reads its images from {named!r}"
    return [Problem("--source", source, rule, f"Write --source {named}.")]
