"""The commands about tenants."""

from pathlib import Path
from typing import Annotated

import typer

from transfer.command_line import PlainFlags
from transfer.ending import errors_as_sentences

app = typer.Typer(
    cls=PlainFlags,
    no_args_is_help=True,
    help="Make and look at tenants: a folder of each, with a pair of stacks.",
)
Root = Annotated[
    Path,
    typer.Option("--dir", help="Directory of the program.", exists=True, file_okay=False),
]
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
            tenant, {"source": SideGiven(source), "target": SideGiven(target, there)}
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
