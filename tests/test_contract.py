"""What one stack reads of the other, and what it says when that cannot be used."""

import asyncio

import pulumi
import pytest
from mock_engine import record
from sides import SOURCE

from components.azure.stack_contract import read_source
from components.model.contract import ContainerPart, SourceContract, TargetContract
from components.model.errors import ContractError

STACK = "organization/acr-transfer/source"


def test_a_contract_survives_the_way_through_a_stack_output() -> None:
    contract = SourceContract.from_outputs(STACK, {"contract": SOURCE})

    assert contract.model_dump(mode="json") == SOURCE
    assert contract.container.account_name == "theirs"
    assert contract.container.resource_group == "rg-theirs"


def test_an_account_of_which_nothing_is_said_allows_shared_keys() -> None:
    container = SourceContract.from_outputs(STACK, {"contract": SOURCE}).container
    document = container.model_dump(exclude={"allows_shared_keys"})

    assert ContainerPart.model_validate(document) == container


@pytest.mark.parametrize("outputs", [{}, {"contract": None}, {"contract": {}}, {"contract": "x"}])
def test_a_stack_without_contract_is_named_with_the_command_to_type(
    outputs: dict[str, object],
) -> None:
    with pytest.raises(ContractError) as caught:
        SourceContract.from_outputs(STACK, outputs)

    assert str(caught.value) == (
        f"stack '{STACK}': it has no output 'contract'. "
        f"Run pulumi up -s {STACK} with this version of the program."
    )


def test_a_contract_without_the_end_of_a_sas_has_no_sas() -> None:
    told = {key: value for key, value in SOURCE.items() if key != "sas_expires"}

    assert SourceContract.from_outputs(STACK, {"contract": told}).sas_expires is None


def test_a_contract_of_another_version_is_refused_with_both_versions() -> None:
    with pytest.raises(ContractError, match="has version 2, this program reads version 1"):
        SourceContract.from_outputs(STACK, {"contract": {**SOURCE, "version": 2}})


def test_a_contract_of_the_other_side_is_refused() -> None:
    with pytest.raises(ContractError, match=r"not usable at: .*side"):
        TargetContract.from_outputs(STACK, {"contract": SOURCE})


def test_a_source_without_runs_is_refused() -> None:
    with pytest.raises(ContractError, match="it has exported nothing"):
        SourceContract.from_outputs(STACK, {"contract": {**SOURCE, "runs": []}})


def test_an_elided_part_is_named() -> None:
    with pytest.raises(ContractError, match=r"not usable at: container\.account_id"):
        SourceContract.from_outputs(STACK, {"contract": {**SOURCE, "container": {}}})


def read(stack: str, outputs: dict[str, object]) -> SourceContract:
    answers = {"pulumi:pulumi:StackReference": {"outputs": outputs, "secretOutputNames": []}}

    async def program() -> SourceContract:
        return await read_source(stack)

    contract = record(program, answers=answers).result
    assert isinstance(contract, SourceContract)
    return contract


@pytest.mark.parametrize("stack", ["source", "organization/acr-transfer/source"])
def test_a_contract_is_read_through_a_stack_reference(stack: str) -> None:
    contract = read(stack, {"contract": SOURCE})

    assert contract.model_dump(mode="json") == SOURCE


def test_a_stack_reference_without_contract_names_the_full_stack() -> None:
    with pytest.raises(ContractError, match="'organization/acr-transfer/source': it has no output"):
        read("source", {})


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ('unknown stack "organization/acr-transfer/sorce"', "the engine finds no such stack"),
        ("no passphrase", "no passphrase"),
    ],
)
def test_a_stack_that_cannot_be_read_names_the_command_and_the_argument(
    failure: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_token: str, _inputs: object) -> None:
        raise RuntimeError(failure)

    monkeypatch.setattr(pulumi.runtime, "invoke", fail)

    with pytest.raises(ContractError) as caught:
        asyncio.run(read_source("organization/acr-transfer/sorce"))

    assert reason in str(caught.value)
    assert str(caught.value).endswith(
        "Run pulumi up -s organization/acr-transfer/sorce first, or name another `source_stack`."
    )
