"""Export and import pipelines and their runs; no other file knows their shapes and API versions.

The classes of pulumi-azure-native 3.29.0 speak 2023-01-01-preview for pipelines and
2024-11-01-preview for runs.
"""

from collections.abc import Sequence

import pulumi
import pulumi_azure_native.containerregistry as containerregistry

from components.artifacts import Batch
from components.diagnosis import explain
from components.errors import RunFailedError
from components.names import batch_of_blob, blob_name
from components.placement import Placement

# Exports of hundreds of GB take hours.
_RUN_TIMEOUTS = pulumi.CustomTimeouts(create="12h", update="12h")
_FAILED_STATES = frozenset({"failed", "canceled", "timedout"})


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
        options=options,
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
        options=options,
        trigger={"source_trigger": {"status": status}},
        opts=opts,
    )


def export_run(
    name: str,
    here: Placement,
    *,
    pipeline: containerregistry.ExportPipeline,
    batch: Batch,
    rerun: int,
    opts: pulumi.ResourceOptions,
) -> containerregistry.PipelineRun:
    """Run an export pipeline: the artifacts become one blob."""
    return containerregistry.PipelineRun(
        name,
        pipeline_run_name=here.name(lambda suffix: here.names.run(suffix, batch.name)),
        registry_name=here.registry.name,
        resource_group_name=here.registry_resource_group,
        request={
            "pipeline_resource_id": pipeline.id,
            "artifacts": [str(artifact) for artifact in batch.artifacts],
            "target": {
                "type": containerregistry.PipelineRunTargetType.AZURE_STORAGE_BLOB,
                "name": blob_name(batch.name),
            },
        },
        force_update_tag=f"{batch.name}-{rerun}",
        opts=_run_options(opts),
    )


def import_run(
    name: str,
    here: Placement,
    *,
    pipeline: containerregistry.ImportPipeline,
    blob: str,
    rerun: int,
    opts: pulumi.ResourceOptions,
) -> containerregistry.PipelineRun:
    """Run an import pipeline: everything that one blob holds goes into the registry."""
    batch = batch_of_blob(blob)
    return containerregistry.PipelineRun(
        name,
        pipeline_run_name=here.name(lambda suffix: here.names.run(suffix, batch)),
        registry_name=here.registry.name,
        resource_group_name=here.registry_resource_group,
        request={
            "pipeline_resource_id": pipeline.id,
            "source": {
                "type": containerregistry.PipelineRunSourceType.AZURE_STORAGE_BLOB,
                "name": blob,
            },
        },
        force_update_tag=f"{batch}-{rerun}",
        opts=_run_options(opts),
    )


def finished_run_name(run: containerregistry.PipelineRun) -> pulumi.Output[str]:
    """Give the name of a run that the service does not report as failed.

    The output raises `RunFailedError` otherwise: at each `up` and preview, until the run is
    repeated or gone. A run may be reported as succeeded by its provisioning state alone, and a run
    that still goes on passes.
    """
    return pulumi.Output.all(
        run.name, run.provisioning_state, run.response.apply(_status_and_reason)
    ).apply(lambda values: _require_no_failure(values[0], values[1], *values[2]))


def _status_and_reason(
    response: containerregistry.outputs.PipelineRunResponseResponse | None,
) -> tuple[str | None, str | None]:
    if response is None:
        return None, None
    return response.status, response.pipeline_run_error_message


def _require_no_failure(
    run_name: str, provisioning_state: str | None, status: str | None, reason: str | None
) -> str:
    states = {(status or "").lower(), (provisioning_state or "").lower()}
    if states & _FAILED_STATES:
        text = reason or f"status {status or provisioning_state}, without a reason."
        diagnosis = explain(text)
        raise RunFailedError(run_name, text, diagnosis.meaning, f"{diagnosis.fix} {_REPEAT}")
    return run_name


_REPEAT = (
    "Then raise acr-transfer:rerun by one: pulumi config set acr-transfer:rerun 1, and pulumi up."
)


def _run_options(opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    own = pulumi.ResourceOptions(
        custom_timeouts=_RUN_TIMEOUTS,
        hooks=pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook(_HOOK, _explain_failure)]),
    )
    return pulumi.ResourceOptions.merge(opts, own)


_HOOK = "explain-failed-run"


def _explain_failure(args: pulumi.ErrorHookArgs) -> bool:
    """Say what the service's message means beside the engine's error; never retry."""
    diagnosis = explain(args.errors[0])
    pulumi.log.error(f"{args.name}: {diagnosis.meaning} {diagnosis.fix} {_REPEAT}")
    return False
