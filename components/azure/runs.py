"""Pipeline runs: each carries one batch as one blob, and a failed one fails the program.

The class of pulumi-azure-native 3.29.0 speaks API version 2024-11-01-preview.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pulumi
import pulumi_azure_native.containerregistry as containerregistry

from ..model.artifacts import Batch
from ..model.contract import RunPart
from ..model.diagnosis import explain, has_failed, when_to_halve
from ..model.errors import RunFailedError
from ..model.names import batch_of_blob, blob_name, run_tag
from .engine_errors import without_traceback
from .explained import explain_errors
from .pipelines import Pipeline
from .placement import Placement

Repair = Callable[[str], str]
"""Says what to type for one more attempt at what has failed with a text of the service."""

# Exports of hundreds of GB take hours.
_TIMEOUTS = pulumi.CustomTimeouts(create="12h", update="12h")


@dataclass(frozen=True)
class Run:
    """A run as a resource, and its name once it has not failed."""

    resource: containerregistry.PipelineRun
    finished_name: pulumi.Output[str]
    """Raises `RunFailedError` if the service reports the run as failed: at each `up` and preview,
    until the run is repeated or gone. A run may be reported as succeeded by its provisioning state
    alone, and a run that still goes on passes."""


def export_run(
    name: str,
    here: Placement,
    *,
    pipeline: Pipeline,
    batch: Batch,
    rerun: int,
    warning: pulumi.ResourceHook,
    opts: pulumi.ResourceOptions,
) -> Run:
    """Run an export pipeline: the artifacts become one blob.

    A run of a locked batch is not touched when the batch loses artifacts later.

    Args:
        warning: Said before a run is made that was made before.
    """
    request: containerregistry.PipelineRunRequestArgsDict = {
        "pipeline_resource_id": pipeline.id,
        "artifacts": [str(artifact) for artifact in batch.artifacts],
        "target": {
            "type": containerregistry.PipelineRunTargetType.AZURE_STORAGE_BLOB,
            "name": blob_name(batch.name),
        },
    }
    count = len(batch.artifacts)
    repair = how_to_renew(batch.name, count) if batch.is_locked else how_to_repeat(rerun)
    attempt = _Attempt(run_key(batch, rerun), run_tag(batch.name, rerun), repair)
    own = pulumi.ResourceOptions(
        ignore_changes=["request.artifacts"] if batch.is_locked else None,
    )
    return _run(name, here, attempt, request, pulumi.ResourceOptions.merge(opts, own), warning)


def import_run(
    name: str,
    here: Placement,
    *,
    pipeline: Pipeline,
    exported: RunPart,
    rerun: int,
    opts: pulumi.ResourceOptions,
) -> Run:
    """Run an import pipeline: everything that one blob holds goes into the registry."""
    request: containerregistry.PipelineRunRequestArgsDict = {
        "pipeline_resource_id": pipeline.id,
        "source": {
            "type": containerregistry.PipelineRunSourceType.AZURE_STORAGE_BLOB,
            "name": exported.blob,
        },
    }
    batch, count = batch_of_blob(exported.blob), len(exported.artifacts)
    repair = how_to_renew(batch, count) if exported.is_locked else how_to_repeat(rerun)
    return _run(name, here, _Attempt(batch, run_tag(batch, rerun), repair), request, opts)


def run_key(batch: Batch, rerun: int) -> str:
    """Tell runs of a side apart: by their batch, and a locked one by its attempt, too.

    As the content of a locked run is never looked at again, another attempt is another run.
    """
    return f"{batch.name}r{rerun}" if batch.is_locked and rerun else batch.name


def run_name(here: Placement, key: str) -> pulumi.Output[str]:
    """Name the run of a key, or of a batch where that is the key."""
    return here.name(lambda suffix: here.names.run(suffix, key))


def how_to_repeat(rerun: int) -> Repair:
    """Say what to type for one more attempt at a run of this number."""

    def say(_: str) -> str:
        stack = pulumi.get_stack()
        return f"Then repeat the run: raise `rerun` to {rerun + 1}, and run pulumi up -s {stack}."

    return say


def how_to_renew(batch: str, count: int) -> Repair:
    """Say what to type for another run of what a locked batch of so many artifacts carries."""

    def say(service_text: str) -> str:
        halve, when = f"acr-transfer lock --split {batch}", when_to_halve(service_text, count)
        if when == "at once":
            return f"Then halve the run, to find the one at fault: {halve}, then acr-transfer run."
        again = f"acr-transfer lock --renew {batch}, then acr-transfer run."
        more = f" If that fails too, find the one at fault: {halve}." if when else ""
        return f"Then have another run carry it: {again}{more}"

    return say


@dataclass(frozen=True)
class _Attempt:
    key: str
    tag: str
    repair: Repair


def _run(
    name: str,
    here: Placement,
    attempt: _Attempt,
    request: containerregistry.PipelineRunRequestArgsDict,
    opts: pulumi.ResourceOptions,
    warning: pulumi.ResourceHook | None = None,
) -> Run:
    hooks = explain_errors(here.hook_name(name), lambda args: attempt.repair(args.errors[0]))
    hooks.before_create = [warning] if warning else None
    own = pulumi.ResourceOptions(custom_timeouts=_TIMEOUTS, hooks=hooks)
    run = containerregistry.PipelineRun(
        name,
        pipeline_run_name=run_name(here, attempt.key),
        registry_name=here.registry.name,
        resource_group_name=here.registry.resource_group_name,
        request=request,
        force_update_tag=attempt.tag,
        opts=pulumi.ResourceOptions.merge(opts, own),
    )
    return Run(run, _finished_name(run, attempt.repair))


def _finished_name(run: containerregistry.PipelineRun, repair: Repair) -> pulumi.Output[str]:
    status_and_reason = run.response.apply(
        lambda response: (
            (response.status, response.pipeline_run_error_message) if response else (None, None)
        )
    )
    return pulumi.Output.all(run.name, run.provisioning_state, status_and_reason).apply(
        lambda values: _require_no_failure(repair, values[0], values[1], *values[2])
    )


@without_traceback()
def _require_no_failure(
    repair: Repair, name: str, provisioning_state: str | None, status: str | None, text: str | None
) -> str:
    if has_failed(status, provisioning_state):
        text = text or f"status {status or provisioning_state}, without a reason."
        diagnosis = explain(text)
        raise RunFailedError(name, text, diagnosis.meaning, f"{diagnosis.fix} {repair(text)}")
    return name
