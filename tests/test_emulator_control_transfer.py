"""What emulated registries, pipelines and runs refuse and answer."""

import pytest
from emulator_cloud import (
    GROUP,
    IDENTITY,
    REGISTRY,
    REGISTRY_BODY,
    TestCloud,
    cloud,
    export_pipeline,
    refusal,
    with_properties,
)

from emulator.errors import AzureError
from emulator.values import child, text

OTHER_GROUP = GROUP.replace("/rg", "/other")


__all__ = ["cloud"]


@pytest.mark.parametrize("name", ["abcd", "a" * 51, "my-reg"])
def test_a_registry_name_outside_the_rule_is_refused(cloud: TestCloud, name: str) -> None:
    with pytest.raises(AzureError) as error:
        cloud.put(REGISTRY.replace("registry1", name), REGISTRY_BODY)

    assert refusal(error) == (400, "InvalidResourceName")


def test_a_registry_name_is_unique_in_the_world(cloud: TestCloud) -> None:
    cloud.put(REGISTRY, REGISTRY_BODY)
    cloud.put(OTHER_GROUP, {"location": "westeurope"})

    with pytest.raises(AzureError, match="is already in use") as error:
        cloud.put(REGISTRY.replace("/rg/", "/other/"), REGISTRY_BODY)

    assert refusal(error) == (409, "AlreadyInUse")


def test_exports_can_only_be_disabled_together_with_public_access(cloud: TestCloud) -> None:
    policies = {"exportPolicy": {"status": "disabled"}}

    with pytest.raises(AzureError) as error:
        cloud.put(REGISTRY, with_properties(REGISTRY_BODY, policies=policies))

    assert error.value.message == (
        "Enabling public network access is not supported because the registry 'registry1' has "
        "exports disabled."
    )


def test_a_pipeline_needs_a_premium_registry(cloud: TestCloud) -> None:
    cloud.put(REGISTRY, REGISTRY_BODY | {"sku": {"name": "Standard"}})

    with pytest.raises(AzureError, match="SKU Standard"):
        cloud.put(f"{REGISTRY}/exportPipelines/pipeline1", export_pipeline())


def test_an_export_pipeline_needs_exports_enabled(cloud: TestCloud) -> None:
    closed = {"exportPolicy": {"status": "disabled"}}
    cloud.put(
        REGISTRY,
        with_properties(REGISTRY_BODY, policies=closed, publicNetworkAccess="Disabled"),
    )

    with pytest.raises(AzureError, match="has exports disabled"):
        cloud.put(f"{REGISTRY}/exportPipelines/pipeline1", export_pipeline())


@pytest.mark.parametrize("name", ["abcd", "a" * 51, "my_pipeline"])
def test_a_pipeline_name_outside_the_rule_is_refused(cloud: TestCloud, name: str) -> None:
    cloud.put_registry_with_pipeline()

    with pytest.raises(AzureError) as error:
        cloud.put(f"{REGISTRY}/exportPipelines/{name}", export_pipeline())

    assert refusal(error) == (400, "InvalidResourceName")


def test_an_option_of_the_other_side_is_refused(cloud: TestCloud) -> None:
    cloud.put_registry_with_pipeline()

    with pytest.raises(AzureError, match="'OverwriteTags' is not allowed for property options"):
        cloud.put(
            f"{REGISTRY}/exportPipelines/pipeline2", export_pipeline(options=["OverwriteTags"])
        )


def test_a_pipeline_needs_an_identity_that_exists(cloud: TestCloud) -> None:
    cloud.put(REGISTRY, REGISTRY_BODY)

    with pytest.raises(AzureError) as error:
        cloud.put(f"{REGISTRY}/exportPipelines/pipeline1", export_pipeline())

    assert refusal(error) == (400, "FailedIdentityOperation")


def test_a_pipeline_needs_a_vault_uri_in_sas_mode(cloud: TestCloud) -> None:
    cloud.put_registry_with_pipeline()
    target = {"uri": "https://127.0.0.1:1/account1/transfer"}

    with pytest.raises(AzureError, match=r"target\.keyVaultUri"):
        cloud.put(f"{REGISTRY}/exportPipelines/pipeline2", export_pipeline(target=target))


def test_a_pipeline_answers_with_azures_own_spelling(cloud: TestCloud) -> None:
    pipeline = cloud.put_registry_with_pipeline()

    found = child(cloud.get(pipeline), "identity")

    assert text(found, "type") == "userAssigned"
    assert list(child(found, "userAssignedIdentities")) == [
        IDENTITY.replace("/resourceGroups/", "/resourcegroups/")
    ]
    assert "principalId" not in found


