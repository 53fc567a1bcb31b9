"""The check of inputs against the azure-native SDK's own classes."""

import pytest

from emulator.errors import EmulatorError
from emulator.providers import schema
from emulator.providers.differ import Change, changes
from emulator.providers.token_table import type_map
from emulator.providers.wire import UNKNOWN, Secret, decode, encode, mark_properties

ACCOUNT = "azure-native:storage:StorageAccount"
PIPELINE = "azure-native:containerregistry:ExportPipeline"
GOOD_ACCOUNT: dict[str, object] = {
    "resourceGroupName": "rg",
    "accountName": "account1",
    "kind": "StorageV2",
    "sku": {"name": "Standard_ZRS"},
}
GOOD_PIPELINE: dict[str, object] = {
    "resourceGroupName": "rg",
    "registryName": "registry1",
    "target": {"uri": "https://x/y/z", "keyVaultUri": "https://v/secrets/s"},
}


def reasons(token: str, inputs: dict[str, object]) -> dict[str, str]:
    return {failure.path: failure.reason for failure in schema.check(token, inputs)}


@pytest.mark.parametrize(("token", "inputs"), [(ACCOUNT, GOOD_ACCOUNT), (PIPELINE, GOOD_PIPELINE)])
def test_good_inputs_pass(token: str, inputs: dict[str, object]) -> None:
    assert reasons(token, inputs) == {}


def test_a_misspelt_property_is_named_with_the_nearest_one() -> None:
    found = reasons(ACCOUNT, GOOD_ACCOUNT | {"enableHttpsTraffic": True})

    assert found == {
        "enableHttpsTraffic": f"'enableHttpsTraffic' is not a property of {ACCOUNT}. "
        "The nearest is 'enableHttpsTrafficOnly'."
    }


def test_a_misspelt_nested_property_is_named_by_its_path() -> None:
    target = {"uri": "https://x/y/z", "keyvaultUri": "https://v/secrets/s"}

    found = reasons(PIPELINE, GOOD_PIPELINE | {"target": target})

    assert set(found) == {"target.keyvaultUri", "target.keyVaultUri"}
    assert "The nearest is 'keyVaultUri'." in found["target.keyvaultUri"]
    assert found["target.keyVaultUri"] == "missing required property 'target.keyVaultUri'"


def test_a_wrong_enum_value_lists_the_right_ones() -> None:
    found = reasons(PIPELINE, GOOD_PIPELINE | {"options": ["OverwriteBlob"]})

    assert "'OverwriteBlob' is not a value of 'options[0]'" in found["options[0]"]
    assert "The nearest is 'OverwriteBlobs'." in found["options[0]"]


def test_a_value_that_the_sdk_takes_as_a_text_too_is_checked() -> None:
    found = reasons(ACCOUNT, GOOD_ACCOUNT | {"minimumTlsVersion": "TLS1.2"})

    assert "The nearest is 'TLS1_2'." in found["minimumTlsVersion"]


def test_a_wrong_type_does_not_show_the_value() -> None:
    found = reasons(ACCOUNT, GOOD_ACCOUNT | {"allowBlobPublicAccess": Secret("hidden")})

    assert found == {
        "allowBlobPublicAccess": "'allowBlobPublicAccess' should be of type 'boolean' "
        "but got a string"
    }


def test_unknown_values_of_a_preview_pass() -> None:
    assert reasons(ACCOUNT, GOOD_ACCOUNT | {"accountName": UNKNOWN, "sku": UNKNOWN}) == {}


def test_a_type_that_is_not_emulated_fails_loudly() -> None:
    with pytest.raises(EmulatorError, match="The emulator does not have the resource type"):
        type_map("azure-native:network:VirtualNetwork")


def test_a_preview_knows_inputs_and_nothing_else() -> None:
    outputs = schema.preview(ACCOUNT, GOOD_ACCOUNT)

    assert outputs["kind"] == "StorageV2"
    assert outputs["primaryEndpoints"] is UNKNOWN


def test_names_of_the_sdk_become_arms_and_come_back() -> None:
    kind = type_map(ACCOUNT)
    inputs = GOOD_ACCOUNT | {
        "enableHttpsTrafficOnly": True,
        "networkRuleSet": {"ipRules": [{"iPAddressOrRange": "10.0.0.1"}]},
        "tags": {"enableHttpsTrafficOnly": "kept"},
    }

    body = kind.to_body(inputs)

    assert body == {
        "kind": "StorageV2",
        "sku": {"name": "Standard_ZRS"},
        "tags": {"enableHttpsTrafficOnly": "kept"},
        "properties": {
            "supportsHttpsTrafficOnly": True,
            "networkAcls": {"ipRules": [{"value": "10.0.0.1"}]},
        },
    }
    paths = ("resourceGroupName", "accountName")
    expected = {key: value for key, value in inputs.items() if key not in paths}
    assert kind.to_outputs(body) == expected | {"azureApiVersion": "2024-01-01"}


def test_an_id_is_taken_apart_into_its_inputs() -> None:
    kind = type_map(PIPELINE)
    paths = {"resourceGroupName": "rg", "registryName": "r", "exportPipelineName": "p"}

    assert kind.from_id(kind.id(dict(paths), "sub")) == paths


def test_a_role_assignments_scope_may_be_deep() -> None:
    kind = type_map("azure-native:authorization:RoleAssignment")
    paths = {
        "scope": "subscriptions/s/resourceGroups/rg/providers/A/b/c",
        "roleAssignmentName": "n",
    }

    assert kind.from_id(kind.id(dict(paths), "s")) == paths | {"scope": f"/{paths['scope']}"}


def test_secrets_survive_the_wire() -> None:
    properties = {"a": Secret("x"), "b": [1, 2.5, True, None], "c": {"d": UNKNOWN}}

    assert decode(encode(dict(properties))) == properties


def test_what_was_secret_in_the_inputs_is_secret_in_the_outputs() -> None:
    inputs: dict[str, object] = {"properties": {"value": Secret("x"), "contentType": "t"}}

    marked = mark_properties({"properties": {"value": "x", "contentType": "t", "uri": "u"}}, inputs)

    assert marked == {"properties": {"value": Secret("x"), "contentType": "t", "uri": "u"}}


def test_changes_are_named_by_their_paths() -> None:
    old = {"a": 1, "b": {"c": [1, 2]}, "gone": "x", "location": "West Europe"}
    new = {"a": 1, "b": {"c": [1, 3]}, "new": "y", "location": "westeurope"}

    assert changes(old, new) == [
        Change("b.c[1]", "update"),
        Change("gone", "delete"),
        Change("new", "add"),
    ]
