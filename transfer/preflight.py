"""The settings of both stacks, checked before the first of them is brought up."""

from collections.abc import Mapping
from pathlib import Path

from components.errors import Problem, SettingsError
from components.names import Side
from components.settings import load_settings
from transfer.stacks import Stack


def require_good_settings(
    stacks: Mapping[Side, Stack], directory: Path, environment: Mapping[str, str]
) -> None:
    """Check the configuration of each side's stack as its program will.

    Raises:
        SettingsError: values are wrong; it names all of them, of both stacks.
    """
    problems: list[Problem] = []
    for side, stack in stacks.items():
        short_name = stack.name.rsplit("/", 1)[-1]
        try:
            settings = load_settings(stack.config(), short_name, directory, environment)
        except SettingsError as error:
            problems.extend(error.problems)
            continue
        if settings.side != side:
            rule = f"the stack is a {settings.side} side"
            problems.append(Problem(f"--{side}", stack.name, rule, f"Name a {side} stack."))
        elif settings.side == "target" and settings.source_file is not None:
            rule = "run brings the source up, and the target would read what an earlier up told"
            fix = f"Remove it from Pulumi.{short_name}.yaml, or copy with --from-folder."
            file = settings.source_file
            problems.append(Problem("acr-transfer:source_file", file, rule, fix))
    if problems:
        raise SettingsError(problems)
