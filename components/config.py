"""The settings of a side: every configuration key with its limits, default and description.

Values are plain and are checked once, before any resource is registered, all problems together.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal

import pulumi
import pydantic

from components.names import MAX_PREFIX_LENGTH
from components.sas_terms import SasKind

ExportOption = Literal["OverwriteBlobs", "ContinueOnErrors"]
ImportOption = Literal["OverwriteTags", "DeleteSourceBlobOnSuccess", "ContinueOnErrors"]
BlobsArrangement = Literal["copied", "shared"]
ImportWay = Literal["trigger", "runs"]

# https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
_REGISTRY = re.compile(r"(?P<group>[\w.()-]{0,89}[\w()-])/(?P<name>[a-zA-Z0-9]{5,50})")
_REGISTRY_NAME = re.compile(r"[a-zA-Z0-9]{5,50}")
_RESOURCE_GROUP = re.compile(r"[\w.()-]{0,89}[\w()-]")
_CONTAINER = re.compile(r"(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_PREFIX = re.compile(rf"[a-z][a-z0-9]{{1,{MAX_PREFIX_LENGTH - 1}}}")
_STACK = re.compile(r"[\w.-]+(/[\w.-]+/[\w.-]+)?")
_ID = r"/subscriptions/[0-9a-fA-F-]{36}/resource[gG]roups/[^/]+/providers/"
_IDENTITY = re.compile(
    rf"user-assigned|system-assigned|{_ID}Microsoft\.ManagedIdentity/userAssignedIdentities/[^/]+"
)
_STORAGE = re.compile(
    rf"new|{_ID}Microsoft\.Storage/storageAccounts/[a-z0-9]{{3,24}}"
    r"(/blobServices/default/containers/[a-z0-9-]{3,63})?"
)
_VAULT = re.compile(rf"access-policies|roles|{_ID}Microsoft\.KeyVault/vaults/[^/]+")
_LOCATION = re.compile(r"[a-z][a-z0-9]+")


def _matching(rule: re.Pattern[str], sentence: str) -> pydantic.AfterValidator:
    def check(value: str) -> str:
        if rule.fullmatch(value) is None:
            raise ValueError(sentence)
        return value

    return pydantic.AfterValidator(check)


Registry = Annotated[
    str,
    _matching(
        _REGISTRY,
        "a registry is written <resource group>/<name>, its name 5 to 50 letters and digits",
    ),
]
RegistryName = Annotated[
    str, _matching(_REGISTRY_NAME, "the name of a registry has 5 to 50 letters and digits")
]
ResourceGroup = Annotated[
    str, _matching(_RESOURCE_GROUP, "a resource group is the name of one, 1 to 90 characters")
]
Container = Annotated[
    str,
    _matching(
        _CONTAINER,
        "a container name has 3 to 63 lower-case letters, digits and single hyphens, "
        "and starts and ends with a letter or digit",
    ),
]
Prefix = Annotated[
    str,
    _matching(
        _PREFIX,
        f"a prefix has 2 to {MAX_PREFIX_LENGTH} lower-case letters and digits, a letter first",
    ),
]
StackName = Annotated[
    str, _matching(_STACK, "a stack is written <stack> or <organization>/<project>/<stack>")
]
Identity = Annotated[
    str,
    _matching(
        _IDENTITY,
        "an identity is user-assigned, system-assigned, or the resource ID of an existing one",
    ),
]
Storage = Annotated[
    str,
    _matching(
        _STORAGE,
        "a storage is new, or the resource ID of an existing storage account or blob container",
    ),
]
Vault = Annotated[
    str,
    _matching(
        _VAULT,
        "a vault is access-policies, roles, or the resource ID of an existing one",
    ),
]
Location = Annotated[
    str, _matching(_LOCATION, "a location is written without spaces and in lower case")
]


class SideOptions(pydantic.BaseModel):
    """What both components take as plain values."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    prefix: Prefix = pydantic.Field(
        "acrt",
        description="First part of the names of what is created.",
        examples=["contoso"],
    )
    container: Container = pydantic.Field(
        "transfer", description="Name of the blob container.", examples=["transfer"]
    )
    storage: Storage = pydantic.Field(
        "new",
        description="Where blobs pass through: `new` makes a storage account and container, the "
        "ID of an account makes a container in it, the ID of a container makes nothing.",
        examples=["new"],
    )
    identity: Identity = pydantic.Field(
        "user-assigned",
        description="What the pipeline reads its vault as: `user-assigned` makes an identity, "
        "`system-assigned` is the pipeline's own, a resource ID names an existing one.",
        examples=["user-assigned"],
    )
    vault: Vault = pydantic.Field(
        "access-policies",
        description="Where the SAS is kept: `access-policies` makes a vault with an access policy, "
        "`roles` one with the role Key Vault Secrets User, a resource ID names an existing one of "
        "either kind.",
        examples=["access-policies"],
    )
    sas_kind: SasKind = pydantic.Field(
        "container",
        description="What the SAS opens: `container` opens that container alone; `account` opens "
        "every container of the account and can create more.",
        examples=["container"],
    )
    sas_days: int = pydantic.Field(
        30,
        ge=1,
        le=365,
        description="Length of a SAS window in days; the first `up` of a window rotates the SAS.",
        examples=[30],
    )
    sas_grace_days: int = pydantic.Field(
        7,
        ge=1,
        le=90,
        description="Days that a SAS stays valid after its window: the time left to run `up`.",
        examples=[7],
    )
    blob_retention_days: int = pydantic.Field(
        60,
        ge=1,
        le=3650,
        description="Days after which left-over blobs are removed. The source trigger looks back "
        "60 days.",
        examples=[60],
    )
    rerun: int = pydantic.Field(
        0,
        ge=0,
        description="Raise it by one to run all pipeline runs of the side once more.",
        examples=[1],
    )
    tags: dict[str, str] = pydantic.Field(
        default_factory=dict,
        description="Tags on everything that is created and can carry tags.",
        examples=[{"owner": "platform"}],
    )
    as_of: pydantic.AwareDatetime = pydantic.Field(
        default_factory=lambda: datetime.now(UTC),
        description="The time that SAS windows are computed from.",
    )

    @pydantic.field_validator("sas_grace_days")
    @classmethod
    def _is_shorter_than_a_window(cls, grace_days: int, info: pydantic.ValidationInfo) -> int:
        # Two older SAS would be valid at once, and no account key would be free to be renewed.
        if grace_days > info.data.get("sas_days", grace_days):
            raise ValueError("the grace is not longer than the window, sas_days")
        return grace_days


