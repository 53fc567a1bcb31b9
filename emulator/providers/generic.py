"""The generic resource of azure-native: a pipeline by its path, in a chosen API version."""

import re

from emulator.arm.containerregistry import REGISTRY_TYPE
from emulator.errors import AzureError, EmulatorError
from emulator.providers.schema import Failure
from emulator.providers.token_table import GENERIC, type_map
from emulator.providers.wire import Properties, has_unknown
from emulator.state import Resource
from emulator.values import child, text

_PIPELINES = ("exportPipelines", "importPipelines")
_REGISTRY = f"{REGISTRY_TYPE}/NAME"
_PLACE = re.compile(rf"{re.escape(REGISTRY_TYPE)}/[^/]+/({'|'.join(_PIPELINES)})", re.IGNORECASE)
_INPUTS = ("location", "identity", "properties", "tags")
# As listed by the SDK's pages on ExportPipeline; 2025-12-01-preview is from Azure's REST files.
_VERSIONS = tuple(
    f"{day}-preview"
    for day in (
        "2019-12-01",
        "2020-11-01",
        "2021-06-01",
        "2021-08-01",
        "2021-12-01",
        "2022-02-01",
        "2023-01-01",
        "2023-06-01",
        "2023-08-01",
        "2023-11-01",
        "2024-11-01",
        "2025-03-01",
        "2025-05-01",
        "2025-06-01",
        "2025-12-01",
        "2026-01-01",
        "2026-03-01",
    )
)


def check(inputs: Properties) -> list[Failure]:
    """Give the inputs that pipelines do not have; fail loudly when it is no pipeline."""
    kind = type_map(GENERIC)
    path = [inputs.get(name, "") for name in kind.path_inputs[1:-1]]
    place = "/".join(str(part).strip("/") for part in path)
    if not has_unknown(path) and not _PLACE.fullmatch(place):
        raise EmulatorError(
            f"The emulator's {GENERIC} does not have '{place}'. "
            f"It has {' and '.join(f'{_REGISTRY}/{name}' for name in _PIPELINES)}."
        )
    known = (*kind.path_inputs, kind.version_input, *_INPUTS)
    return [
        Failure(name, f"'{name}' is not a property of a pipeline.")
        for name in inputs
        if name not in known and not name.startswith("__")
    ]


def check_version(inputs: Properties) -> None:
    """Refuse an API version in which there are no pipelines."""
    version = text(inputs, "apiVersion")
    if version not in _VERSIONS:
        raise AzureError(
            400,
            "NoRegisteredProviderFound",
            f"No registered resource provider found for location '{text(inputs, 'location')}' and "
            f"API version '{version}' for type 'registries/{text(inputs, 'resourceType')}'. "
            f"The supported api-versions are '{', '.join(_VERSIONS)}'.",
        )


def imported(inputs: Properties, resource: Resource) -> Properties:
    """Give the inputs with which a resource can be imported: in the version it was written in."""
    properties = {k: v for k, v in child(inputs, "properties").items() if k != "provisioningState"}
    return inputs | {
        "properties": properties,
        "apiVersion": text(resource.private, "apiVersion"),
    }
