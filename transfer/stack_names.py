"""Names of stacks: whether two of them, short or full, mean the same stack."""

from pathlib import Path

from components.model.names import Side
from transfer.errors import WrongUseError
from transfer.pair import Pair
from transfer.stack_file import file_name, project_directory, project_name


def stack_of(side: Side, named: str, directory: Path) -> str:
    """Name the stack of a side; in a tenant's folder the one that has its file there.

    Args:
        named: The name that was given, or the side itself, where none was.

    Raises:
        WrongUseError: the directory is in no Pulumi project.
    """
    folder = project_directory(directory)
    files = list(folder.glob(f"Pulumi.*-{side}.yaml"))
    if named != side or len(files) != 1 or (folder / file_name(side)).is_file():
        return named
    return files[0].name.removeprefix("Pulumi.").removesuffix(".yaml")


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


def other_source(source: str, target: str, told: str, directory: Path) -> str:
    """Name the source that a target reads, where it is not the one given; empty where it is.

    Args:
        told: The source as the target names it.
        directory: Of the Pulumi project, which short names are of.
    """
    named = beside(target, told)
    return "" if is_same_stack(source, named, project_name(directory)) else named


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
    named = told and other_source(pair.source, pair.target, told, pair.directory)
    if not named:
        return pair.source
    if follows_target:
        return named
    raise WrongUseError(
        f"--source {pair.source!r} is not valid: stack {pair.target!r} reads its images from "
        f"{named!r}, and from no other one. Write --source {named}, or leave the option out of "
        "acr-transfer verify."
    )


def _parts(name: str, project: str) -> tuple[str, str, str]:
    rest, _, stack = name.rpartition("/")
    owner, _, own_project = rest.partition("/")
    return owner, own_project or project, stack
