"""Export and import pipelines: the shapes that API version 2023-01-01-preview gives them.

That is the version that the classes of pulumi-azure-native 3.29.0 speak.
"""

from collections.abc import Sequence

import pulumi
import pulumi_azure_native.containerregistry as containerregistry

from components.placement import Placement


def export_pipeline(
    name: str,
    here: Placement,
    *,
    identity: containerregistry.IdentityPropertiesArgsDict,
    container_uri: pulumi.Input[str],
    secret_uri: pulumi.Input[str],
    options: Sequence[str],
    opts: pulumi.ResourceOptions,
) -> containerregistry.ExportPipeline:
    """Make the pipeline that writes artifacts of a registry to a container."""
    return containerregistry.ExportPipeline(
        name,
        export_pipeline_name=here.name(here.names.pipeline),
        registry_name=here.registry.name,
        resource_group_name=here.registry_resource_group,
        location=here.location,
        identity=identity,
        target={
            "type": "AzureStorageBlobContainer",
            "uri": container_uri,
            "key_vault_uri": secret_uri,
        },
        # An empty list would show as a change at each refresh: Azure leaves it out.
        options=options or None,
        opts=opts,
    )


def import_pipeline(
    name: str,
    here: Placement,
    *,
    identity: containerregistry.IdentityPropertiesArgsDict,
    container_uri: pulumi.Input[str],
    secret_uri: pulumi.Input[str],
    options: Sequence[str],
    is_triggered: bool,
    opts: pulumi.ResourceOptions,
) -> containerregistry.ImportPipeline:
    """Make the pipeline that reads blobs of a container into a registry."""
    status = (
        containerregistry.TriggerStatus.ENABLED
        if is_triggered
        else containerregistry.TriggerStatus.DISABLED
    )
    return containerregistry.ImportPipeline(
        name,
        import_pipeline_name=here.name(here.names.pipeline),
        registry_name=here.registry.name,
        resource_group_name=here.registry_resource_group,
        location=here.location,
        identity=identity,
        source={
            "type": containerregistry.PipelineSourceType.AZURE_STORAGE_BLOB_CONTAINER,
            "uri": container_uri,
            "key_vault_uri": secret_uri,
        },
        # An empty list would show as a change at each refresh: Azure leaves it out.
        options=options or None,
        trigger={"source_trigger": {"status": status}},
        opts=opts,
    )
