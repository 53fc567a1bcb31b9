"""The commands over many tenants."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from fleet.again import typed_again
from fleet.options import (
    All,
    AllAnew,
    AsMarkdown,
    ChangedSince,
    Excludes,
    Failed,
    FailFast,
    Jobs,
    Names,
    PolicyConfigs,
    PolicyPacks,
    Root,
    SasDays,
    Tag,
    VerifiedDays,
    Yes,
)
from fleet.pipeline_commands import each, matrix, print_names, tell_left_behind
from fleet.records import Reason, Result
from fleet.tasks import Verb
from transfer.command_line import AsJson, PlainFlags
from transfer.ending import DIFFERS, FAILED, INTERRUPTED, errors_as_sentences, stop

# Imported where a call needs it, as in transfer/cli.py.
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fleet.records import Row
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
    Verb.DRIFT: "Compare Azure with the state of the stacks, and change neither.",
    Verb.VERIFY: "Compare what has arrived, as `acr-transfer verify` does.",
    Verb.DESTROY: "Destroy: the target of a tenant, then its source; registries stay.",
}


@app.command()
def status(
    names: Names = None,
    is_all: All = False,
    changed_since: ChangedSince = None,
    tag: Tag = None,
    jobs: Jobs = None,
    sas_days: SasDays = None,
    verified_days: VerifiedDays = None,
    as_json: AsJson = False,
    root: Root = Path(),
) -> None:
    """Show both stacks of each tenant, days of SAS left, and the last verified transfer.

    Without a selection: of all tenants. Stacks are read, and nothing is changed.
    """
    with errors_as_sentences():
        from fleet.budget import default_jobs
        from fleet.due import overdue
        from fleet.selection import Wanted, select_or_all
        from fleet.status_command import show_status

        wanted = Wanted(tuple(names or ()), is_all, changed_since, tag=tag)
        tenants = select_or_all(root.resolve(), wanted)
        report = show_status(tenants, jobs or default_jobs(), as_json=as_json)
        late = overdue(report, datetime.now(UTC), sas_days, verified_days)
    end_if_unread(report, root)
    if late:
        again = typed_again("run", *dict.fromkeys(tenant for tenant, _ in late), root=root)
        stop("\n".join([*(f"{tenant}: {said}" for tenant, said in late), again]), FAILED)


def end_if_unread(report: "StatusReport", root: Path) -> None:
    """End as failed where something of a tenant could not be read."""
    if report.bad:
        names = [status.tenant for status in report.bad]
        again = typed_again("status", *names, root=root)
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
        excludes: Excludes = None,
        is_sure: Yes = False,
        as_json: AsJson = False,
        as_markdown: AsMarkdown = False,
        root: Root = Path(),
    ) -> None:
        if verb is Verb.DESTROY and not is_sure:
            raise typer.BadParameter("what is destroyed is gone, so destroy needs --yes.")
        if excludes and verb is not Verb.DRIFT:
            raise typer.BadParameter("--exclude goes with drift.")
        known = [word for urn in excludes or () for word in ("--exclude", urn)]
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
            tell_left_behind(root, changed_since)
            fleet = Fleet(root.resolve(), Machine.of(os.environ), console, (*policies, *known))
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
            typed = ["--yes"] if verb is Verb.DESTROY else known
            typed += [word for pack in policy_packs or () for word in ("--policy-pack", str(pack))]
            typed += [
                word
                for file in policy_configs or ()
                for word in ("--policy-pack-config", str(file))
            ]
            again = typed_again(verb, "--failed", *typed, root=root)
            _end(again, report.bad)


def _end(again: str, bad: "Sequence[Row]") -> NoReturn:
    """End as failed, with the command that goes on with what did not end well."""
    code = DIFFERS if all(row.reason is Reason.DRIFTED for row in bad) else FAILED
    if any(row.result is Result.STOPPED for row in bad):
        code = INTERRUPTED
    stop(f"Mend what the rows say, then:\n{again}", code)


for _verb in Verb:
    _add(_verb)

# After the verbs, as they stand in the help.
app.command()(matrix)
app.command(name="names")(print_names)
app.command()(each)
