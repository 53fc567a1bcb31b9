"""The target side of a transfer: what imports blobs of a container into a registry."""

from typing import Any, NotRequired

import pulumi

from .args import SideArgs
from .args_check import check_args
from .azure.access import choose_access, days_left
from .azure.child_options import child_of
from .azure.engine_errors import without_traceback
from .azure.identity import choose_identity
from .azure.pipelines import import_pipeline
from .azure.placement import place
from .azure.runs import Run, import_run, run_name
from .azure.stack_contract import publish
from .azure.storage import choose_container
from .model.contract import OUTPUT_NAME, SourceContract, TargetContract
from .model.names import batch_of_blob
from .model.options import TargetOptions


class TargetSideArgs(SideArgs):
    """What TargetSide is told. The keys behind `source` are those of `TargetOptions`."""

    source: dict[str, Any]
    """The contract of the source side, as its stack puts it out."""
    source_stack: NotRequired[str]
    """Name of the source stack; empty where something else has told its contract."""
    blobs: NotRequired[str]
    import_by: NotRequired[str]
    options: NotRequired[list[str]]


class TargetSide(pulumi.ComponentResource):
    """Everything that imports: storage, identity, access to it, import pipeline, runs on request.

    With shared blobs there is no storage here: the pipeline reads the source's container, with a
    SAS that this side has the source's account sign, or with a role there. Either the source
    trigger imports, or one run for each blob; both together import each blob twice.
    """

    contract: pulumi.Output[dict[str, Any]]
    """Where blobs are expected and what imports them; nothing in it is secret."""
    sas_days_left: pulumi.Output[int | None]
    """Whole days until the SAS ends, at this `up`; None where there is no SAS."""

    @without_traceback()
    def __init__(
        self, name: str, args: TargetSideArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("acrtransfer:index:TargetSide", name, None, opts)
        inputs, options = check_args(args, TargetSideArgs, TargetOptions)
        source_stack = args.get("source_stack", "")
        source = SourceContract.from_outputs(source_stack, {OUTPUT_NAME: args["source"]})
        if options.blobs == "shared":
            options = options.sharing(source.container.id)
        here = place(name, "target", inputs, options, parent=self)

        container = choose_container(f"{name}-storage", here, options, parent=self)
        identity = choose_identity(options.identity, f"{name}-identity", here, parent=self)
        access = choose_access(name, here, options, container, inputs.get("sas"), parent=self)
        # Before the pipeline, unless it acts as its own identity, which comes with it.
        early = identity.principal_id
        grants = [access.grant(early)] if early is not None else []
        pipeline = import_pipeline(
            f"{name}-pipeline",
            here,
            identity_id=identity.id,
            container_uri=container.uri,
            secret_uri=access.secret_uri,
            options=options.options,
            is_triggered=options.import_by != "runs",
            # A source trigger looks into the container as soon as the pipeline is there.
            opts=child_of(self, depends_on=[*access.needed, *grants]),
        )
        grants = grants or [access.grant(pipeline.principal_id)]
        exported = source.runs if options.import_by != "trigger" else ()
        runs: dict[str, Run] = {}
        for run in exported:
            # Runs come behind those that hold older content of the same tags.
            earlier = [runs[blob].resource for blob in run.after if blob in runs]
            runs[run.blob] = import_run(
                f"{name}-run-{batch_of_blob(run.blob)}",
                here,
                pipeline=pipeline,
                exported=run,
                rerun=options.rerun,
                opts=child_of(self, depends_on=[*access.needed, *grants, *earlier]),
            )

        self.contract = publish(
            TargetContract,
            {
                "registry": here.registry.contract_part,
                "pipeline_id": pipeline.id,
                "container": container.contract_part,
                "runs": [
                    {
                        "name": run_name(here, batch_of_blob(run.blob)),
                        "blob": run.blob,
                        "artifacts": run.artifacts,
                    }
                    for run in exported
                ],
                "sas_expires": access.expiry,
                "source_stack": source_stack,
                "blobs": options.blobs,
                "import_by": options.import_by,
                "deletes_blobs": options.deletes_blobs,
            },
        )
        self.sas_days_left = days_left(access, options.as_of)
        # The contract does not wait for the runs: `acr-transfer run` leaves them out of the first
        # `up`, which makes the container that their blobs are copied into.
        finished = [run.finished_name for run in runs.values()]
        self.register_outputs(
            {
                "contract": self.contract,
                "sas_days_left": self.sas_days_left,
                "finished_runs": finished,
            }
        )
