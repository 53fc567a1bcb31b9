"""Export and import pipelines, and the two versions of Azure's API that they are made with.

A pipeline with a SAS has the shape of 2023-01-01-preview, which the classes of pulumi-azure-native
3.29.0 speak and every cloud has. One that reaches storage as its own identity needs
2025-06-01-preview or later, and is made as a generic resource.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_azure_native.containerregistry as containerregistry
import pulumi_azure_native.resources as resources

from components.placement import Placement

_WITHOUT_SAS = "2025-06-01-preview"


@dataclass(frozen=True)
class Pipeline:
    """A pipeline of either version."""

    id: pulumi.Output[str]
    principal_id: pulumi.Output[str]
    """Of the pipeline's own identity; empty when it acts as a user-assigned one."""


def export_pipeline(
    name: str,
    here: Placement,
    *,
    identity_id: pulumi.Output[str] | None,
    container_uri: pulumi.Input[str],
    secret_uri: pulumi.Input[str] | None,
    options: Sequence[str],
    opts: pulumi.ResourceOptions,
) -> Pipeline:
    """Make the pipeline that writes artifacts of a registry to a container."""
    if secret_uri is None:
        properties: dict[str, object] = {"target": _container_without_sas(container_uri)}
        return _without_sas(name, here, "exportPipelines", identity_id, properties, options, opts)
    return _pipeline(
        containerregistry.ExportPipeline(
            name,
            export_pipeline_name=here.name(here.names.pipeline),
            registry_name=here.registry.name,
            resource_group_name=here.registry.resource_group_name,
            location=here.location,
            identity=_identity(identity_id),
            target={
                "type": _CONTAINER,
                "uri": container_uri,
                "key_vault_uri": secret_uri,
            },
            # An empty list would show as a change at each refresh: Azure leaves it out.
            options=options or None,
            opts=opts,
        )
    )


def import_pipeline(
    name: str,
    here: Placement,
    *,
    identity_id: pulumi.Output[str] | None,
    container_uri: pulumi.Input[str],
    secret_uri: pulumi.Input[str] | None,
    options: Sequence[str],
    is_triggered: bool,
    opts: pulumi.ResourceOptions,
) -> Pipeline:
    """Make the pipeline that reads blobs of a container into a registry."""
    states = containerregistry.TriggerStatus
    status = states.ENABLED if is_triggered else states.DISABLED
    if secret_uri is None:
        properties: dict[str, object] = {
            "source": _container_without_sas(container_uri),
            "trigger": {"sourceTrigger": {"status": status.value}},
        }
        return _without_sas(name, here, "importPipelines", identity_id, properties, options, opts)
    return _pipeline(
        containerregistry.ImportPipeline(
            name,
            import_pipeline_name=here.name(here.names.pipeline),
            registry_name=here.registry.name,
            resource_group_name=here.registry.resource_group_name,
            location=here.location,
            identity=_identity(identity_id),
            source={
                "type": _CONTAINER,
                "uri": container_uri,
                "key_vault_uri": secret_uri,
            },
            # An empty list would show as a change at each refresh: Azure leaves it out.
            options=options or None,
            trigger={"source_trigger": {"status": status}},
            opts=opts,
        )
    )


_CONTAINER = containerregistry.PipelineSourceType.AZURE_STORAGE_BLOB_CONTAINER


def _identity(
    identity_id: pulumi.Output[str] | None,
) -> containerregistry.IdentityPropertiesArgsDict:
    if identity_id is None:
        return {"type": containerregistry.ResourceIdentityType.SYSTEM_ASSIGNED}
    return {
        "type": containerregistry.ResourceIdentityType.USER_ASSIGNED,
        "user_assigned_identities": identity_id.apply(lambda key: {key: {}}),
    }


def _pipeline(
    made: containerregistry.ExportPipeline | containerregistry.ImportPipeline | resources.Resource,
) -> Pipeline:
    own = made.identity.apply(lambda identity: (identity.principal_id if identity else None) or "")
    return Pipeline(made.id, own)


def _container_without_sas(uri: pulumi.Input[str]) -> dict[str, pulumi.Input[str]]:
    return {"type": _CONTAINER.value, "uri": uri, "storageAccessMode": "ManagedIdentity"}


def _without_sas(
    name: str,
    here: Placement,
    resource_type: str,
    identity_id: pulumi.Output[str] | None,
    properties: dict[str, object],
    options: Sequence[str],
    opts: pulumi.ResourceOptions,
) -> Pipeline:
    """Make a pipeline as a resource that pulumi-azure-native passes on as it is written."""
    kinds = resources.ResourceIdentityType
    identity: resources.IdentityArgsDict = {"type": kinds.SYSTEM_ASSIGNED}
    if identity_id is not None:
        identity = {"type": kinds.USER_ASSIGNED, "user_assigned_identities": [identity_id]}
    return _pipeline(
        resources.Resource(
            name,
            api_version=_WITHOUT_SAS,
            resource_provider_namespace="Microsoft.ContainerRegistry",
            parent_resource_path=pulumi.Output.concat("registries/", here.registry.name),
            resource_type=resource_type,
            resource_name_=here.name(here.names.pipeline_without_sas),
            resource_group_name=here.registry.resource_group_name,
            location=here.location,
            identity=identity,
            properties={**properties, "options": list(options)} if options else properties,
            opts=opts,
        )
    )
