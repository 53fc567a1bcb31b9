"""The target side of a transfer: what imports blobs of a container into a registry."""

from typing import Any, NotRequired

import pulumi

from components.args import SideArgs
from components.config import TargetOptions
from components.contract import OUTPUT_NAME, SourceContract, TargetContract, publish
from components.identity import choose_identity
from components.inputs import check
from components.names import batch_of_blob
from components.pipelines import import_pipeline
from components.placement import place
from components.runs import finished_run_name, import_run, run_name
from components.sas import ContainerPlace, pipeline_sas
from components.sas_terms import Grant, SasWindow
from components.storage import choose_container
from components.vault import SasVault

# The name that ACR's documents give the secret.
_SECRET_NAME = "acrimportsas"


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
    """Everything that imports: storage, vault, SAS, identity, import pipeline, and runs on request.

    With shared blobs there is no storage here: the pipeline reads the source's container, with a
    SAS that this side has the source's account sign. Either the source trigger imports, or one run
    for each blob; both together would import twice.
    """

    contract: pulumi.Output[dict[str, Any]]
    """Where blobs are expected and what imports them; nothing in it is secret."""

    def __init__(
        self, name: str, args: TargetSideArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("acrtransfer:index:TargetSide", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        inputs, options = check(args, TargetSideArgs, TargetOptions)
        source_stack = args.get("source_stack", "")
        source = SourceContract.from_outputs(source_stack, {OUTPUT_NAME: args["source"]})
        window = SasWindow.at(options.as_of, options.sas_days, options.sas_grace_days)
        here = place(name, "target", inputs, options, parent=self)

        if options.blobs == "shared":
            container = ContainerPlace.of_contract(source.container, here.subscription_id)
        else:
            container = choose_container(f"{name}-storage", here, options, window, child)
        identity = choose_identity(options.identity, f"{name}-identity", here, child)
        deletes_blobs = "DeleteSourceBlobOnSuccess" in options.options
        grant = Grant("target", options.sas_kind, deletes_blobs)
        sas = pipeline_sas(args.get("sas"), grant, window, container, parent=self)
        vault = SasVault(
            f"{name}-sas",
            here,
            choice=options.vault,
            secret_name=_SECRET_NAME,
            sas=sas,
            opts=child,
        )
        identity.grant_early(vault)
        pipeline = import_pipeline(
            f"{name}-pipeline",
            here,
            identity=identity.args,
            container_uri=container.uri,
            secret_uri=vault.secret_uri,
            options=options.options,
            is_triggered=options.import_by == "trigger",
            # A source trigger reads the vault as soon as the pipeline is there.
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(vault.ready)),
        )
        identity.grant_late(vault, pipeline)
        exported = source.runs if options.import_by == "runs" else ()
        runs = [
            import_run(
                f"{name}-run-{batch_of_blob(run.blob)}",
                here,
                pipeline=pipeline,
                blob=run.blob,
                rerun=options.rerun,
                opts=pulumi.ResourceOptions(parent=self, depends_on=vault.ready),
            )
            for run in exported
        ]

        self.contract = publish(
            TargetContract,
            {
                "registry": here.registry_part,
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
                "sas_expires": sas.expiry.apply(lambda expiry: expiry.isoformat()),
                "source_stack": source_stack,
                "blobs": options.blobs,
                "import_by": options.import_by,
                "deletes_blobs": deletes_blobs,
            },
        )
        # The contract does not wait for the runs: `acr-transfer run` leaves them out of the first
        # `up`, which makes the container that their blobs are copied into.
        finished = [finished_run_name(run) for run in runs]
        self.register_outputs({"contract": self.contract, "finished_runs": finished})
