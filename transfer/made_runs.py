"""What a stack's state tells of its pipeline runs, and of its registry."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from components.model.artifacts import Artifact
from components.model.contract import OUTPUT_NAME
from components.model.diagnosis import has_failed
from components.model.names import run_tag
from components.model.settings import SourceSettings
from transfer.stacks import MadeResource

_STACK_TYPE = "pulumi:pulumi:Stack"
_RUN_TYPE = "azure-native:containerregistry:PipelineRun"


@dataclass(frozen=True)
class MadeRun:
    """A run of a stack."""

    name: str
    tag: str
    """Names the attempt: the next `pulumi up` repeats the run if it wants another one."""
    has_failed: bool
    error: str


def made_runs(made: Sequence[MadeResource]) -> Iterator[MadeRun]:
    """Give the runs among what a stack has made."""
    for item in made:
        if item.type == _RUN_TYPE:
            response = item.outputs.get("response")
            known: Mapping[str, object] = response if isinstance(response, Mapping) else {}
            status = str(known.get("status") or "")
            state = str(item.outputs.get("provisioningState") or "")
            yield MadeRun(
                name=str(item.inputs.get("pipelineRunName") or item.name),
                tag=str(item.inputs.get("forceUpdateTag") or ""),
                has_failed=has_failed(status, state),
                error=str(known.get("pipelineRunErrorMessage") or f"status {status or state}."),
            )


def wanted_tags(settings: SourceSettings) -> dict[str, tuple[Artifact, ...]]:
    """Give the attempts that a source's next `pulumi up` wants, with what each carries."""
    return {run_tag(batch.name, settings.rerun): batch.artifacts for batch in settings.batches}


def login_server(made: Sequence[MadeResource]) -> str:
    """Give the login server of a stack's registry; empty where the stack is not up."""
    for item in made:
        contract = item.outputs.get(OUTPUT_NAME) if item.type == _STACK_TYPE else None
        registry = contract.get("registry") if isinstance(contract, Mapping) else None
        if isinstance(registry, Mapping):
            return str(registry.get("login_server") or "")
    return ""
