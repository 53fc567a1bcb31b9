"""What one stack reads of the other, and what it says when that cannot be used."""

import pytest
from test_target_side import SOURCE

from components.contract import SourceContract, TargetContract
from components.errors import ContractError

STACK = "organization/acr-transfer/source"


def test_a_contract_survives_the_way_through_a_stack_output() -> None:
    contract = SourceContract.from_outputs(STACK, {"contract": SOURCE})

    assert contract.model_dump(mode="json") == SOURCE
    assert contract.container.account_name == "theirs"
    assert contract.container.resource_group == "rg-theirs"


@pytest.mark.parametrize("outputs", [{}, {"contract": None}, {"contract": {}}, {"contract": "x"}])
def test_a_stack_without_contract_is_named_with_the_command_to_type(
    outputs: dict[str, object],
) -> None:
    with pytest.raises(ContractError) as caught:
        SourceContract.from_outputs(STACK, outputs)

    assert str(caught.value) == (
        f"stack '{STACK}': it has no output 'contract'. "
        "Run pulumi up -s source with this version of the program."
    )


def test_a_contract_of_another_version_is_refused_with_both_versions() -> None:
    with pytest.raises(ContractError, match="has version 2, this program reads version 1"):
        SourceContract.from_outputs(STACK, {"contract": {**SOURCE, "version": 2}})


def test_a_contract_of_the_other_side_is_refused() -> None:
    with pytest.raises(ContractError, match=r"not usable at: .*side"):
        TargetContract.from_outputs(STACK, {"contract": SOURCE})


def test_an_elided_part_is_named() -> None:
    with pytest.raises(ContractError, match=r"not usable at: container\.account_id"):
        SourceContract.from_outputs(STACK, {"contract": {**SOURCE, "container": {}}})
