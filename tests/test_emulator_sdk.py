"""What the emulated azure-native knows by heart, held against the installed SDK."""

import inspect
import re
from functools import cache

import pytest

from emulator.arm.api_versions import versions_of
from emulator.arm.ids import parse
from emulator.providers import token_table
from emulator.providers.schema_types import sdk_class
from emulator.providers.token_table import ACCESS_POLICY, GENERIC, type_map
from emulator.resource_types import EXPORT_TYPE

LATER = "azure-native:containerregistry/v20250601preview"
OF_THE_SDK = [token for token in token_table.tokens() if "/" not in token]
LATER_TYPES = [token for token in token_table.tokens() if "/" in token]


@cache
def source(token: str) -> str:
    """Give the SDK's own words on a type."""
    return inspect.getsource(inspect.getmodule(sdk_class(token, "")) or sdk_class(token, ""))


def listed_versions(token: str) -> set[str]:
    """Give the API versions that a type's page names."""
    found = re.search(r"Other available API versions: ([^.]+)\.", source(token))
    assert found is not None
    return {type_map(token).api_version, *found[1].split(", ")}


@pytest.mark.parametrize("token", [token for token in OF_THE_SDK if token != ACCESS_POLICY])
def test_each_type_speaks_the_api_version_that_the_sdk_says(token: str) -> None:
    found = re.search(r"Uses Azure REST API version (\S+)\.\s", source(token))

    assert found is not None
    assert found[1] == type_map(token).api_version


def test_an_access_policy_is_azure_natives_own_and_says_no_version() -> None:
    assert "Uses Azure REST API version" not in source(ACCESS_POLICY)


def test_the_later_types_are_those_that_we_think() -> None:
    assert [f"{LATER}:ExportPipeline", f"{LATER}:ImportPipeline"] == LATER_TYPES


@pytest.mark.parametrize("token", LATER_TYPES)
def test_a_later_type_is_an_alias_of_the_sdks_and_its_version_can_be_had(token: str) -> None:
    own = token.replace("/v20250601preview", "")

    assert f'pulumi.Alias(type_="{token}")' in source(own)
    assert type_map(token).api_version in listed_versions(own)


@pytest.mark.parametrize(
    "token",
    [
        token
        for token in OF_THE_SDK
        if token != GENERIC and "Other available API versions" in source(token)
    ],
)
def test_resource_manager_has_each_version_that_the_sdk_lists(token: str) -> None:
    type_ = parse(type_map(token).path).type

    assert listed_versions(token) <= set(versions_of(type_))


@pytest.mark.parametrize("kind", ["ExportPipeline", "ImportPipeline"])
def test_pipelines_are_in_the_versions_that_the_sdk_lists(kind: str) -> None:
    only_in_the_specification = {"2025-12-01-preview"}

    listed = listed_versions(f"azure-native:containerregistry:{kind}")

    assert set(versions_of(EXPORT_TYPE)) == listed | only_in_the_specification
