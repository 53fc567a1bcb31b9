"""The command `acr-transfer diff`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from transfer.command_line import AsJson, Directory, Source, Target
from transfer.ending import DIFFERS, errors_as_sentences, opened_session

if TYPE_CHECKING:
    from transfer.console import Console
    from transfer.diff.record import Diff


def diff(
    *,
    source: Source = "source",
    target: Target = "target",
    against: Annotated[
        str | None,
        typer.Option(
            metavar="REF",
            help="Compare with the lock as git has it at REF: no stack is read, without a login.",
        ),
    ] = None,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the report as Markdown on stdout.")
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1000, metavar="CHARS", help="Cut the Markdown to CHARS: rows go, the end stays."
        ),
    ] = None,
    as_json: AsJson = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 3 where something would move.")
    ] = False,
    directory: Directory = Path(),
) -> None:
    """Say what would move: compare the lock with what is exported, and change nothing.

    What is new, moved or removed, the runs that will be made and their bytes,
    what an import overwrites, and what the target holds that no lock names.
    """
    if as_json and as_markdown:
        raise typer.BadParameter("--json and --markdown exclude each other.")
    if limit is not None and not as_markdown:
        raise typer.BadParameter("--limit is of --markdown.")
    if against is not None:
        with errors_as_sentences():
            from transfer.console import Console
            from transfer.diff.of_git import diff_against
            from transfer.pair import Pair

            found = diff_against(against, Pair(source, target, directory))
            _print(found, Console(), limit, as_markdown=as_markdown, as_json=as_json)
    else:
        for_machine = as_json or as_markdown
        with opened_session(
            directory, as_json=for_machine, source=source, target=target
        ) as session:
            found = session.diff()
            _print(found, session.console, limit, as_markdown=as_markdown, as_json=as_json)
    if exit_code and found.would_move:
        raise typer.Exit(DIFFERS)


def _print(
    found: "Diff", console: "Console", limit: int | None, *, as_markdown: bool, as_json: bool
) -> None:
    from transfer.diff.views import markdown, show

    if as_json:
        print(found.as_json())
    elif as_markdown:
        print(markdown(found, limit), end="")
    else:
        show(found, console)
