"""What pipelines are in 2025-06-01-preview, the version whose classes the SDK does not have.

Azure's REST specification of Microsoft.ContainerRegistry in that version differs from the SDK's
classes in one place: a container says how it is reached, and may go without a vault's secret.
"""

from collections.abc import Callable
from enum import StrEnum

import pulumi
from pulumi_azure_native import containerregistry

_CONTAINERS = {"ExportPipeline": "target", "ImportPipeline": "source"}


class StorageAccessMode(StrEnum):
    """How a pipeline reaches its container."""

    SAS_TOKEN = "SasToken"
    MANAGED_IDENTITY = "ManagedIdentity"


@pulumi.input_type
class ContainerArgs:
    """The container of a pipeline."""

    type: pulumi.Input[containerregistry.PipelineSourceType | None] = pulumi.property(
        "type", default=None
    )
    uri: pulumi.Input[str | None] = pulumi.property("uri", default=None)
    key_vault_uri: pulumi.Input[str | None] = pulumi.property("keyVaultUri", default=None)
    storage_access_mode: pulumi.Input[StorageAccessMode | None] = pulumi.property(
        "storageAccessMode", default=None
    )


@pulumi.output_type
class ContainerResponse:
    """The container of a pipeline as Azure answers it."""

    type: str | None = pulumi.property("type", default=None)
    uri: str | None = pulumi.property("uri", default=None)
    key_vault_uri: str | None = pulumi.property("keyVaultUri", default=None)
    storage_access_mode: str | None = pulumi.property("storageAccessMode", default=None)


def pipeline_class(name: str, suffix: str) -> type:
    """Give the class of a pipeline, or with the suffix "Args" that of its arguments."""
    container: type = ContainerArgs if suffix else ContainerResponse
    base: type = getattr(containerregistry, name + suffix)
    return type(base.__name__, (base,), {_CONTAINERS[name]: _property(name, container)})


def _property(name: str, hint: type) -> property:
    def container(_: object) -> object:
        raise NotImplementedError

    container.__name__ = _CONTAINERS[name]
    container.__annotations__ = {"return": hint}
    getter: Callable[[object], object] = pulumi.getter(container)
    return property(getter)
