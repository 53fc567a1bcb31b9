"""Names of stacks: whether two of them, short or full, mean the same stack."""

from pathlib import Path

import yaml

from transfer.errors import WrongUseError
from transfer.pair import Pair


def is_same_stack(one: str, other: str, project: str) -> bool:
    """Tell whether two names mean one stack.

    A name is `<stack>`, `<organization>/<stack>` or `<organization>/<project>/<stack>`; what it
    leaves out is the user's own.

    Args:
        project: The project that a name without one means; empty where it is not known.
    """
    (one_owner, one_project, one_stack), (other_owner, other_project, other_stack) = (
        _parts(name, project) for name in (one, other)
    )
    return (
        one_stack == other_stack
        and one_project == other_project
        and (one_owner == other_owner or not (one_owner and other_owner))
    )


def beside(neighbour: str, name: str) -> str:
    """Give a name as the stack beside it means it: a short one is of the neighbour's project."""
    return name if "/" in name else neighbour.rpartition("/")[0] + "/" * ("/" in neighbour) + name


def source_read_by(pair: Pair, told: str, *, follows_target: bool) -> str:
    """Name the source that a pair's target reads, and refuse another one that was asked for.

    Args:
        told: What the target tells of its source; empty where it does not know it.
        follows_target: Nobody asked for a source.

    Raises:
        WrongUseError: the target reads another source, or does not name its source.
    """
    if not told and follows_target:
        raise WrongUseError(
            f"stack {pair.target!r} does not name its source: it was told of it by a hand-over "
            "file or by another program. Name the file by --source-file, or the stack by --source."
        )
    named = beside(pair.target, told)
    if not told or is_same_stack(pair.source, named, project_name(pair.directory)):
        return pair.source
    if follows_target:
        return named
    raise WrongUseError(
        f"--source {pair.source!r} is not valid: stack {pair.target!r} reads its images from "
        f"{named!r}, so what arrived there can be compared with that source alone. Write "
        f"--source {named}, or leave the option out of acr-transfer verify."
    )


def project_name(directory: Path) -> str:
    """Tell the project that a directory lies in; empty when there is none."""
    folder = directory.resolve()
    for place in (folder, *folder.parents):
        file = place / "Pulumi.yaml"
        if file.is_file():
            content = yaml.safe_load(file.read_text(encoding="utf-8"))
            return str(content.get("name", "")) if isinstance(content, dict) else ""
    return ""


def _parts(name: str, project: str) -> tuple[str, str, str]:
    rest, _, stack = name.rpartition("/")
    owner, _, own_project = rest.partition("/")
    return owner, own_project or project, stack
