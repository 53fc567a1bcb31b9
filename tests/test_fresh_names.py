"""What is said when names are drawn anew, and what a side refuses to take for its own."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pytest
from mock_engine import SUBSCRIPTION
from stack_program import run

from components.azure.fresh_names import announce_changes

PLACE = {"location": "westeurope", "vault": "new", "suffix": "abcd2345"}
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-shared/providers"
ACCOUNT = f"{GROUP}/Microsoft.Storage/storageAccounts/theirs"
CONTAINER = f"{ACCOUNT}/blobServices/default/containers/outbox"
MADE = {"tags": {"acr-transfer-side": "source"}}


def said(after: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give what is said when a stack that was made with `PLACE` is updated."""
    hooks: list[Callable[[pulumi.ResourceHookArgs], None]] = []
    warnings: list[str] = []
    monkeypatch.setattr(pulumi, "ResourceHook", lambda _, callback, __: hooks.append(callback))
    monkeypatch.setattr(pulumi, "ResourceHookBinding", lambda **_: None)
    monkeypatch.setattr(pulumi, "ResourceOptions", lambda **_: None)
    monkeypatch.setattr(pulumi, "Stash", lambda *_, **__: None)
    monkeypatch.setattr(pulumi.log, "warn", warnings.append)
    parent: Any = None
    announce_changes("place", "source", {}, parent, parent)
    old, new = {"input": PLACE}, {"input": {**PLACE, **after}}
    hooks[0](pulumi.ResourceHookArgs("urn", "id", "place", "type", new, old))
    return warnings


def test_another_place_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    warnings = said({"location": "northeurope", "suffix": "other"}, monkeypatch)

    assert "location from 'westeurope' to 'northeurope'" in warnings[0]


def test_a_suffix_that_is_replaced_by_hand_announces_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert said({"suffix": "other"}, monkeypatch) == []


@pytest.mark.parametrize(
    ("values", "call", "answer"),
    [
        ({"storage": ACCOUNT}, "storage:getStorageAccount", MADE),
        (
            {"storage": CONTAINER},
            "storage:getBlobContainer",
            {"metadata": {"acr_transfer_side": "source"}},
        ),
        ({"vault": f"{GROUP}/Microsoft.KeyVault/vaults/theirs"}, "keyvault:getVault", MADE),
        (
            {"identity": f"{GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/theirs"},
            "managedidentity:getUserAssignedIdentity",
            MADE,
        ),
        ({"resource_group": "rg-shared"}, "resources:getResourceGroup", MADE),
    ],
)
def test_what_a_source_has_made_is_no_existing_thing_of_a_source(
    values: dict[str, Any], call: str, answer: dict[str, Any]
) -> None:
    source = {"side": "source", "registry": "rg-contoso/contoso", "images": ["a:1"], **values}

    with pytest.raises(pulumi.RunError, match="a source side has made it"):
        run(source, answers={call: answer})
