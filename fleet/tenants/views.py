"""What is shown of tenants."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from fleet.tenants.origins import Origin
from transfer.tables import fitting_table


def origins_table(stack: str, origins: Iterable[Origin], width: int | None) -> Table:
    """Show the values of a stack, for a terminal of this width or for none."""
    rows = list(origins)
    table = fitting_table(
        {
            "key": [Text(row.key) for row in rows],
            "from": [Text(row.file or "default") for row in rows],
            "value": [Text(row.value) for row in rows],
        },
        (),
        width,
    )
    table.title = stack
    return table
