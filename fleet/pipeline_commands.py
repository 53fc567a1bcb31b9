"""The commands by which a pipeline names tenants, divides them, and visits each."""

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from fleet.again import typed_again
from fleet.options import All, ChangedSince, Jobs, Names, Root, Tag
from fleet.shards import Service
from fleet.tasks import Verb
from transfer.ending import errors_as_sentences, stop


def matrix(
    *,
    shards: Annotated[int, typer.Option(min=1, help="The most jobs.")],
    service: Annotated[Service, typer.Option("--for", help="What runs the jobs.")],
    names: Names = None,
    is_all: All = False,
    changed_since: ChangedSince = None,
    tag: Tag = None,
    reports: Annotated[
        list[Path] | None,
        typer.Option(
            "--report",
            help="A report in JSON whose durations count, a later one before an earlier one.",
            show_default="of the last up here",
        ),
    ] = None,
    root: Root = Path(),
) -> None:
    """Divide tenants among jobs of a pipeline, and print the matrix of the jobs as JSON.

    Without a selection: all tenants. Jobs take about as long as each other, by the last durations.
    """
    with errors_as_sentences():
        from fleet.reports import read_last, read_report
        from fleet.selection import Wanted, select_or_all
        from fleet.shards import balanced, seconds_of
        from fleet.shards import matrix as matrix_for

        wanted = Wanted(tuple(names or ()), is_all, changed_since, tag=tag)
        chosen = [tenant.name for tenant in select_or_all(root.resolve(), wanted)]
        tell_left_behind(root, changed_since)
        last = read_last(root, Verb.UP)
        told = [read_report(file) for file in reports] if reports else [last] if last else []
        divided = balanced(chosen, seconds_of(told), shards)
        print(json.dumps(matrix_for(service, divided), separators=(",", ":")))


def print_names(
    *,
    names: Names = None,
    is_all: All = False,
    changed_since: ChangedSince = None,
    tag: Tag = None,
    is_removed: Annotated[
        bool,
        typer.Option(
            "--removed", help="With --changed-since: those whose files are gone, in place of these."
        ),
    ] = False,
    root: Root = Path(),
) -> None:
    """Print the names of tenants on one line, for other commands.

    Without a selection: of all tenants. Nothing is printed where there is none.
    """
    if is_removed and (not changed_since or names or is_all or tag):
        raise typer.BadParameter("--removed goes with --changed-since alone.")
    with errors_as_sentences():
        from fleet.selection import Wanted, select_or_all
        from fleet.selection import changed_since as differing

        if is_removed and changed_since:
            print(*differing(changed_since, root.resolve()).removed)
            return
        wanted = Wanted(tuple(names or ()), is_all, changed_since, tag=tag)
        chosen = select_or_all(root.resolve(), wanted)
        tell_left_behind(root, changed_since)
        print(*(tenant.name for tenant in chosen))


def each(
    *,
    command: Annotated[
        str, typer.Argument(metavar="COMMAND", help="A command with its options, in quotes.")
    ],
    names: Names = None,
    is_all: All = False,
    changed_since: ChangedSince = None,
    tag: Tag = None,
    jobs: Jobs = None,
    into: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write what each prints to DIR/TENANT/COMMAND.json.",
            file_okay=False,
        ),
    ] = None,
    root: Root = Path(),
) -> None:
    """Do a command such as 'lock --check' in the folder of each tenant.

    One that fails stops no other one. The exit code is the lowest that is not 0: 1 before 3.
    """
    with errors_as_sentences():
        from fleet.budget import default_jobs
        from fleet.each import Done, do_each
        from fleet.selection import Wanted, select

        wanted = Wanted(tuple(names or ()), is_all, changed_since, tag=tag)
        tenants = select(root.resolve(), wanted, None)
        tell_left_behind(root, changed_since)

        def ended(done: Done) -> None:
            print(f"{done.tenant}: exit code {done.code}\n{done.said}".rstrip(), flush=True)

        found = do_each(shlex.split(command), tenants, jobs or default_jobs(), ended, into)
    bad = [done for done in found if done.code]
    if bad:
        place = ["--into", str(into)] if into else []
        again = typed_again("each", command, *(done.tenant for done in bad), *place, root=root)
        code = min(done.code for done in bad)
        stop(
            f"Mend what is said above of: {', '.join(x.tenant for x in bad)}. Then:\n{again}", code
        )


def tell_left_behind(root: Path, ref: str | None) -> None:
    """Say on stderr which tenants have gone since a revision: no command comes to their stacks."""
    from fleet.selection import left_behind

    for line in left_behind(root.resolve(), ref):
        print(line, file=sys.stderr)
