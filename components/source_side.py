"""The source side of a transfer: what exports artifacts of a registry to a blob container."""

from typing import Any, NotRequired

import pulumi

from .args import SideArgs
from .args_check import check_args
from .azure.access import choose_access, days_left
from .azure.child_options import child_of
from .azure.engine_errors import without_traceback
from .azure.forgotten_runs import warn_of_forgotten_runs
from .azure.identity import choose_identity
from .azure.pipelines import export_pipeline
from .azure.placement import place
from .azure.runs import export_run, run_key, run_name
from .azure.stack_contract import publish
from .azure.storage import choose_container
from .model.artifacts import require_no_host
from .model.contract import SourceContract
from .model.names import blob_name
from .model.options import SourceOptions


class SourceSideArgs(SideArgs):
    """What SourceSide is told: `images`, or `locked_images`; keys are those of `SourceOptions`."""

    images: NotRequired[list[str]]
    locked_images: NotRequired[str]
    options: NotRequired[list[str]]


class SourceSide(pulumi.ComponentResource):
    """Everything that exports: storage, identity, access to storage, export pipeline and its runs.

    The registry exists already and is only read, unless it is to be created. Nothing here grants a
    right on it: the pipeline's identity reads one secret, or writes one container. In an existing
    vault with access policies it reads all secrets, as a policy cannot be narrowed. A run that the
    service reports as failed fails the `up`.
    """

    contract: pulumi.Output[dict[str, Any]]
    """What the target side needs to know; nothing in it is secret."""
    sas_days_left: pulumi.Output[int | None]
    """Whole days until the SAS ends, at this `up`; None where there is no SAS."""

    @without_traceback()
    def __init__(
        self, name: str, args: SourceSideArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("acrtransfer:index:SourceSide", name, None, opts)
        inputs, options = check_args(args, SourceSideArgs, SourceOptions)
        batches = options.batches
        artifacts = [artifact for batch in batches for artifact in batch.artifacts]
        here = place(name, "source", inputs, options, parent=self)

        container = choose_container(f"{name}-storage", here, options, parent=self)
        identity = choose_identity(options.identity, f"{name}-identity", here, parent=self)
        access = choose_access(name, here, options, container, inputs.get("sas"), parent=self)
        # Before the pipeline, unless it acts as its own identity, which comes with it.
        early = identity.principal_id
        grants = [access.grant(early)] if early is not None else []
        pipeline = export_pipeline(
            f"{name}-pipeline",
            here,
            identity_id=identity.id,
            container_uri=container.uri,
            secret_uri=access.secret_uri,
            options=options.options,
            opts=child_of(self),
        )
        grants = grants or [access.grant(pipeline.principal_id)]
        warning = warn_of_forgotten_runs(here.hook_name(name))
        runs = [
            export_run(
                f"{name}-run-{run_key(batch, options.rerun)}",
                here,
                pipeline=pipeline,
                batch=batch,
                rerun=options.rerun,
                warning=warning,
                opts=child_of(self, depends_on=[*access.needed, *grants]),
            )
            for batch in batches
        ]

        self.contract = publish(
            SourceContract,
            {
                "registry": {
                    **here.registry.contract_part,
                    "login_server": here.registry.login_server.apply(
                        without_traceback()(lambda server: require_no_host(artifacts, server))
                    ),
                },
                "pipeline_id": pipeline.id,
                "container": container.contract_part,
                "runs": [
                    {
                        "name": run_name(here, run_key(batch, options.rerun)),
                        "blob": blob_name(batch.name),
                        "artifacts": [str(artifact) for artifact in batch.artifacts],
                        "digests": batch.digests,
                        "after": [blob_name(earlier) for earlier in batch.after],
                    }
                    for batch in batches
                ],
                "sas_expires": access.expiry,
            },
        )
        self.sas_days_left = days_left(access, options.as_of)
        # The contract does not wait for the runs: one that fails does not keep others from the
        # target.
        finished = [run.finished_name for run in runs]
        self.register_outputs(
            {
                "contract": self.contract,
                "sas_days_left": self.sas_days_left,
                "finished_runs": finished,
            }
        )
