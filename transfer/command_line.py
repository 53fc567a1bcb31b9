"""What the commands share: options, plain flags, the version, names to complete."""

import tomllib
from pathlib import Path
from typing import Annotated

import typer

# The types of what TyperGroup hands on; typer has no public names for them.
from typer._click import Command, Context, Parameter
from typer.core import TyperGroup, TyperOption


class PlainFlags(TyperGroup):
    """Commands whose help shows no type behind an option that takes no value."""

    def get_params(self, ctx: Context) -> list[Parameter]:
        """Give the options of the command line itself."""
        return _without_type(super().get_params(ctx))

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Give a command by its name."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            _without_type(command.get_params(ctx))
        return command


def _without_type(parameters: list[Parameter]) -> list[Parameter]:
    for parameter in parameters:
        if isinstance(parameter, TyperOption) and parameter.is_flag:
            parameter.metavar = ""
    return parameters


def show_version(is_asked: object) -> None:
    """Print the version and end, where the option is given."""
    if is_asked:
        project = Path(__file__).parent.parent / "pyproject.toml"
        version = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]
        typer.echo(f"acr-transfer {version}")
        raise typer.Exit


def stack_names(ctx: typer.Context) -> list[str]:
    """Name the stacks that have a file, for a shell that completes an option."""
    # Fast, and without a passphrase: the engine is not asked.
    directory = Path(ctx.params.get("directory") or ".")
    names = [file.name.split(".")[1:-1] for file in directory.glob("Pulumi.*.yaml")]
    return sorted(".".join(parts) for parts in names)


SOURCE_HELP = "Source stack, short or full name."
Source = Annotated[str, typer.Option("--source", help=SOURCE_HELP, autocompletion=stack_names)]
Target = Annotated[
    str,
    typer.Option("--target", help="Target stack, short or full name.", autocompletion=stack_names),
]
Directory = Annotated[
    Path,
    typer.Option("--dir", help="Directory of the Pulumi project.", exists=True, file_okay=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON on stdout.")]
