"""A foreign Python program and the options that it gives to a component, on the real engine."""

import copy
import shutil
from typing import Any

import pytest
from conftest_emulator import ROOT, Emulator
from engine_stage import EngineStage

pytestmark = pytest.mark.engine

ELSEWHERE = "99999999-0000-0000-0000-000000000000"
TRANSFORM = """
def mark(args):
    with open("seen", "a") as seen:
        print(args.name, file=seen)
    if "tags" in args.props:
        args.props["tags"] = {**args.props["tags"], "cost": "shop"}
    return pulumi.ResourceTransformResult(args.props, args.opts)

"""
ELSEWHERE_PROGRAM = f"""
import pulumi
import pulumi_azure_native

from acr_transfer.source_side import SourceSide

config = pulumi.Config()
elsewhere = pulumi_azure_native.Provider("elsewhere", subscription_id="{ELSEWHERE}")
names = {{
    "registry_name": config.require("registry"),
    "registry_resource_group": config.require("group"),
}}
opts = pulumi.ResourceOptions(providers=[elsewhere])
pulumi.export("contract", SourceSide("transfer", {{**names, "images": ["a:1"]}}, opts).contract)
"""


def foreign(stage: EngineStage, registry: str) -> EngineStage:
    """Give the stage of the example in Python, configured and not yet up."""
    program = copy.copy(stage)
    program.project = stage.folder / "foreign"
    shutil.copytree(ROOT / "examples" / "python", program.project)
    # As if it were installed; tests/test_package.py builds and installs the real thing.
    (program.project / "acr_transfer").symlink_to(ROOT / "components")
    (program.project / ".venv").symlink_to(ROOT / ".venv")
    program.init("dev")
    for key, value in (("registry", registry), ("group", stage.group)):
        program.succeed("config", "set", key, value, "-s", "dev")
    return program


@pytest.fixture
def example(stage: EngineStage) -> EngineStage:
    stage.push("shop/web:1.4")
    return foreign(stage, stage.names["source"])


def rewrite(program: EngineStage, options: str = "", before: str = "", **changes: str) -> None:
    """Write the example anew, with options of its component and lines before it."""
    text = (ROOT / "examples" / "python" / "__main__.py").read_text()
    changes = {
        "source = SourceSide(": f"{before}source = SourceSide(",
        "    },\n)": f"    }},\n    pulumi.ResourceOptions({options}),\n)",
        **changes,
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (program.project / "__main__.py").write_text(text)


def children(program: EngineStage) -> list[dict[str, Any]]:
    """Give what the component has made, at any depth."""
    resources = program.state("dev")["resources"]
    return [item for item in resources if "SourceSide$" in item["urn"]]


def test_a_registry_of_the_same_program_can_be_previewed_and_a_wrong_output_ends_early(
    example: EngineStage,
) -> None:
    found = """containerregistry.get_registry_output(
    config.require("registry"), config.require("group")
)"""
    own = """containerregistry.Registry(
    "own",
    registry_name="own" + config.require("registry"),
    resource_group_name=config.require("group"),
    sku={"name": "Premium"},
    tags={"of": "this program"},
)"""
    # Known before the registry is there, from what it is told to be.
    early = 'registry.tags.apply(lambda _: "own" + config.require("registry"))'
    rewrite(example, **{found: own, '"registry_name": registry.name': f'"registry_name": {early}'})
    example.succeed("preview", "-s", "dev")
    rewrite(example, **{"group.location,": 'group.location.apply(lambda _: "West Europe"),'})

    result = example.up("dev")

    assert result.code != 0
    assert "location 'West Europe' is not valid: a location is written" in result.out
    assert "Traceback" not in result.text
    assert "exportPipelines" not in str(example.state("dev"))


def test_the_example_exports_into_a_group_of_its_own_and_may_be_renamed_protected_and_transformed(
    example: EngineStage,
) -> None:
    example.succeed("up", "-s", "dev", "--yes", "--skip-preview")
    example.succeed("preview", "-s", "dev", "--expect-no-changes")
    contract = example.contract("dev")
    assert "/resourceGroups/shop" in contract["container"]["account_id"]
    assert [run["artifacts"] for run in contract["runs"]] == [["shop/web:1.4"]]
    made = {item["id"] for item in children(example) if "id" in item}
    options = 'aliases=[pulumi.Alias(name="transfer")], protect=True, transforms=[mark]'
    rewrite(example, options, TRANSFORM, **{'    "transfer",': '    "moved",'})

    planned = example.changes("dev")
    example.succeed("up", "-s", "dev", "--yes", "--skip-preview")
    refused = example.pulumi("destroy", "-s", "dev", "--yes")

    # A preview does not know the principal of an identity that gets another tag.
    unknown = "azure-native:keyvault:AccessPolicy"
    assert {kind for operation, kind in planned if operation != "update"} <= {unknown}
    now = children(example)
    assert {item["id"] for item in now if "id" in item} == made
    assert [item["urn"] for item in now if not item.get("protect")] == []
    tagged = [item["inputs"]["tags"] for item in now if "tags" in item.get("inputs", {})]
    assert [tags for tags in tagged if tags["cost"] != "shop"] == []
    assert len(tagged) == 4
    seen = (example.project / "seen").read_text().split()
    assert {item["urn"].rpartition("::")[2] for item in now} <= set(seen)
    assert refused.code != 0
    assert "protect" in refused.text


def test_a_provider_of_the_caller_reaches_children_and_lookups(
    emulator: Emulator, stage: EngineStage
) -> None:
    stage = EngineStage(emulator, stage.folder / "two", target_subscription=ELSEWHERE)
    program = foreign(stage, stage.names["target"])
    (program.project / "__main__.py").write_text(ELSEWHERE_PROGRAM)

    result = program.up("dev")

    assert "The artifact 'a:1' was not found in the registry." in result.text, "all else is made"
    native = [item for item in children(program) if item["type"].startswith("azure-native:")]
    assert {item["provider"].split("::")[-2] for item in native} == {"elsewhere"}
    ids = [item["id"] for item in native]
    assert {id_.split("/")[2] for id_ in ids if id_.startswith("/subscriptions/")} == {ELSEWHERE}
