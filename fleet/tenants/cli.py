"""The commands about tenants."""

import os
from pathlib import Path
from typing import Annotated

import typer

from fleet.cli import end_if_unread
from fleet.options import Root
from transfer.command_line import AsJson, PlainFlags
from transfer.ending import WRONG_USE, errors_as_sentences, stop

app = typer.Typer(
    cls=PlainFlags,
    no_args_is_help=True,
    help="Make, show and remove tenants: a folder of each, with a pair of stacks.",
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The tenant.")]


@app.command()
def new(
    name: Name,
    source: Annotated[
        str, typer.Option("--source", metavar="GROUP/REGISTRY", help="The source registry.")
    ],
    target: Annotated[
        str, typer.Option("--target", metavar="GROUP/REGISTRY", help="The target registry.")
    ],
    target_subscription: Annotated[
        str | None, typer.Option(metavar="ID", help="Subscription of the target, if another one.")
    ] = None,
    target_tenant: Annotated[
        str | None, typer.Option(metavar="ID", help="Azure tenant of the target, if another one.")
    ] = None,
    secrets_provider: Annotated[
        str | None,
        typer.Option(metavar="URL", help="What encrypts the stacks' secrets: azurekeyvault://..."),
    ] = None,
    root: Root = Path(),
) -> None:
    """Write the folder of a new tenant: its project, two stack files and a list of images.

    Nothing is made in Azure. `pulumi` and `acr-transfer` work in the folder without an option.
    """
    with errors_as_sentences():
        from fleet.tenants.folder import Tenant
        from fleet.tenants.new import SideGiven, make_tenant

        place = {"subscriptionId": target_subscription, "tenantId": target_tenant}
        there = {key: value for key, value in place.items() if value}
        tenant = Tenant(root.resolve(), name)
        for file in make_tenant(
            tenant,
            {"source": SideGiven(source), "target": SideGiven(target, there)},
            secrets_provider,
        ):
            print(file.relative_to(tenant.root))
        print(f"List what moves in images.yaml. Then: cd {tenant.folder.relative_to(tenant.root)}")


@app.command()
def show(name: Name, root: Root = Path()) -> None:
    """Show each value of a tenant's stacks, and the file that it comes from."""
    with errors_as_sentences():
        from components.model.names import SIDES
        from fleet.tenants.folder import existing_tenant
        from fleet.tenants.origins import origins
        from fleet.tenants.views import origins_table
        from transfer.console import Console

        tenant = existing_tenant(root.resolve(), name)
        console = Console()
        for side in SIDES:
            console.rich.print(
                origins_table(tenant.stack(side), origins(tenant, side), console.table_width)
            )


@app.command(name="list")
def list_all(as_json: AsJson = False, root: Root = Path()) -> None:
    """Show both stacks of each tenant, days of SAS left, and the last verified transfer."""
    with errors_as_sentences():
        from fleet.budget import default_jobs
        from fleet.status_command import show_status
        from fleet.tenants.folder import tenants_of

        report = show_status(tenants_of(root.resolve()), default_jobs(), as_json=as_json)
    end_if_unread(report, root)


@app.command()
def remove(
    name: Name,
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    root: Root = Path(),
) -> None:
    """End a tenant: destroy its target, then its source, and remove both stacks and the folder.

    Registries and their images stay, and so does the lock, as a record of what was moved.
    While something cannot be destroyed the folder stays, too, and the same command goes on.
    """
    with errors_as_sentences():
        from fleet.tenants.folder import existing_tenant

        tenant = existing_tenant(root.resolve(), name)
    if not is_sure:
        question = f"This destroys both stacks of {name}. Type its name to go on"
        if typer.prompt(question, err=True) != name:
            stop("That is another name: nothing is done.", WRONG_USE)
    with errors_as_sentences():
        from fleet.command import Fleet
        from fleet.tenants.remove import remove_tenant
        from transfer.console import Console
        from transfer.wiring import Machine

        fleet = Fleet(tenant.root, Machine.of(os.environ), Console())
        lock = remove_tenant(fleet, tenant)
        kept = f"; {lock.relative_to(tenant.root)} stays in git" if lock else ""
        fleet.console.line(f"{name} is removed{kept}.")
