"""The settings of a stack: every configuration key of a side with its limits and description."""

from typing import Literal

import pydantic

from .artifacts import MAX_ARTIFACTS_PER_RUN
from .options import SourceOptions, TargetOptions
from .sas_source import BroughtSas
from .value_types import Location, Registry, ResourceGroup, StackName, Workspace


class _StackKeys(pydantic.BaseModel):
    """What a stack of either side is told beside the options of its component."""

    registry: Registry = pydantic.Field(
        description="The registry of this side, `<resource group>/<name>`; it exists and is only "
        "read, unless `create_registry` is set.",
        examples=["rg-contoso/contosoregistry"],
    )
    location: Location | None = pydantic.Field(
        None,
        description="Azure location of what is created; the registry's own if it is not set.",
        examples=["westeurope"],
    )
    resource_group: ResourceGroup | None = pydantic.Field(
        None,
        description="An existing resource group for what is created, its name or its ID; a new "
        "one if it is not set.",
        examples=["rg-transfer"],
    )

    log_analytics_workspace: Workspace | None = pydantic.Field(
        None,
        description="ID of a Log Analytics workspace that the logs of what is created go to: "
        "storage reads, writes and deletions, uses of the vault, logins at a new registry.",
        examples=[
            "/subscriptions/<ID>/resourceGroups/rg-logs/providers/"
            "Microsoft.OperationalInsights/workspaces/logs"
        ],
    )
    folder: str | None = pydantic.Field(
        None,
        description="The folder of the tenant, relative to the program: files that other keys "
        "name are relative to it. `acr-transfer tenant new` writes it.",
        examples=["tenants/contoso"],
    )
    shared_file: str | None = pydantic.Field(
        None,
        description="A file of what all tenants share, under `both:`, `source:` and `target:`; "
        "what the stack says itself goes before it.",
        examples=["../../tenants.yaml"],
    )
    sas: BroughtSas | None = pydantic.Field(
        None,
        description="A SAS of your own instead of one that the program has signed, set with "
        "`pulumi config set --secret`; it needs an existing `storage`, or shared blobs.",
    )

    def component_args(self) -> dict[str, object]:
        """Give the Args of the side's component, which makes a secret of the `sas`."""
        group, _, name = self.registry.partition("/")
        options = SourceOptions if isinstance(self, SourceOptions) else TargetOptions
        plain = {key: getattr(self, key) for key in options.model_fields}
        args = {"registry_name": name, "registry_resource_group": group, **plain}
        if self.location is not None:
            args["location"] = self.location
        if self.resource_group is not None:
            args["resource_group"] = self.resource_group
        if self.log_analytics_workspace is not None:
            args["log_analytics_workspace"] = self.log_analytics_workspace
        if self.sas is not None and self.sas.token is not None:
            args["sas"] = self.sas.token.get_secret_value()
        return args


class SourceSettings(_StackKeys, SourceOptions):
    """All configuration keys of a source stack."""

    side: Literal["source"] = pydantic.Field(
        description="Which side of the transfer the stack is: `source` or `target`.",
        examples=["source"],
    )
    images_file: str | None = pydantic.Field(
        None,
        description="A YAML file with the list under `images:`, instead of the key `images`.",
        examples=["images.yaml"],
    )
    images_lock: str | None = pydantic.Field(
        None,
        description="The file that `acr-transfer lock` makes of the list: digests, and the run "
        "that carries each artifact. With it only what changed moves, and the list may have "
        "filters.",
        examples=["images.lock"],
    )
    batch_artifacts: int = pydantic.Field(
        MAX_ARTIFACTS_PER_RUN,
        ge=1,
        le=MAX_ARTIFACTS_PER_RUN,
        description="The most artifacts that `acr-transfer lock` puts into one run.",
        examples=[20],
    )
    batch_gigabytes: int = pydantic.Field(
        20,
        ge=1,
        le=20,
        description="The most gigabytes that `acr-transfer lock` puts into one run; an artifact "
        "that is larger has a run of its own.",
        examples=[5],
    )


class TargetSettings(_StackKeys, TargetOptions):
    """All configuration keys of a target stack."""

    side: Literal["target"] = pydantic.Field(
        description="Which side of the transfer the stack is: `source` or `target`.",
        examples=["target"],
    )
    source_stack: StackName = pydantic.Field(
        "source",
        description="The source stack: `<stack>`, or `<organization>/<project>/<stack>`.",
        examples=["source"],
    )
    source_file: str | None = pydantic.Field(
        None,
        description="A file that `acr-transfer hand-over` wrote on the source's side, instead of "
        "`source_stack`; relative to the project's directory.",
        examples=["handover.json"],
    )