def test_unset_options_are_absent_from_the_answer(cloud: TestCloud) -> None:
    cloud.put_registry_with_pipeline()

    body = cloud.put(f"{REGISTRY}/exportPipelines/pipeline2", export_pipeline(options=[]))

    assert "options" not in child(body, "properties")


def run_body(pipeline: str, artifacts: int = 1, tag: str = "1") -> dict[str, object]:
    request = {
        "pipelineResourceId": pipeline,
        "artifacts": [f"app:v{n}" for n in range(artifacts)],
        "target": {"type": "AzureStorageBlob", "name": "blob1"},
    }
    return {"properties": {"request": request, "forceUpdateTag": tag}}


def test_a_run_takes_fifty_artifacts_and_no_more(cloud: TestCloud) -> None:
    pipeline = cloud.put_registry_with_pipeline()
    cloud.put(f"{REGISTRY}/pipelineRuns/run50", run_body(pipeline, artifacts=50))

    with pytest.raises(AzureError, match="has 51 artifacts"):
        cloud.put(f"{REGISTRY}/pipelineRuns/run51", run_body(pipeline, artifacts=51))


def test_a_run_needs_its_pipeline(cloud: TestCloud) -> None:
    pipeline = cloud.put_registry_with_pipeline()

    with pytest.raises(AzureError) as error:
        cloud.put(f"{REGISTRY}/pipelineRuns/run01", run_body(pipeline + "0"))

    assert refusal(error) == (404, "PipelineNotFound")


def test_the_same_run_put_again_does_nothing(cloud: TestCloud) -> None:
    pipeline = cloud.put_registry_with_pipeline()

    for tag in ("1", "1", "2"):
        cloud.put(f"{REGISTRY}/pipelineRuns/run01", run_body(pipeline, tag=tag))

    assert cloud.worker.runs == ["run01", "run01"], "once, and once more for the new tag"


MODES = "2025-06-01-preview"
VAULTLESS = {"uri": "https://127.0.0.1:1/account1/transfer", "storageAccessMode": "ManagedIdentity"}


@pytest.mark.parametrize(
    ("properties", "path", "hint"),
    [
        ({"target": {"url": "x"}}, "properties.target.url", "The nearest is 'uri'."),
        ({"option": []}, "properties.option", "The nearest is 'options'."),
        ({"source": {}}, "properties.source", ""),
        ({"trigger": {}}, "properties.trigger", "The nearest is 'target'."),
        (
            {"target": VAULTLESS | {"key_vault_uri": "x"}},
            "properties.target.key_vault_uri",
            "The nearest is 'keyVaultUri'.",
        ),
    ],
)
def test_a_misspelt_property_of_a_pipeline_is_refused(
    cloud: TestCloud, properties: dict[str, object], path: str, hint: str
) -> None:
    cloud.put_registry_with_pipeline()

    with pytest.raises(AzureError) as error:
        cloud.put(f"{REGISTRY}/exportPipelines/pipeline2", export_pipeline(**properties), MODES)

    assert refusal(error) == (400, "InvalidRequestContent")
    assert f"Path '{path}'." in error.value.message
    assert hint in error.value.message


@pytest.mark.parametrize(
    ("properties", "path"),
    [({"options": "OverwriteBlobs"}, "properties.options"), ({"target": "x"}, "properties.target")],
)
def test_a_property_of_another_kind_is_refused(
    cloud: TestCloud, properties: dict[str, object], path: str
) -> None:
    cloud.put_registry_with_pipeline()

    with pytest.raises(AzureError, match=f"Path '{path}'") as error:
        cloud.put(f"{REGISTRY}/exportPipelines/pipeline2", export_pipeline(**properties))

    assert refusal(error) == (400, "InvalidRequestContent")


def test_the_access_mode_needs_the_version_that_has_it(cloud: TestCloud) -> None:
    cloud.put_registry_with_pipeline()
    pipeline, body = f"{REGISTRY}/exportPipelines/pipeline2", export_pipeline(target=VAULTLESS)

    with pytest.raises(AzureError, match=r"exists from API version 2025-06-01-preview on") as error:
        cloud.put(pipeline, body, "2025-05-01-preview")

    assert refusal(error) == (400, "InvalidRequestContent")
    assert "Path 'properties.target.storageAccessMode'." in error.value.message
    cloud.put(pipeline, body, MODES)


def test_an_access_mode_that_is_none_is_refused(cloud: TestCloud) -> None:
    cloud.put_registry_with_pipeline()
    target = VAULTLESS | {"storageAccessMode": "EntraIdentity"}

    with pytest.raises(AzureError, match="'EntraIdentity' is not allowed") as error:
        cloud.put(f"{REGISTRY}/exportPipelines/pipeline2", export_pipeline(target=target), MODES)

    assert refusal(error) == (400, "InvalidRequestPropertyValue")
