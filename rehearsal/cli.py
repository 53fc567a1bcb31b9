"""The command `acr-transfer rehearse`, and the demo, which is a rehearsal that is kept."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from transfer.command_line import AsJson, Directory, Source, Target
from transfer.ending import errors_as_sentences

Clean = Annotated[
    bool, typer.Option("--clean", help="End the cloud that an earlier one left, and remove it.")
]


def rehearse(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="TENANT", help="The tenants; none: the two stacks of --dir."),
    ] = None,
    is_all: Annotated[bool, typer.Option("--all", help="All tenants.")] = False,
    since: Annotated[
        str | None,
        typer.Option(metavar="REF", help="Rehearse the change since a revision of git."),
    ] = None,
    source: Source = "source",
    target: Target = "target",
    directory: Directory = Path(),
    is_kept: Annotated[
        bool, typer.Option("--keep", help="Leave cloud and stacks running, for a look.")
    ] = False,
    is_cleaning: Clean = False,
    as_json: AsJson = False,
) -> None:
    """Run your own stack files on an emulated cloud, before Azure sees them.

    What the files take as existing is made there, with a small image in place of each of yours.
    Then all is done for real: a whole transfer, another up, the rotation of the SAS, destroy.
    Your stacks and files are not touched, and neither a login nor a network is needed.
    """
    with errors_as_sentences():
        from rehearsal.chosen import chosen_pairs
        from rehearsal.rehearse import KEPT, Rehearsals, set_stage
        from rehearsal.stage import Stage
        from rehearsal.views import show
        from transfer.console import Console
        from transfer.errors import CommandFailedError
        from transfer.hints import Hint
        from transfer.stack_file import program_directory

        console = Console(sys.stderr if as_json else sys.stdout)
        folder = program_directory(directory) / KEPT
        if is_cleaning:
            Stage(folder).remove()
            console.line("Nothing runs any more, and the folder is removed.")
            return
        chosen = chosen_pairs(directory, names or (), source, target, is_all=is_all)
        with set_stage(folder if is_kept else None, console) as stage:
            report = Rehearsals(chosen, stage, console, is_kept=is_kept).run(since)
        if as_json:
            print(report.as_json())
        else:
            show(report, console)
        if is_kept:
            console.line(f"To look around in a shell: . {stage.script}")
            console.line("To end and remove it: acr-transfer rehearse --clean")
        if report.failed:
            raise CommandFailedError(
                f"Azure would not do all that these files ask for: {report.summary()}.",
                Hint("Correct what is named above, then:"),
            )


def demo(is_cleaning: Clean = False) -> None:
    """Rehearse the two stacks of this directory step by step, and leave them for a look."""
    with errors_as_sentences():
        from rehearsal.demo import run_demo
        from rehearsal.rehearse import KEPT
        from rehearsal.stage import Stage

        if is_cleaning:
            Stage(Path(KEPT).resolve()).remove()
            print("The demo is gone: nothing runs, and its folder is removed.")
            return
        code = run_demo()
    raise typer.Exit(code)
