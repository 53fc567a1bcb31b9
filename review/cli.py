"""The command `acr-transfer review`."""

from pathlib import Path
from typing import Annotated

import typer

from fleet.options import AsMarkdown, Root
from transfer.ending import errors_as_sentences


def review(
    *,
    records: Annotated[
        Path,
        typer.Argument(
            metavar="RECORDS", exists=True, file_okay=False, help="Folder of the records."
        ),
    ],
    changed_since: Annotated[
        str | None,
        typer.Option(
            metavar="REF",
            help="Miss records of tenants whose files differ from a revision of git.",
        ),
    ] = None,
    as_markdown: AsMarkdown = False,
    limit: Annotated[
        int | None,
        typer.Option(
            min=2000, metavar="CHARS", help="Cut the Markdown to CHARS: the sum and the end stay."
        ),
    ] = None,
    root: Root = Path(),
) -> None:
    """Make the one comment of a pull request from the records that earlier steps have left.

    TENANT/lock.json and TENANT/diff.json, rehearse*.json and preview*.json are what `lock --check
    --offline`, `diff --against`, `rehearse --since` and `fleet preview` print with --json.
    """
    if limit is not None and not as_markdown:
        raise typer.BadParameter("--limit is of --markdown.")
    with errors_as_sentences():
        from fleet.selection import changed_since as differing
        from fleet.tenants.folder import tenants_of
        from review.judge import judge
        from review.records import read_records
        from review.views import markdown, show
        from transfer.console import Console

        found = differing(changed_since, root.resolve()) if changed_since else None
        judged = judge(
            read_records(records, may_be_none=found is not None and not found.tenants),
            [tenant.name for tenant in tenants_of(root.resolve())],
            [tenant.name for tenant in found.tenants] if found else None,
            found.removed if found else (),
        )
        if as_markdown:
            print(markdown(judged, limit), end="")
        else:
            show(judged, Console())
