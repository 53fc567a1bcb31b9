"""What a foreign program tells a component, on the recording engine."""

from typing import Any, cast

import pulumi
import pulumi_azure_native.containerregistry as containerregistry
import pulumi_random as random
import pytest
from mock_engine import Recording, RecordingMonitor, problems_of, record
from sides import source

from components.source_side import SourceSide, SourceSideArgs
from components.target_side import TargetSide, TargetSideArgs

OUTPUTS = {
    "registry_name": "contososource",
    "registry_resource_group": "rg-contoso",
    "location": "northeurope",
    "resource_group": "rg-transfer",
}


def source_told_late(**values: object) -> Recording:
    """Build a source whose inputs are all outputs of something else."""
    known = {**OUTPUTS, **values}

    def program() -> pulumi.Output[Any]:
        late = {key: pulumi.Output.from_input(value) for key, value in known.items()}
        args = {"images": ["shop/web:1.4"], **late}
        return SourceSide("source", cast("SourceSideArgs", args)).contract

    return record(program)


def test_an_empty_text_is_not_set() -> None:
    recording = source(location="", resource_group="", vault="", sas="")

    account = recording.only("storage:StorageAccount").inputs
    assert account["location"] == "westeurope"
    assert len(recording.all("resources:ResourceGroup")) == 1


def test_every_input_may_be_an_output_of_another_resource() -> None:
    recording = source_told_late()

    pipeline = recording.only("containerregistry:ExportPipeline").inputs
    account = recording.only("storage:StorageAccount").inputs
    assert (pipeline["registryName"], pipeline["resourceGroupName"]) == (
        "contososource",
        "rg-contoso",
    )
    assert (account["location"], account["resourceGroupName"]) == ("northeurope", "rg-transfer")
    assert recording.all("resources:ResourceGroup") == []


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("registry_name", "my-reg", "registry_name 'my-reg' is not valid: the name of a registry"),
        (
            "registry_resource_group",
            "rg/x",
            "registry_resource_group 'rg/x' is not valid: a resource group is the name of one",
        ),
        (
            "location",
            "West Europe",
            "location 'West Europe' is not valid: a location is written without spaces",
        ),
        (
            "resource_group",
            "rg.",
            r"resource_group 'rg\.' is not valid: a resource group is the name of one",
        ),
    ],
)
def test_a_wrong_input_is_refused_in_the_same_words_early_or_late(
    key: str, value: str, sentence: str
) -> None:
    with pytest.raises(pulumi.RunError, match=sentence) as early:
        source(**cast("Any", {key: value}))
    with pytest.raises(pulumi.RunError, match=sentence) as late:
        source_told_late(**{key: value})

    assert str(late.value) == str(early.value)


def test_a_registry_that_is_known_late_is_looked_up_like_any_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    invoke = pulumi.runtime.invoke

    def fail(token: str, props: dict[str, str], **more: Any) -> object:
        if token.endswith("getRegistry"):
            raise RuntimeError(f'invocation of {token} returned an error: Code="NotFound".')
        return invoke(token, props, **more)

    def note(monitor: RecordingMonitor, request: Any) -> Any:
        made.append(request.type)
        return register(monitor, request)

    register = RecordingMonitor.RegisterResource
    monkeypatch.setattr(pulumi.runtime, "invoke", fail)
    monkeypatch.setattr(RecordingMonitor, "RegisterResource", note)

    with pytest.raises(pulumi.RunError, match=r"source registry 'rg-contoso/contososource' is not"):
        source_told_late()

    assert "azure-native:containerregistry:ExportPipeline" not in made


