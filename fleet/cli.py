"""The commands over many tenants."""

import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from fleet.records import Result
from fleet.shards import Service
from fleet.tasks import Verb
from transfer.command_line import AsJson, PlainFlags
from transfer.ending import FAILED, INTERRUPTED, errors_as_sentences, stop

# Imported where a call needs it, as in transfer/cli.py.
if TYPE_CHECKING:
    from fleet.status import StatusReport

app = typer.Typer(
    cls=PlainFlags,
    no_args_is_help=True,
    help="Do one thing for many tenants, several at a time.",
)
_HELP: dict[Verb, str] = {
    Verb.PREVIEW: "Preview what `pulumi up` would change.",
    Verb.UP: "Run `pulumi up`: the source of a tenant, then its target.",
    Verb.RUN: "Do a whole transfer of each tenant, as `acr-transfer run` does.",
    Verb.REFRESH: "Have the stacks look at what there is in Azure.",
    Verb.VERIFY: "Compare what has arrived, as `acr-transfer verify` does.",
    Verb.DESTROY: "Destroy: the target of a tenant, then its source; registries stay.",
}
Names = Annotated[list[str] | None, typer.Argument(metavar="TENANT", help="The tenants.")]
All = Annotated[bool, typer.Option("--all", help="All tenants.")]
ChangedSince = Annotated[
    str | None,
    typer.Option(metavar="REF", help="Tenants whose files differ from a revision of git."),
]
Failed = Annotated[
    bool, typer.Option("--failed", help="What failed or was not reached the last time.")
]
Tag = Annotated[str | None, typer.Option(metavar="KEY=VALUE", help="Tenants with this tag.")]
Jobs = Annotated[
    int | None,
    typer.Option(min=1, show_default="by cores and memory", help="Stacks at a time."),
]
FailFast = Annotated[
    bool, typer.Option("--fail-fast", help="Begin nothing any more once one has failed.")
]
AllAnew = Annotated[
    bool,
    typer.Option("--all-anew", help="Preview also what has not changed since its last preview."),
]
PolicyPacks = Annotated[
    list[Path] | None,
    typer.Option("--policy-pack", metavar="DIR", help="A policy pack; with preview and up."),
]
PolicyConfigs = Annotated[
    list[Path] | None,
    typer.Option("--policy-pack-config", metavar="FILE", help="Configuration of that pack."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Needed for destroy, which asks nothing else.")]
AsMarkdown = Annotated[bool, typer.Option("--markdown", help="Print the report as Markdown.")]
Root = Annotated[
    Path, typer.Option("--dir", help="Directory of the program.", exists=True, file_okay=False)
]


@app.command()
def status(
    names: Names = None,
    is_all: All = False,
    changed_since: ChangedSince = None,
    tag: Tag = None,
    jobs: Jobs = None,
    as_json: AsJson = False,
    root: Root = Path(),
) -> None:
    """Show both stacks of each tenant, days of SAS left, and the last verified transfer.

    Without a selection: of all tenants. Stacks are read, and nothing is changed.
    """
    with errors_as_sentences():
        from fleet.budget import default_jobs
        from fleet.selection import Wanted, select_or_all
        from fleet.status_command import show_status

        wanted = Wanted(tuple(names or ()), is_all, changed_since, tag=tag)
        tenants = select_or_all(root.resolve(), wanted)
        report = show_status(tenants, jobs or default_jobs(), as_json=as_json)
    end_if_unread(report, root)


def end_if_unread(report: "StatusReport", root: Path) -> None:
    """End as failed where something of a tenant could not be read."""
    if report.bad:
        names = [status.tenant for status in report.bad]
        again = _command("status", *names, root=root)
        stop(f"Not all could be read of: {', '.join(names)}. Mend that, then:\n{again}", FAILED)


def _add(verb: Verb) -> None:
    @app.command(verb.value, help=_HELP[verb])
    def do(
        names: Names = None,
        is_all: All = False,
        changed_since: ChangedSince = None,
        is_failed: Failed = False,
        tag: Tag = None,
        jobs: Jobs = None,
        is_fail_fast: FailFast = False,
        is_all_anew: AllAnew = False,
        policy_packs: PolicyPacks = None,
        policy_configs: PolicyConfigs = None,
        is_sure: Yes = False,
        as_json: AsJson = False,
        as_markdown: AsMarkdown = False,
        root: Root = Path(),
    ) -> None:
        if verb is Verb.DESTROY and not is_sure:
            raise typer.BadParameter("what is destroyed is gone, so destroy needs --yes.")
        with errors_as_sentences():
            from fleet.budget import default_jobs
            from fleet.command import Fleet
            from fleet.display import as_markdown as markdown
            from fleet.display import report_table
            from fleet.policy_packs import policy_options
            from fleet.selection import Wanted
            from transfer.console import Console
            from transfer.wiring import Machine

            wanted = Wanted(tuple(names or ()), is_all, changed_since, is_failed, tag)
            console = Console(sys.stderr if as_json or as_markdown else sys.stdout)
            policies = policy_options(verb, policy_packs or (), policy_configs or ())
            fleet = Fleet(root.resolve(), Machine.of(os.environ), console, policies)
            report = fleet.do(
                verb,
                wanted,
                jobs or default_jobs(),
                is_fail_fast=is_fail_fast,
                is_all_anew=is_all_anew,
            )
            if as_json:
                print(report.as_json())
            elif as_markdown:
                print(markdown(report))
            else:
                if report.bad:
                    console.rich.print(report_table(report, console.table_width))
                console.line(f"{report.summary()}, in {report.seconds:.0f} s")
        if report.bad:
            typed = ["--yes"] if verb is Verb.DESTROY else []
            typed += [word for pack in policy_packs or () for word in ("--policy-pack", str(pack))]
            typed += [
                word
                for file in policy_configs or ()
                for word in ("--policy-pack-config", str(file))
            ]
            again = _command(verb, "--failed", *typed, root=root)
            _end(again, has_stopped=any(row.result is Result.STOPPED for row in report.rows))


def _end(again: str, *, has_stopped: bool) -> NoReturn:
    """End as failed, with the command that goes on with what did not end well."""
    stop(f"Mend what the rows say, then:\n{again}", INTERRUPTED if has_stopped else FAILED)


def _command(*words: str, root: Path) -> str:
    place = [] if root == Path() else ["--dir", str(root)]
    return shlex.join(["acr-transfer", "fleet", *words, *place])


for _verb in Verb:
    _add(_verb)


@app.command()
def matrix(
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
        last = read_last(root, Verb.UP)
        told = [read_report(file) for file in reports] if reports else [last] if last else []
        divided = balanced(chosen, seconds_of(told), shards)
        print(json.dumps(matrix_for(service, divided), separators=(",", ":")))
