"""The `acr-transfer` command: what `pulumi` itself does not do in a transfer of images."""

import atexit
import gc
import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fleet.cli import app as fleet
from fleet.tenants.cli import app as tenants
from rehearsal.cli import demo, rehearse
from review.cli import review
from transfer.command_line import (
    SOURCE_HELP,
    AsJson,
    Directory,
    PlainFlags,
    Source,
    Target,
    show_version,
    stack_names,
)
from transfer.diff.command import diff
from transfer.ending import end_with, opened_session
from transfer.lock.cli import images, lock
from transfer.lock.merge_command import merge_lock
from transfer.stopping import heed_interrupts

# Pulumi and the Azure clients take a second to import: only commands that need them do so.
if TYPE_CHECKING:
    from transfer.copy.carrier import CopyReport
    from transfer.session import Session
    from transfer.verify import Verification


class OneSide(StrEnum):
    """A side by itself."""

    SOURCE = "source"
    TARGET = "target"


app = typer.Typer(
    name="acr-transfer",
    cls=PlainFlags,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command()(lock)
app.command()(images)


app.add_typer(tenants, name="tenant")
app.add_typer(fleet, name="fleet")


@app.callback()
def describe(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=show_version, help="Show the version."),
    ] = False,
) -> None:
    """Move container images between Azure Container Registries.

    [bold]lock[/] writes which images move, by digest; [bold]images[/] shows what the list takes.
    [bold]check[/] looks beforehand for what a transfer would fail at.
    [bold]diff[/] says what would move.
    [bold]run[/] does a whole transfer between two Pulumi stacks.
    [bold]copy[/] and [bold]verify[/] are its parts, for use beside [bold]pulumi up[/].
    [bold]hand-over[/] writes the file that stands in for a source out of reach.
    [bold]rehearse[/] runs your own stack files on this machine, without Azure; [bold]demo[/]
    does so step by step.

    Each side signs in as Pulumi's provider does: by azure-native:tenantId,
    clientId, clientSecret, environment and metadataHost of its stack, else by
    ARM_TENANT_ID, ARM_CLIENT_ID, ARM_CLIENT_SECRET, ARM_ENVIRONMENT and
    ARM_METADATA_HOSTNAME, else with the account of [bold]az login[/].

    Exit code 0: done.
    1: failed; the last line on stderr says what to type next.
    2: wrong use.
    3: what was compared differs, and nothing else failed; of [bold]diff[/] by --exit-code alone.
    130: stopped by Ctrl-C, once what ran has ended.
    """


