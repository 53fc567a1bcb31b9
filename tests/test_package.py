"""The components as a Pulumi package: what other programs and languages see of them."""

import pytest
from pulumi.provider.experimental.analyzer import Analyzer

from components.config import SideOptions, SourceOptions, TargetOptions
from components.source_side import SourceSide, SourceSideArgs
from components.target_side import TargetSide, TargetSideArgs

INPUTS = {"registry_name", "registry_resource_group", "location", "resource_group_name", "sas"}


@pytest.mark.parametrize(
    ("args", "options", "others"),
    [
        (SourceSideArgs, SourceOptions, INPUTS),
        (TargetSideArgs, TargetOptions, INPUTS | {"source", "source_stack"}),
    ],
)
def test_args_have_each_key_of_the_options_and_no_other(
    args: type, options: type[SideOptions], others: set[str]
) -> None:
    assert set(args.__annotations__) == set(options.model_fields) | others


def test_the_sdk_can_make_a_schema_of_both_components() -> None:
    found = Analyzer("acrtransfer").analyze([SourceSide, TargetSide])

    outputs = {
        name: [*component.outputs] for name, component in found["component_definitions"].items()
    }
    assert outputs == {"SourceSide": ["contract"], "TargetSide": ["contract"]}
