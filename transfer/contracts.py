"""What the sides' stacks tell, read from their outputs."""

from collections.abc import Mapping
from typing import TypeVar

from components.model.contract import SourceContract, TargetContract
from components.model.errors import ContractError
from components.model.names import Side
from transfer.errors import CommandFailedError
from transfer.hints import Hint, Pulumi
from transfer.stacks import Stack

Contract = TypeVar("Contract", SourceContract, TargetContract)


def read_contract(
    kind: type[Contract], side: Side, stack: Stack, outputs: Mapping[str, object] | None = None
) -> Contract:
    """Read the contract of a side.

    Args:
        outputs: What the stack puts out, where that has been read already.

    Raises:
        CommandFailedError: there is no stack, or no usable contract; the hint brings it up.
    """
    try:
        return kind.from_outputs(stack.name, stack.outputs() if outputs is None else outputs)
    except ContractError as error:
        up = Pulumi(side, ("up",))
        steps = (up,) if stack.exists() else (Pulumi(side, ("stack", "init")), up)
        raise CommandFailedError(
            f"stack {stack.name!r}: {error.reason}.", Hint(steps=steps)
        ) from error
