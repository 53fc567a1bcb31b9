"""The source side of a transfer: what exports artifacts of a registry to a blob container."""

from typing import Any, NotRequired

import pulumi

from components.args import SideArgs
from components.artifacts import cut_into_batches, parse_artifacts
from components.config import SourceOptions
from components.contract import SourceContract, publish
from components.identity import choose_identity
from components.inputs import check
from components.names import blob_name
from components.pipelines import export_pipeline
from components.placement import place
from components.runs import export_run, finished_run_name
from components.sas import pipeline_sas
from components.sas_terms import Grant, SasWindow
from components.storage import choose_container
from components.vault import SasVault

# The name that ACR's documents give the secret.
_SECRET_NAME = "acrexportsas"


class SourceSideArgs(SideArgs):
    """What SourceSide is told. The keys behind `images` are those of `SourceOptions`."""

    images: list[str]
    options: NotRequired[list[str]]


class SourceSide(pulumi.ComponentResource):
    """Everything that exports: storage, vault, SAS, identity, export pipeline and its runs.

    The registry exists already and is only read. Nothing here grants a right on the registry: the
    pipeline's identity reads one secret of one vault. A run that the service reports as failed
    fails the `up`.
    """

    contract: pulumi.Output[dict[str, Any]]
    """What the target side needs to know; nothing in it is secret."""

    def __init__(
        self, name: str, args: SourceSideArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("acrtransfer:index:SourceSide", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        inputs, options = check(args, SourceSideArgs, SourceOptions)
        batches = cut_into_batches(parse_artifacts(options.images, "images"))
        window = SasWindow.at(options.as_of, options.sas_days, options.sas_grace_days)
        here = place(name, "source", inputs, options, parent=self)

        container = choose_container(f"{name}-storage", here, options, window, child)
        identity = choose_identity(options.identity, f"{name}-identity", here, child)
        grant = Grant("source", options.sas_kind)
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
        pipeline = export_pipeline(
            f"{name}-pipeline",
            here,
            identity=identity.args,
            container_uri=container.uri,
            secret_uri=vault.secret_uri,
            options=options.options,
            opts=child,
        )
        identity.grant_late(vault, pipeline)
        runs = [
            export_run(
                f"{name}-run-{batch.name}",
                here,
                pipeline=pipeline,
                batch=batch,
                rerun=options.rerun,
                opts=pulumi.ResourceOptions(parent=self, depends_on=vault.ready),
            )
            for batch in batches
        ]

        self.contract = publish(
            SourceContract,
            {
                "registry": here.registry_part,
                "pipeline_id": pipeline.id,
                "container": container.contract_part,
                "runs": [
                    {
                        "name": finished_run_name(run),
                        "blob": blob_name(batch.name),
                        "artifacts": [str(artifact) for artifact in batch.artifacts],
                    }
                    for run, batch in zip(runs, batches, strict=True)
                ],
                "sas_expires": sas.expiry.apply(lambda expiry: expiry.isoformat()),
            },
        )
        self.register_outputs({"contract": self.contract})