class SourceOptions(SideOptions):
    """What SourceSide takes as plain values."""

    images: tuple[str, ...] = pydantic.Field(
        (),
        description="What to transfer: `repo:tag`, `repo` (its tag `latest`) or "
        "`repo@sha256:...`, without the registry.",
        examples=[["shop/web:1.4", "shop/api:2.0"]],
    )
    options: tuple[ExportOption, ...] = pydantic.Field(
        (),
        description="Options of the export pipeline: `OverwriteBlobs` replaces a blob of the same "
        "name, `ContinueOnErrors` exports what it can.",
        examples=[["OverwriteBlobs"]],
    )


class TargetOptions(SideOptions):
    """What TargetSide takes as plain values."""

    blobs: BlobsArrangement = pydantic.Field(
        "copied",
        description="`copied`: the target has its own container, blobs are copied into it. "
        "`shared`: it imports from the source's container.",
        examples=["copied"],
    )

    @pydantic.field_validator("blobs")
    @classmethod
    def _has_one_container(
        cls, blobs: BlobsArrangement, info: pydantic.ValidationInfo
    ) -> BlobsArrangement:
        if blobs == "shared" and info.data.get("storage", "new") != "new":
            raise ValueError("with a storage of its own the target has nothing to share")
        return blobs

    import_by: ImportWay = pydantic.Field(
        "trigger",
        description="`trigger`: a blob that lands is imported, within 15 minutes. "
        "`runs`: one pipeline run for each blob that the source exported.",
        examples=["trigger"],
    )
    options: tuple[ImportOption, ...] = pydantic.Field(
        (),
        description="Options of the import pipeline: `OverwriteTags` moves a tag that exists, "
        "`DeleteSourceBlobOnSuccess` removes an imported blob, `ContinueOnErrors` imports what it "
        "can.",
        examples=[["OverwriteTags"]],
    )


class _StackKeys(pydantic.BaseModel):
    """What a stack of either side is told beside the options of its component."""

    registry: Registry = pydantic.Field(
        description="The registry of this side, `<resource group>/<name>`; it exists and is only "
        "read.",
        examples=["rg-contoso/contosoregistry"],
    )
    location: Location | None = pydantic.Field(
        None,
        description="Azure location of what is created; the registry's own when absent.",
        examples=["westeurope"],
    )
    resource_group: ResourceGroup | None = pydantic.Field(
        None,
        description="An existing resource group for what is created; a new one when absent.",
        examples=["rg-transfer"],
    )

    sas: pydantic.SecretStr | None = pydantic.Field(
        None,
        description="A SAS of your own instead of one that the program has signed, set with "
        "`pulumi config set --secret`; it needs an existing `storage`, or shared blobs.",
    )

    def component_args(self) -> dict[str, object]:
        """Give the Args of the side's component."""
        group, _, name = self.registry.partition("/")
        options = SourceOptions if isinstance(self, SourceOptions) else TargetOptions
        plain = {key: getattr(self, key) for key in options.model_fields}
        args = {"registry_name": name, "registry_resource_group": group, **plain}
        if self.location is not None:
            args["location"] = self.location
        if self.resource_group is not None:
            args["resource_group_name"] = self.resource_group
        if self.sas is not None:
            args["sas"] = pulumi.Output.secret(self.sas.get_secret_value())
        return args


class SourceSettings(_StackKeys, SourceOptions):
    """All configuration keys of a source stack."""

    side: Literal["source"] = pydantic.Field(
        description="Which side of the transfer the stack is.", examples=["source"]
    )
    images_file: str | None = pydantic.Field(
        None,
        description="A YAML file with the list under `images:`, instead of the key `images`.",
        examples=["images.yaml"],
    )


class TargetSettings(_StackKeys, TargetOptions):
    """All configuration keys of a target stack."""

    side: Literal["target"] = pydantic.Field(
        description="Which side of the transfer the stack is.", examples=["target"]
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