@pytest.mark.parametrize("preview", [True, False])
def test_a_registry_of_the_same_program_is_looked_up_once_it_is_made(*, preview: bool) -> None:
    def program() -> pulumi.Output[Any]:
        made = containerregistry.Registry(
            "registry",
            registry_name="contososource",
            resource_group_name="rg",
            location="westeurope",
            sku={"name": "Premium"},
        )
        # Known in a preview already, from what the registry is told to be.
        name = made.sku.apply(lambda _: "contososource")
        args = {"registry_name": name, "registry_resource_group": "rg", "images": ["shop/web:1.4"]}
        side = SourceSide("source", cast("SourceSideArgs", args))
        return pulumi.Output.from_input(side.contract.is_known())

    recording = record(program, preview=preview)

    assert bool(recording.called("containerregistry:getRegistry")) is not preview
    assert recording.result is not preview


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        source(prefix="NOT", sas_days=-1, location="Mars 1", tags={"a": 1}, colour="blue")

    assert [problem.where for problem in problems_of(refused.value)] == [
        "colour",
        "location",
        "prefix",
        "sas_days",
        "tags.a",
    ]
    assert "Did you mean" not in str(refused.value)
    assert 'Give prefix as "contoso".' in str(refused.value)


def test_a_wrong_image_is_refused_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("components.source_side.place", pytest.fail)

    with pytest.raises(pulumi.RunError, match="images"):
        source(images=["Shop"])


def test_an_input_may_also_be_awaited() -> None:
    async def name() -> str:
        return "contososource"

    def program() -> pulumi.Output[Any]:
        args = {**OUTPUTS, "registry_name": name(), "images": ["shop/web:1.4"]}
        return SourceSide("source", cast("SourceSideArgs", args)).contract

    assert record(program).result["registry"]["id"].endswith("/contososource")


def test_a_misspelt_key_is_named_with_the_nearest_one() -> None:
    with pytest.raises(
        pulumi.RunError, match=r"there is no such key\. Did you mean sas\?"
    ) as refused:
        source(sass="?sig=not-shown")

    assert "not-shown" not in str(refused.value)


def test_a_key_that_is_missing_is_named() -> None:
    def program() -> None:
        TargetSide("target", cast("TargetSideArgs", {"registry_name": "contosotarget"}))

    with pytest.raises(pulumi.RunError) as refused:
        record(program)

    assert [(problem.where, problem.rule) for problem in problems_of(refused.value)] == [
        ("registry_resource_group", "it must be set"),
        ("source", "it must be set"),
    ]


def test_what_decides_which_resources_exist_cannot_be_an_output() -> None:
    def program() -> None:
        late = pulumi.Output.from_input("shop/web:1.4")
        args = {**OUTPUTS, "images": [late], "tags": {"owner": late}, "sas": late}
        SourceSide("source", cast("SourceSideArgs", args))

    with pytest.raises(pulumi.RunError, match="it decides which resources exist") as refused:
        record(program)

    assert [problem.where for problem in problems_of(refused.value)] == ["images", "tags"]


def test_a_source_that_is_no_contract_is_named() -> None:
    def program() -> None:
        args = {**OUTPUTS, "source": {"version": 7}, "source_stack": "shop/prod/source"}
        TargetSide("target", cast("TargetSideArgs", args))

    with pytest.raises(Exception, match="stack 'shop/prod/source': its contract has version 7"):
        record(program)


def test_depends_on_reaches_what_a_component_makes_in_both_directions() -> None:
    def program() -> None:
        before = random.RandomString("before", length=8)
        args = cast("SourceSideArgs", {**OUTPUTS, "images": ["shop/web:1.4"]})
        side = SourceSide("source", args, pulumi.ResourceOptions(depends_on=[before]))
        random.RandomString("after", length=8, opts=pulumi.ResourceOptions(depends_on=[side]))

    registrations = record(program).registrations

    names = [item.name for item in registrations]
    assert (names[0], names[-1]) == ("before", "after")
    assert {"source-pipeline", "source-sas-vault"} <= set(registrations[-1].depends_on)


def test_the_id_of_a_group_must_be_known_at_once() -> None:
    group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-transfer"

    with pytest.raises(pulumi.RunError, match="a resource group is the name of one"):
        source_told_late(resource_group=group)