@app.command()
def check(
    source: Source = "source",
    target: Target = "target",
    only: Annotated[
        OneSide | None, typer.Option("--only", help="Look at one side, as behind an air gap.")
    ] = None,
    directory: Directory = Path(),
    is_all: Annotated[
        bool, typer.Option("--all", help="Show what is good too, not only how much is.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look for what a transfer would fail at, before the first `pulumi up` and after it.

    Settings, registries, images, storage, vaults, pipelines and your rights are read,
    and nothing is changed, in Azure or here. Each finding says why, and the fix.
    """
    with opened_session(directory, as_json=as_json, source=source, target=target) as session:
        report = session.check(only.value if only else None)
        if as_json:
            print(json.dumps(report.as_json(), indent=2))
        else:
            report.show(session.console.rich, is_all=is_all)
        if report.fails or not report.is_complete:
            from transfer.hints import Hint

            end_with(session, Hint(f"{report.summary()}. Mend what fails or is unread, then:"))


@app.command()
def run(
    source: Source = "source",
    target: Target = "target",
    directory: Directory = Path(),
    timeout: Annotated[
        float, typer.Option(min=0, help="Minutes to wait for the exports, and for the imports.")
    ] = 30,
    as_json: AsJson = False,
) -> None:
    """Do a whole transfer: both stacks up, blobs copied, images imported and verified.

    What is done already is not done again: a finished transfer is only verified.
    """
    with opened_session(directory, as_json=as_json, source=source, target=target) as session:
        from transfer.advice import next_steps

        done = session.run(timeout * 60)
        found = done.verification
        _print_verification(session, found, as_json)
        done.require_all_done()
        hint = next_steps(found, session.pair, is_after_run=True)
        end_with(session, hint, found.exit_code)


@app.command()
def copy(
    source: Source = "source",
    target: Target = "target",
    directory: Directory = Path(),
    to_folder: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Download to DIR; the target stack is not read."),
    ] = None,
    from_folder: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Upload from DIR; the source stack is not read."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Copy the blobs of the exported runs: from cloud to cloud, or over a folder.

    Only blobs that the source's runs wrote are copied, each with the MD5 and
    the metadata that the import looks for. What has arrived already is skipped:
    with a lock the target is asked for what it lacks, and older blobs may be gone.
    """
    if to_folder and from_folder:
        raise typer.BadParameter("--to-folder and --from-folder exclude each other.")
    with opened_session(directory, as_json=as_json, source=source, target=target) as session:
        from transfer.advice import next_steps_of_copy

        if to_folder:
            report = session.copy_to_folder(to_folder)
        elif from_folder:
            report = session.copy_from_folder(from_folder)
        else:
            report = session.copy()
        _print_copy(session, report, as_json)
        # What a folder lacks may have arrived long ago.
        if not to_folder:
            end_with(session, next_steps_of_copy(report, session.pair))


@app.command()
def hand_over(
    file: Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False, help="What to write.")],
    source: Source = "source",
    directory: Directory = Path(),
) -> None:
    """Write the file by which a target works that cannot reach the source, as behind an air gap.

    It holds the source stack's contract and the digest of each artifact, nothing secret.
    The target stack reads it as [bold]acr-transfer:source_file[/], and verify as --source-file.
    """
    with opened_session(directory, as_json=False, source=source) as session:
        made = session.hand_over(file)
        session.console.line(f"{file}: contract and {len(made.digests)} digests")


@app.command()
def verify(
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            help=SOURCE_HELP,
            show_default="the target's own",
            autocompletion=stack_names,
        ),
    ] = None,
    target: Target = "target",
    source_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Hand-over file to compare with; the source is not read."
        ),
    ] = None,
    wait: Annotated[
        float, typer.Option(min=0, help="Minutes to compare again until everything has arrived.")
    ] = 0,
    is_deep: Annotated[
        bool, typer.Option("--deep", help="Look for every layer too, by one request each.")
    ] = False,
    directory: Directory = Path(),
    as_json: AsJson = False,
) -> None:
    """Compare each image in the target registry with the source, by digest, on every platform.

    With a lock the digests are those of the lock, and the source registry need not be reached.
    """
    if source and source_file:
        raise typer.BadParameter("--source and --source-file exclude each other.")
    with opened_session(
        directory, as_json=as_json, source=source or "source", target=target
    ) as session:
        from transfer.advice import next_steps, next_steps_of_file

        if source_file:
            found = session.verify_file(source_file, wait * 60, is_deep=is_deep)
            hint = next_steps_of_file(found, source_file, session.pair, has_waited=wait > 0)
        else:
            found = session.verify(wait * 60, follows_target=source is None, is_deep=is_deep)
            hint = next_steps(found, session.pair, is_after_run=False)
        _print_verification(session, found, as_json)
        end_with(session, hint, found.exit_code)


app.command()(diff)
app.command()(merge_lock)
app.command()(review)


app.command()(rehearse)
app.command()(demo)


def main() -> None:
    """Run the command line."""
    # What a command reads it keeps to its end: looking through all of it takes a twelfth of the
    # time of a verification of 1,000 tags.
    gc.set_threshold(50_000, 20, 50)
    # The process ends: collecting garbage before would take a quarter of a second.
    atexit.register(gc.freeze)
    heed_interrupts()
    app()


def _print_copy(session: "Session", report: "CopyReport", as_json: bool) -> None:
    if as_json:
        print(json.dumps(report.as_json(), indent=2))
        return
    megabytes = report.transferred_bytes / 1e6
    text = (
        f"blobs copied: {len(report.copied)} ({megabytes:.1f} MB), skipped: {len(report.skipped)}"
    )
    text += f", gone: {len(report.gone)}" if report.gone else ""
    session.console.line(report.note or text)


def _print_verification(session: "Session", found: "Verification", as_json: bool) -> None:
    from transfer.verify_report import report_of

    report = report_of(found)
    if as_json:
        print(report.as_json())
        return
    report.show(session.console)
