"""`acr-transfer check` on the real engine: a good pair passes, and what is broken is named."""

import json

import pytest
from engine_stage import EngineStage

pytestmark = pytest.mark.engine

_STORAGE = {"api-version": "2023-05-01"}
_VAULTS = {"api-version": "2023-07-01"}


def findings(stage: EngineStage, code: int) -> list[dict[str, str]]:
    """Check, and give what was found."""
    result = stage.transfer("check", "--json")
    assert result.code == code, result.text
    found: list[dict[str, str]] = json.loads(result.out)["findings"]
    return found


def levels(found: list[dict[str, str]]) -> set[tuple[str, str]]:
    """Give side and level, of what is not good."""
    return {(item["side"], item["level"]) for item in found if item["level"] != "good"}


def test_a_good_pair_has_no_failing_finding_and_what_is_changed_or_broken_is_named(
    stage: EngineStage,
) -> None:
    stage.push("shop/web:1.4")
    stage.configure("source", images=["shop/web:1.4"], options=["OverwriteBlobs"])
    stage.configure("target", options=["OverwriteTags"])
    files = [stage.project / f"Pulumi.{side}.yaml" for side in stage.names]
    written = [file.read_text() for file in files]

    before = findings(stage, 0)
    assert [file.read_text() for file in files] == written, "a check writes no file"
    # Fails if the check has made the stacks.
    stage.init("source", "target")
    assert stage.transfer("run").code == 0

    after = findings(stage, 0)

    assert levels(before) == {("source", "unknown"), ("target", "unknown")}
    assert [item for item in after if item["level"] != "good"] == []
    assert len(after) > 2 * len(before)
    change_the_location(stage)
    break_what_is_beside_pulumi(stage)


def change_the_location(pair: EngineStage) -> None:
    """Have the cost of it told."""
    pair.configure("source", images=["shop/web:1.4"], location="northeurope")

    found = [item for item in findings(pair, 0) if item["level"] == "warns"]

    assert "location from 'westeurope' to 'northeurope'" in found[0]["why"]
    assert "Azure keeps its name for 90 days" in found[0]["why"]
    pair.configure("source", images=["shop/web:1.4"], options=["OverwriteBlobs"])


def break_what_is_beside_pulumi(pair: EngineStage) -> None:
    """Have each fault named with its fix."""
    source, target = (pair.contract(side)["container"]["account_id"] for side in pair.names)
    with pair.emulator.client() as arm:
        keys_off = {"properties": {"allowSharedKeyAccess": False}}
        arm.patch(source, params=_STORAGE, json=keys_off).raise_for_status()
        closed = {"properties": {"networkAcls": {"defaultAction": "Deny"}}}
        arm.patch(target, params=_STORAGE, json=closed).raise_for_status()
        group = source.partition("/providers/")[0]
        vaults = f"{group}/providers/Microsoft.KeyVault/vaults"
        vault = arm.get(vaults, params=_VAULTS).raise_for_status().json()["value"][0]
        policies = {"properties": {"accessPolicies": vault["properties"]["accessPolicies"]}}
        path = f"{vault['id']}/accessPolicies/remove"
        arm.put(path, params=_VAULTS, json=policies).raise_for_status()

    found = [item for item in findings(pair, 1) if item["level"] == "fails"]

    assert [(item["side"], item["what"].partition(":")[2].strip()) for item in found] == [
        ("source", "allowSharedKeyAccess false"),
        ("source", "access policy for the pipeline's identity without secrets get"),
        ("target", "networkAcls.defaultAction Deny"),
    ]
    assert "KeyBasedAuthenticationNotPermitted" in found[0]["why"]
    assert "does not have secrets get permission" in found[1]["why"]
    assert "403 (This request is not authorized to perform this operation)" in found[2]["why"]
    assert all(item["fix"].startswith(("az ", "pulumi ")) for item in found)
