"""Pipeline runs: each carries one batch as one blob, and a failed one fails the program.

The class of pulumi-azure-native 3.29.0 speaks API version 2024-11-01-preview.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_azure_native.containerregistry as containerregistry

from ..model.artifacts import Batch
from ..model.diagnosis import explain, has_failed
from ..model.errors import RunFailedError
from ..model.names import batch_of_blob, blob_name, run_tag
from .engine_errors import without_traceback
from .explained import explain_errors
from .pipelines import Pipeline
from .placement import Placement

PipelineRun = containerregistry.PipelineRun

# Exports of hundreds of GB take hours.
_TIMEOUTS = pulumi.CustomTimeouts(create="12h", update="12h")


def export_run(
    name: str,
    here: Placement,
    *,
    pipeline: Pipeline,
    batch: Batch,
    rerun: int,
    opts: pulumi.ResourceOptions,
) -> PipelineRun:
    """Run an export pipeline: the artifacts become one blob.

    A run of a locked batch is not touched when the batch loses artifacts later.
    """
    request: containerregistry.PipelineRunRequestArgsDict = {
        "pipeline_resource_id": pipeline.id,
        "artifacts": [str(artifact) for artifact in batch.artifacts],
        "target": {
            "type": containerregistry.PipelineRunTargetType.AZURE_STORAGE_BLOB,
            "name": blob_name(batch.name),
        },
    }
    own = pulumi.ResourceOptions(ignore_changes=["request.artifacts"] if batch.is_locked else None)
    attempt = _Attempt(run_key(batch, rerun), run_tag(batch.name, rerun))
    return _run(name, here, attempt, request, pulumi.ResourceOptions.merge(opts, own))


def import_run(
    name: str,
    here: Placement,
    *,
    pipeline: Pipeline,
    blob: str,
    rerun: int,
    opts: pulumi.ResourceOptions,
) -> PipelineRun:
    """Run an import pipeline: everything that one blob holds goes into the registry."""
    request: containerregistry.PipelineRunRequestArgsDict = {
        "pipeline_resource_id": pipeline.id,
        "source": {
            "type": containerregistry.PipelineRunSourceType.AZURE_STORAGE_BLOB,
            "name": blob,
        },
    }
    batch = batch_of_blob(blob)
    return _run(name, here, _Attempt(batch, run_tag(batch, rerun)), request, opts)


def run_key(batch: Batch, rerun: int) -> str:
    """Tell runs of a side apart: by their batch, and a locked one by its attempt, too.

    As the content of a locked run is never looked at again, another attempt is another run.
    """
    return f"{batch.name}r{rerun}" if batch.is_locked and rerun else batch.name


def run_name(here: Placement, key: str) -> pulumi.Output[str]:
    """Name the run of a key, or of a batch where that is the key."""
    return here.name(lambda suffix: here.names.run(suffix, key))


def finished_run_name(run: PipelineRun) -> pulumi.Output[str]:
    """Give the name of a run that the service does not report as failed.

    The output raises `RunFailedError` otherwise: at each `up` and preview, until the run is
    repeated or gone. A run may be reported as succeeded by its provisioning state alone, and a run
    that still goes on passes.
    """
    status_and_reason = run.response.apply(
        lambda response: (
            (response.status, response.pipeline_run_error_message) if response else (None, None)
        )
    )
    return pulumi.Output.all(
        run.name, run.force_update_tag, run.provisioning_state, status_and_reason
    ).apply(lambda values: _require_no_failure(values[0], values[1], values[2], *values[3]))


def how_to_repeat(args: pulumi.ErrorHookArgs) -> str:
    """Say what to type for one more attempt at a run that failed."""
    inputs: Mapping[str, object] = args.new_inputs or {}
    return _how_to_repeat(str(inputs.get("forceUpdateTag", "")))


@dataclass(frozen=True)
class _Attempt:
    key: str
    tag: str


def _run(
    name: str,
    here: Placement,
    attempt: _Attempt,
    request: containerregistry.PipelineRunRequestArgsDict,
    opts: pulumi.ResourceOptions,
) -> PipelineRun:
    own = pulumi.ResourceOptions(
        custom_timeouts=_TIMEOUTS, hooks=explain_errors(here.hook_name(name), how_to_repeat)
    )
    return PipelineRun(
        name,
        pipeline_run_name=run_name(here, attempt.key),
        registry_name=here.registry.name,
        resource_group_name=here.registry.resource_group_name,
        request=request,
        force_update_tag=attempt.tag,
        opts=pulumi.ResourceOptions.merge(opts, own),
    )


@without_traceback()
def _require_no_failure(
    name: str, tag: str | None, provisioning_state: str | None, status: str | None, text: str | None
) -> str:
    if has_failed(status, provisioning_state):
        text = text or f"status {status or provisioning_state}, without a reason."
        diagnosis = explain(text)
        fix = f"{diagnosis.fix} {_how_to_repeat(tag or '')}"
        raise RunFailedError(name, text, diagnosis.meaning, fix)
    return name


def _how_to_repeat(tag: str) -> str:
    """Say what to type for one more run; the tag that was used ends with the present number."""
    number = tag.rpartition("-")[2]
    following = int(number) + 1 if number.isdigit() else 1
    stack = pulumi.get_stack()
    return f"Then repeat the run: raise `rerun` to {following}, and run pulumi up -s {stack}."
