"""The commands `acr-transfer lock` and `acr-transfer images`."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from transfer.command_line import AsJson, Directory, Source
from transfer.ending import DIFFERS, end_as_different, end_with, errors_as_sentences, opened_session

# Imported where a call needs them, as in transfer/cli.py.
if TYPE_CHECKING:
    from components.model.images_lock import LockedArtifact
    from transfer.console import Console
    from transfer.lock.choose import Choice
    from transfer.lock.place import LockPlace


def lock(
    source: Source = "source",
    directory: Directory = Path(),
    check: Annotated[
        bool,
        typer.Option("--check", help="Only name what differs; exit code 3 if anything does."),
    ] = False,
    offline: Annotated[
        bool,
        typer.Option(
            "--offline", help="With --check: compare lock and list alone, without a login."
        ),
    ] = False,
    upgrade: Annotated[
        list[str] | None,
        typer.Option(metavar="REPO", help="Look only at this repository; lines of others stay."),
    ] = None,
    compact: Annotated[
        bool, typer.Option("--compact", help="Put small batches together; they are exported again.")
    ] = False,
    renew: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ARTIFACT|BATCH", help="Give it a new batch, so that it is exported again."
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(metavar="BATCH", help="Halve a batch whose run fails, to find the cause."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Lock the list of images: which digests move, and the run that carries each.

    It asks the source registry, and writes the file of [bold]acr-transfer:images_lock[/].
    What is unchanged stays in its batch; what is new or moved goes into new ones.
    --compact, --renew and --split change batches alone, and ask no registry.
    """
    given = {
        "--check": check,
        "--upgrade": upgrade,
        "--compact": compact,
        "--renew": renew,
        "--split": split,
    }
    named = [option for option, value in given.items() if value]
    if len(named) > 1:
        raise typer.BadParameter(f"{' and '.join(named)} exclude each other.")
    if offline and not check:
        raise typer.BadParameter("--offline goes with --check.")
    if as_json and not offline:
        raise typer.BadParameter("--json goes with --check --offline.")
    if offline:
        _check_offline(source, directory, as_json=as_json)
    elif compact or renew or split:
        _recut(source, directory, renew or (), split, is_compact=compact)
    else:
        _lock(source, directory, upgrade or (), is_check=check)


def images(
    source: Source = "source",
    directory: Directory = Path(),
    is_explained: Annotated[
        bool, typer.Option("--explain", help="Show what each entry leaves, too, and why.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what the list of images takes from the source registry; nothing is written."""
    with opened_session(directory, as_json=as_json, source=source) as session:
        from transfer.errors import CommandFailedError
        from transfer.hints import Hint
        from transfer.lock.explain import as_document, as_table
        from transfer.lock.work import SourceImages

        here = session.before_export(("source",), reads_images=False)
        choice = SourceImages.of(here, session.pair.command("check", "--only", "source")).explain()
        if as_json:
            print(json.dumps(as_document(choice), indent=2))
        elif is_explained:
            session.console.rich.print(as_table(choice, session.console.table_width))
        if not as_json:
            _show_choice(choice, session.console, is_explained=is_explained)
        if choice.problems:
            text = "\n".join(map(str, choice.problems))
            raise CommandFailedError(text, Hint("Correct the list, then:"))


def _show_choice(choice: "Choice", console: "Console", *, is_explained: bool) -> None:
    if not is_explained:
        for artifact, rule in sorted(choice.taken.items()):
            console.line(f"{artifact} ({rule})")
    left = {decision.artifact for decision in choice.decisions} - choice.taken.keys()
    console.line(f"{len(choice.taken)} artifacts are taken, {len(left)} are left")


def _lock(
    source: str, directory: Path, upgraded: "list[str] | tuple[()]", *, is_check: bool
) -> None:
    with opened_session(directory, as_json=False, source=source) as session:
        from transfer.hints import Hint
        from transfer.lock.changes import compare
        from transfer.lock.work import SourceImages

        here = session.before_export(("source",), reads_images=False)
        images = SourceImages.of(here, session.pair.command("check", "--only", "source"))
        place = images.place
        is_old = is_check or bool(upgraded)
        previous = place.read_lock() if is_old else place.read_lock_if_any()
        with session.console.step("lock"):
            lines, notes = images.lines(previous, upgraded)
        for note in notes:
            session.console.line(note)
        if not is_check:
            _write(place, previous, lines, session.console)
            return
        changes = compare(previous, lines)
        for line in changes.lines():
            session.console.line(line)
        session.console.line(f"{place.file}: {changes.summary()}")
        if changes:
            hint = Hint(
                f"{place.file} is not what the registry holds. Lock it anew:",
                (session.pair.command("lock"),),
                is_repeated=False,
            )
            end_with(session, hint, DIFFERS)


def _check_offline(source: str, directory: Path, *, as_json: bool) -> None:
    with errors_as_sentences():
        from transfer.console import Console
        from transfer.lock.offline import differences
        from transfer.lock.place import find_place_by_files
        from transfer.lock.record import LockCheck
        from transfer.pair import Pair

        place = find_place_by_files(source, directory, os.environ)
        listed, lines = place.read_list(), place.read_lock()
        found = tuple(differences(listed, lines))
        console = Console()
        if as_json:
            told = tuple(line.strip() for line in found)
            print(LockCheck(file=place.file, artifacts=len(lines), differences=told).as_json())
        else:
            for line in found:
                console.line(line)
            console.line(f"{place.file}: {len(lines)} artifacts, {len(found)} differences")
        if found:
            again = Pair(source, directory=directory).command("lock")
            end_as_different(f"{place.file} does not fit the list. Lock it anew:", again)


def _recut(
    source: str,
    directory: Path,
    renewed: "list[str] | tuple[()]",
    batch: str | None,
    *,
    is_compact: bool,
) -> None:
    with errors_as_sentences():
        from transfer.console import Console
        from transfer.lock import recut
        from transfer.lock.place import find_place_by_files

        place = find_place_by_files(source, directory, os.environ)
        previous = place.read_lock()
        if is_compact:
            lines = recut.compact(previous, place.limits)
        elif batch is not None:
            lines = recut.split(previous, place.limits, batch)
        else:
            lines = recut.renew(previous, place.limits, renewed)
        _write(place, previous, lines, Console())


def _write(
    place: "LockPlace",
    previous: "tuple[LockedArtifact, ...]",
    lines: "tuple[LockedArtifact, ...]",
    console: "Console",
) -> None:
    from transfer.lock.changes import compare

    changes = compare(previous, lines)
    for line in changes.lines():
        console.line(line)
    console.line(f"{place.file}: {changes.summary()}")
    is_written = place.write_lock(lines)
    console.line(f"{place.file} is {'written' if is_written else 'as it was'}")
