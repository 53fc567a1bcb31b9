"""What a change of each setting does to a side, as the page says it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pydantic
import pytest
from mock_engine import SUBSCRIPTION, Recording, Registration
from sides import SOURCE
from stack_program import run

from components.model.names import Side
from components.model.place_changes import PLACE_KEYS, VAULT_KEY, cost_of_change
from components.model.settings import SourceSettings, TargetSettings

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("## What a change does")[2].partition("\n## ")[0]
ROWS = {
    line.split("|")[1].strip(" `"): line.split("|")[2].strip()
    for line in TABLE.splitlines()
    if line.startswith("| `")
}
BASE: dict[Side, dict[str, Any]] = {
    "source": {"side": "source", "registry": "rg-contoso/contoso", "images": ["shop/web:1.4"]},
    "target": {"side": "target", "registry": "rg-contoso/contoso", "import_by": "runs"},
}


def existing(kind: str) -> str:
    return f"{SUBSCRIPTION}/resourceGroups/rg-shared/providers/Microsoft.{kind}/theirs"


ACCOUNT = existing("Storage/storageAccounts")
SAS = "?sv=2021-12-02&sr=c&sp=rawdl&st=2026-11-01T00:00:00Z&se=2027-01-31T00:00:00Z&spr=https&sig=x"
# A value that is not the default; with `beside`, what both sides of the change have in common.
CHANGES: dict[str, Any] = {
    "registry": "rg-contoso/contosoother",
    "location": "northeurope",
    "resource_group": "rg-transfer",
    "create_registry": True,
    "prefix": "beta",
    "container": "outbox",
    "storage": ACCOUNT,
    "storage_access": "managed-identity",
    "storage_redundancy": "Standard_LRS",
    "identity": "system-assigned",
    "vault": existing("KeyVault/vaults"),
    "vault_addresses": ["203.0.113.0/24"],
    "role_wait_seconds": 300,
    "sas_kind": "account",
    "sas_policy": "block",
    "sas_days": 20,
    "sas_grace_days": 3,
    "blob_retention_days": 30,
    "rerun": 1,
    "tags": {"owner": "platform"},
    "protect": True,
    "log_analytics_workspace": existing("OperationalInsights/workspaces"),
    "sas": SAS,
    "images": ["shop/api:2.0"],
    "batch_artifacts": 20,
    "batch_gigabytes": 5,
    "blobs": "shared",
    "import_by": "trigger",
}
OPTIONS: dict[Side, list[str]] = {"source": ["OverwriteBlobs"], "target": ["OverwriteTags"]}
BESIDE: dict[str, dict[str, Any]] = {"sas": {"storage": ACCOUNT}}
# Another side, another file, another source: not a value beside others.
APART = {
    "side",
    "images_file",
    "images_lock",
    "locked_images",
    "source_stack",
    "source_file",
    "folder",
    "shared_file",
}


def effect(values: dict[str, Any], changed: dict[str, Any], **more: Any) -> str:
    """Tell what the engine would do, from what it is told of each resource."""
    # Many changes begin with the same.
    before = _recorded(json.dumps(values))
    side = values["side"]
    began = resource(before, f"{side}-first-place").inputs["input"]
    # As a stack answers that has begun with the values of before.
    after = run(changed, answers={"pulumi:index:Stash": {"output": began}}, **more)
    if keepers(before) != keepers(after):
        return "replace"
    return "nothing" if described(before) == described(after) else "update"


@cache
def _recorded(values: str) -> Recording:
    return run(json.loads(values))


def resource(recording: Recording, name: str) -> Registration:
    return next(item for item in recording.registrations if item.name == name)


def keepers(recording: Recording) -> dict[str, object]:
    """Give what each suffix of both recordings may have is drawn by."""
    suffixes = recording.all("random:index/randomString:RandomString")
    return {item.name.rpartition("-")[0]: item.inputs.get("keepers") for item in suffixes}


def described(recording: Recording) -> tuple[object, object]:
    """Give what decides about a resource: its inputs, and what Azure is asked to sign."""
    inputs = {item.name: (item.type, item.inputs) for item in recording.registrations}
    return inputs, [call for call in recording.calls if "SAS" in call[0]]


MODELS: dict[Side, type[pydantic.BaseModel]] = {
    "source": SourceSettings,
    "target": TargetSettings,
}
CASES = [
    (side, key)
    for side, model in MODELS.items()
    for key in sorted(model.model_fields.keys() - APART - {"as_of"})
]


@pytest.mark.parametrize(("side", "key"), CASES)
def test_the_page_says_what_a_change_of_a_setting_does(side: Side, key: str) -> None:
    base = {**BASE[side], **BESIDE.get(key, {})}
    value = OPTIONS[side] if key == "options" else CHANGES[key]

    found = effect(base, {**base, key: value})

    # Whether a registry exists is Azure's to say: the real engine shows that it refuses.
    assert ROWS[key] == ("refuse" if key == "create_registry" else found)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("Standard_ZRS", "Standard_RAGZRS", "update"),
        ("Standard_LRS", "Standard_GRS", "update"),
        ("Standard_GRS", "Standard_GZRS", "replace"),
        ("Standard_LRS", "Standard_ZRS", "replace"),
    ],
)
def test_copies_in_a_second_region_are_an_update_and_zones_are_another_account(
    before: str, after: str, found: str
) -> None:
    old, new = ({**BASE["source"], "storage_redundancy": value} for value in (before, after))

    assert effect(old, new) == found


def test_a_place_of_an_earlier_version_stays_as_it_is() -> None:
    kept = resource(run(BASE["source"]), "source-first-place").inputs["input"]

    assert "storage_redundancy" not in kept


def test_another_source_updates_the_runs_of_a_target() -> None:
    runs = [{"name": "other", "blob": "acr-transfer-other", "artifacts": ["shop/api:2.0"]}]

    found = effect(BASE["target"], BASE["target"], source={**SOURCE, "runs": runs})

    assert ROWS["source_stack"] == ROWS["source_file"] == found


def test_every_setting_has_a_row() -> None:
    keys = SourceSettings.model_fields.keys() | TargetSettings.model_fields.keys()

    assert ROWS.keys() == keys - {"as_of", "locked_images"}
    assert set(ROWS.values()) == {"nothing", "update", "replace", "refuse"}


def test_every_resource_is_made_anew_before_the_old_one_goes() -> None:
    for base in BASE.values():
        registrations = run({**base, "create_registry": True, "location": "x1"}).registrations
        made = [item for item in registrations if item.type.count(":") and not is_ours(item.type)]

        assert made
        assert [item.name for item in made if item.deletes_before_replace is not False] == []


def is_ours(type_: str) -> bool:
    return type_.startswith(("acrtransfer:", "pulumi:"))


PLACE = {key: f"old {key}" for key in PLACE_KEYS} | {"storage": "new", VAULT_KEY: "new"}


@pytest.mark.parametrize("key", PLACE_KEYS)
def test_another_place_is_told_with_both_values_and_all_that_it_costs(key: str) -> None:
    said = cost_of_change("source", PLACE, {**PLACE, key: "elsewhere"})

    assert f"{key} from {PLACE[key]!r} to 'elsewhere'" in said
    assert "All images are exported again." in said
    assert "with the blobs that are left in it" in said
    assert "Azure keeps its name for 90 days" in said


def test_another_vault_costs_the_vault_and_no_export() -> None:
    said = cost_of_change("source", PLACE, {**PLACE, VAULT_KEY: "theirs"})

    assert "exported again" not in said
    assert "Azure keeps its name for 90 days" in said


def test_a_place_of_an_existing_account_loses_no_account() -> None:
    said = cost_of_change("target", {**PLACE, "storage": ACCOUNT}, {**PLACE, "storage": "new"})

    assert "acr-transfer run" in said
    assert "storage account" not in said


def test_the_same_place_costs_nothing() -> None:
    assert cost_of_change("source", PLACE, dict(PLACE)) == ""
