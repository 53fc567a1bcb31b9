"""What the entries of a list take and leave, as a table and for machines."""

from rich.table import Table
from rich.text import Text

from transfer.lock.choose import Choice
from transfer.tables import fitting_table


def as_table(choice: Choice, width: int | None) -> Table:
    """Show each decision, what is taken first."""
    decisions = sorted(choice.decisions, key=lambda item: (bool(item.fault), item.artifact))
    columns = {
        "artifact": [Text(str(item.artifact)) for item in decisions],
        "entry": [Text(item.rule) for item in decisions],
        "is": [
            Text("left", "yellow") if item.fault else Text("taken", "green") for item in decisions
        ],
        "why": [Text(item.fault) for item in decisions],
    }
    return fitting_table(columns, ["entry"], width)


def as_document(choice: Choice) -> dict[str, object]:
    """Give the decisions in the order of the entries, as JSON has them."""
    return {
        "version": 1,
        "artifacts": [
            {"artifact": str(artifact), "entry": rule}
            for artifact, rule in sorted(choice.taken.items())
        ],
        "decisions": [
            {
                "artifact": str(item.artifact),
                "entry": item.rule,
                "taken": not item.fault,
                "why": item.fault,
            }
            for item in choice.decisions
        ],
        "problems": [str(problem) for problem in choice.problems],
    }
