"""An `up` that may fail by its pipeline runs, while everything else is made and told."""

from collections.abc import Sequence
from typing import TypeVar

from components.model.contract import SourceContract, TargetContract
from components.model.errors import TransferError
from transfer.errors import CommandFailedError, StoppedError
from transfer.hints import Hint
from transfer.stacks import Stack

Contract = TypeVar("Contract", SourceContract, TargetContract)


def try_up(stack: Stack, exclude: Sequence[str] = ()) -> CommandFailedError | None:
    """Run an `up`, and give what it failed by, which may be its runs.

    Raises:
        CommandFailedError: it has failed by the engine itself, for which there is a hint.
    """
    try:
        stack.up(exclude)
    except StoppedError:
        raise
    except CommandFailedError as error:
        if error.hint != Hint():
            raise
        return error
    return None


def contract_after(
    error: CommandFailedError | None, kind: type[Contract], stack: Stack
) -> Contract:
    """Read what an `up` tells; if that is not usable, it has failed by more than its runs.

    Raises:
        CommandFailedError: what the `up` failed by.
    """
    try:
        return kind.from_outputs(stack.name, stack.outputs())
    except TransferError:
        if error is not None:
            raise error from None
        raise
