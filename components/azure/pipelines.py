"""Export and import pipelines, and the two versions of Azure's API that they are made with.

A pipeline with a SAS has the shape of 2023-01-01-preview, which the classes of pulumi-azure-native
3.29.0 speak and every cloud has. One that reaches storage as its own identity needs
2025-06-01-preview or later, which the provider has and the classes have not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Literal

import pulumi
import pulumi_azure_native.containerregistry as containerregistry

from .placement import Placement

# Version 2025-06-01-preview, as tokens write it.
_BY_IDENTITY = "v20250601preview"


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
        properties = {"target": _container_by_identity(container_uri), "options": options or None}
        return _by_identity("ExportPipeline", name, here, identity_id, properties, opts)
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
        properties = {
            "source": _container_by_identity(container_uri),
            "trigger": {"sourceTrigger": {"status": status.value}},
            "options": options or None,
        }
        return _by_identity("ImportPipeline", name, here, identity_id, properties, opts)
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
    made: containerregistry.ExportPipeline | containerregistry.ImportPipeline,
) -> Pipeline:
    own = made.identity.apply(lambda identity: (identity.principal_id if identity else None) or "")
    return Pipeline(made.id, own)


class _PipelineByIdentity(pulumi.CustomResource):
    """A pipeline of `_BY_IDENTITY`, a version that the classes of the SDK do not have.

    azure-native knows every version of a type by such a token (`lookupResourceFromURN` in its
    provider.go), and the SDK lists these tokens as aliases of its own classes.
    """

    identity: pulumi.Output[Mapping[str, Any]]

    def __init__(
        self, kind: str, name: str, inputs: Mapping[str, object], opts: pulumi.ResourceOptions
    ) -> None:
        # The same provider as for the classes of the SDK: one of that version.
        version = pulumi.ResourceOptions(version=metadata.version("pulumi-azure-native"))
        super().__init__(
            f"azure-native:containerregistry/{_BY_IDENTITY}:{kind}",
            name,
            dict(inputs),
            pulumi.ResourceOptions.merge(opts, version),
        )


def _by_identity(
    kind: Literal["ExportPipeline", "ImportPipeline"],
    name: str,
    here: Placement,
    identity_id: pulumi.Output[str] | None,
    properties: Mapping[str, object],
    opts: pulumi.ResourceOptions,
) -> Pipeline:
    identity: dict[str, object] = {"type": "SystemAssigned"}
    if identity_id is not None:
        identity = {
            "type": "UserAssigned",
            "userAssignedIdentities": identity_id.apply(lambda key: {key: {}}),
        }
    made = _PipelineByIdentity(
        kind,
        name,
        {
            f"{kind[0].lower()}{kind[1:]}Name": here.name(here.names.pipeline),
            "registryName": here.registry.name,
            "resourceGroupName": here.registry.resource_group_name,
            "location": here.location,
            "identity": identity,
            **properties,
        },
        opts,
    )
    return Pipeline(made.id, made.identity.apply(lambda known: known.get("principalId", "")))


def _container_by_identity(uri: pulumi.Input[str]) -> dict[str, pulumi.Input[str]]:
    return {"type": _CONTAINER.value, "uri": uri, "storageAccessMode": "ManagedIdentity"}
