"""Options that several of the commands over many tenants have."""

from pathlib import Path
from typing import Annotated

import typer

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
Excludes = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude", metavar="URN", help="What is known to differ, as a pattern; with drift."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Needed for destroy, which asks nothing else.")]
AsMarkdown = Annotated[bool, typer.Option("--markdown", help="Print the report as Markdown.")]
Root = Annotated[
    Path, typer.Option("--dir", help="Directory of the program.", exists=True, file_okay=False)
]
SasDays = Annotated[
    int | None, typer.Option(min=0, metavar="DAYS", help="Fail where a SAS ends sooner.")
]
VerifiedDays = Annotated[
    int | None,
    typer.Option(min=0, metavar="DAYS", help="Fail where the last verified transfer is older."),
]
