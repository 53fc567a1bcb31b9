"""The contracts as stack outputs: one side publishes its own, the other one finds it."""

from collections.abc import Mapping
from pathlib import Path

import pulumi

from ..model.contract import OUTPUT_NAME, SourceContract, TargetContract
from ..model.errors import ContractError
from ..model.handover import read_hand_over


def publish(
    contract: type[SourceContract] | type[TargetContract],
    parts: Mapping[str, pulumi.Input[object]],
) -> pulumi.Output[dict[str, object]]:
    """Make a contract of parts that are known at deploy time, in the form of a stack output."""
    return pulumi.Output.from_input(parts).apply(
        lambda values: contract.model_validate(values).model_dump(mode="json")
    )


async def find_source(stack: str, file: str | None) -> dict[str, object]:
    """Give what TargetSide is told of its source: by a hand-over file if there is one, or a stack.

    Raises:
        HandOverError: the file cannot be used.
        ContractError: the stack, or its contract, is missing or of another version.
    """
    if file is None:
        contract = await read_source(stack)
    else:
        stack, contract = "", read_hand_over(Path(file)).contract
    return {"source": contract.model_dump(mode="json"), "source_stack": stack}


async def read_source(stack: str) -> SourceContract:
    """Read the source's contract through a stack reference.

    Args:
        stack: `<stack>` of this project, or `<organization>/<project>/<stack>`.

    Raises:
        ContractError: the stack, or its contract, is missing or of another version.
    """
    full_name = (
        stack if "/" in stack else f"{pulumi.get_organization()}/{pulumi.get_project()}/{stack}"
    )
    _require_stack(full_name)
    details = await pulumi.StackReference(full_name).get_output_details(OUTPUT_NAME)
    return SourceContract.from_outputs(full_name, {OUTPUT_NAME: details.value})


def _require_stack(full_name: str) -> None:
    """Ask for the stack first: a reference to none ends the program unexplained."""
    try:
        pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {"name": full_name})
    except Exception as error:  # The SDK raises no narrower class.
        fix = f"Run pulumi up -s {full_name} first, or name another `source_stack`."
        reason = "the engine finds no such stack" if "unknown stack" in str(error) else str(error)
        raise ContractError(full_name, reason, fix) from error
