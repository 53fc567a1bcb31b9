"""Rules of pipelines and their runs, and of the API versions that they are made with."""

import re
from collections.abc import Iterator, Sequence

from .rule import Resource, Rule

_EXPORT, _IMPORT = "containerregistry:ExportPipeline", "containerregistry:ImportPipeline"
_RUN = "containerregistry:PipelineRun"
_OPTIONS = {
    _EXPORT: ("OverwriteBlobs", "ContinueOnErrors"),
    _IMPORT: ("OverwriteTags", "DeleteSourceBlobOnSuccess", "ContinueOnErrors"),
}
# https://learn.microsoft.com/azure/container-registry/container-registry-transfer-cli
_MOST_ARTIFACTS = 50
_GENERIC = "resources:Resource"
_OF_TRANSFER = ("exportpipelines", "importpipelines", "pipelineruns")
_PREVIEW = re.compile(r"/v\d+preview:|\d-preview$")


def _fits_one_run(run: Resource) -> Iterator[str]:
    artifacts = run.read("request.artifacts")
    if isinstance(artifacts, Sequence) and len(artifacts) > _MOST_ARTIFACTS:
        yield f"request.artifacts has {len(artifacts)} entries, of at most {_MOST_ARTIFACTS}"


def _has_options_of_its_side(pipeline: Resource) -> Iterator[str]:
    options = pipeline.read("options")
    for option in options if isinstance(options, Sequence) else ():
        if option not in _OPTIONS[pipeline.kind]:
            yield f"the option {option!r} is none of {', '.join(_OPTIONS[pipeline.kind])}"


def _is_of_a_released_api(resource: Resource) -> Iterator[str]:
    if resource.kind == _GENERIC:
        namespace = str(resource.read("resourceProviderNamespace"))
        kind = str(resource.read("resourceType"))
        if (namespace.lower(), kind.lower()) not in [
            ("microsoft.containerregistry", one) for one in _OF_TRANSFER
        ]:
            yield f"{namespace}/{kind} is made as a generic resource"
    elif _PREVIEW.search(resource.type) and resource.kind not in (_EXPORT, _IMPORT, _RUN):
        yield f"{resource.type} is of a preview version of its API"


RULES = (
    Rule(
        name="run-artifacts",
        demand="A run carries at most 50 artifacts.",
        reason="The service refuses more.",
        fix="Divide them among several runs; the components do so themselves.",
        kinds=(_RUN,),
        check=_fits_one_run,
    ),
    Rule(
        name="pipeline-options",
        demand="A pipeline has options of its own side alone.",
        reason="The service refuses the others, or does not do what they say.",
        fix="Remove the option, or move it to the other side.",
        kinds=(_EXPORT, _IMPORT),
        check=_has_options_of_its_side,
    ),
    Rule(
        name="released-apis",
        demand="Only pipelines and runs are of preview versions, or generic resources.",
        reason="Previews change and end without notice; a generic resource is checked by nobody. "
        "ACR Transfer has no released version.",
        fix="Use the class of pulumi-azure-native, without a version in its type.",
        check=_is_of_a_released_api,
    ),
)
