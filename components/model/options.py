"""The plain values that the components take: each with its limits, default and description.

They are checked once, before any resource is registered, all problems together.
"""

from datetime import UTC, datetime
from typing import Self

import pydantic

from .artifacts import Batch, cut_into_batches, parse_artifacts
from .azure_limits import MAX_VAULT_ADDRESSES, tag_faults
from .errors import Problem, SettingsError
from .images_lock import parse_lock
from .sas_source import BroughtSas, MintedSas, SasSource
from .sas_terms import SasKind, SasWindow
from .value_types import (
    Address,
    BlobsArrangement,
    Container,
    ExportOption,
    Identity,
    ImportOption,
    ImportWay,
    Prefix,
    SasPolicy,
    Storage,
    StorageAccess,
    StorageRedundancy,
    Vault,
)

# What the built-in Azure Policy 7aa1c9d5 asks for, together with Block: docs/security.md.
_LONGEST_BLOCKED_DAYS = 7


class SideOptions(pydantic.BaseModel):
    """What both components take as plain values."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    create_registry: bool = pydantic.Field(
        False,
        description="Whether to make the registry, a Premium one; an existing one is only read. "
        "`pulumi destroy` leaves it where it is.",
        examples=[True],
    )
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
    storage_access: StorageAccess = pydantic.Field(
        "sas",
        description="How the pipeline gets at its container: `sas` by a SAS that is kept in a "
        "vault, `managed-identity` by a role of its identity, without SAS, vault and shared keys.",
        examples=["managed-identity"],
    )
    storage_redundancy: StorageRedundancy = pydantic.Field(
        "Standard_ZRS",
        description="How a new storage account keeps its blobs, by the name of Azure's SKU: in "
        "three zones, unless it says otherwise. A location without zones has `Standard_LRS`, and "
        "some have `Standard_GRS`.",
        examples=["Standard_LRS"],
    )
    identity: Identity = pydantic.Field(
        "user-assigned",
        description="What the pipeline acts as: `user-assigned` makes an identity, "
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
    vault_addresses: tuple[Address, ...] = pydantic.Field(
        (),
        max_length=MAX_VAULT_ADDRESSES,
        description="Addresses that the firewall of a new vault admits beside trusted services: "
        "IPv4, single or as ranges, and none of private networks.",
        examples=[["203.0.113.0/24"]],
    )
    role_wait_seconds: int = pydantic.Field(
        60,
        ge=0,
        le=1800,
        description="Seconds that what uses a new role waits for it to be in effect: Azure takes "
        "up to ten minutes. Access policies are not waited for.",
        examples=[300],
    )
    sas_kind: SasKind = pydantic.Field(
        "container",
        description="What the SAS opens: `container` opens that container alone; `account` opens "
        "every container of the account and can create more.",
        examples=["container"],
    )
    sas_policy: SasPolicy = pydantic.Field(
        "log",
        description="What a new storage account does with a SAS that is valid for too long: `log` "
        "notes it, `block` refuses it and allows 7 days, which needs a daily `up`.",
        examples=["block"],
    )
    sas_days: int = pydantic.Field(
        0,
        ge=0,
        le=365,
        description="Length of a SAS window in days; the first `up` of a window rotates the SAS. "
        "With 0 it is 30, or 6 with `sas_policy: block`.",
        examples=[30],
    )
    sas_grace_days: int = pydantic.Field(
        0,
        ge=0,
        le=90,
        validate_default=True,
        description="Days that a SAS stays valid after its window: the time left to run `up`. "
        "With 0 it is 7, or 1 with `sas_policy: block`, and no longer than the window.",
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
        description="Tags on everything that is created and can carry tags; 14 at most, as a "
        "secret of a vault has 15, and 49 with `storage_access: managed-identity`.",
        examples=[{"owner": "platform"}],
    )
    protect: bool = pydantic.Field(
        False,
        description="Whether `pulumi` refuses to delete what is created and would be missed: "
        "group, account, container, vault and identity.",
        examples=[True],
    )
    as_of: pydantic.AwareDatetime = pydantic.Field(
        default_factory=lambda: datetime.now(UTC),
        description="The time that SAS windows are computed from.",
    )

    @pydantic.field_validator(
        "vault", "vault_addresses", "sas_kind", "sas_policy", "sas_days", "sas_grace_days"
    )
    @classmethod
    def _goes_with_a_sas(cls, value: object, info: pydantic.ValidationInfo) -> object:
        default = cls.model_fields[str(info.field_name)].default
        if info.data.get("storage_access") == "managed-identity" and value != default:
            raise ValueError("with storage_access: managed-identity there is no SAS and no vault")
        return value

    @pydantic.field_validator("tags")
    @classmethod
    def _fit_azure(cls, tags: dict[str, str], info: pydantic.ValidationInfo) -> dict[str, str]:
        on_a_secret = info.data.get("storage_access") != "managed-identity"
        if faults := list(tag_faults(tags, on_a_secret=on_a_secret)):
            raise ValueError("; ".join(faults))
        return tags

    @pydantic.field_validator("sas_days")
    @classmethod
    def _leaves_time_for_a_grace(cls, days: int, info: pydantic.ValidationInfo) -> int:
        if info.data.get("sas_policy") == "block" and days >= _LONGEST_BLOCKED_DAYS:
            raise ValueError(
                "with sas_policy: block a window has at most 6 days, as its SAS is valid for 7"
            )
        return days

    @pydantic.field_validator("sas_grace_days")
    @classmethod
    def _is_shorter_than_a_window(cls, grace_days: int, info: pydantic.ValidationInfo) -> int:
        if not {"sas_policy", "sas_days"} <= info.data.keys():
            return grace_days
        policy: SasPolicy = info.data["sas_policy"]
        days, grace = _window_and_grace(policy, info.data["sas_days"], grace_days)
        # Two older SAS would be valid at once, and no account key would be free to be renewed.
        if grace > days:
            raise ValueError("the grace is not longer than the window, sas_days")
        if policy == "block" and days + grace > _LONGEST_BLOCKED_DAYS:
            raise ValueError(
                "with sas_policy: block a SAS is valid for at most 7 days, its window and grace "
                "together"
            )
        return grace_days

    @property
    def deletes_blobs(self) -> bool:
        """Whether the pipeline deletes a blob of its container once it has read it."""
        return False

    @property
    def makes_account(self) -> bool:
        """Whether the side has a new storage account."""
        return self.storage == "new"

    @property
    def uses_zones(self) -> bool:
        """Whether a new storage account lies in several zones of its location."""
        return self.storage_redundancy.endswith("ZRS")

    @property
    def window_and_grace_days(self) -> tuple[int, int]:
        """Length of a SAS window and of its grace, whether written or left to the program."""
        return _window_and_grace(self.sas_policy, self.sas_days, self.sas_grace_days)

    @property
    def sas_window(self) -> SasWindow:
        """The window of calendar time that a SAS is made for."""
        return SasWindow.at(self.as_of, *self.window_and_grace_days)

    def sas_source(self, brought: BroughtSas | None) -> SasSource | None:
        """Say where the pipeline's SAS comes from; None: it reaches its container without one."""
        if self.storage_access == "managed-identity":
            return None
        return brought or MintedSas(self.sas_window)


def _window_and_grace(policy: SasPolicy, days: int, grace_days: int) -> tuple[int, int]:
    """Choose the lengths, in days, that are left to the program."""
    if policy == "block":
        days = days or _LONGEST_BLOCKED_DAYS - 1
        return days, grace_days or min(days, _LONGEST_BLOCKED_DAYS - days)
    days = days or 30
    return days, grace_days or min(days, 7)


class SourceOptions(SideOptions):
    """What SourceSide takes as plain values."""

    images: tuple[str, ...] = pydantic.Field(
        (),
        description="What to transfer: `repo:tag`, `repo` (its tag `latest`) or "
        "`repo@sha256:...`, without the registry.",
        examples=[["shop/web:1.4", "shop/api:2.0"]],
    )
    locked_images: str = pydantic.Field(
        "",
        description="The text of an `images.lock`, instead of `images`: what to transfer with its "
        "digests, and the run that carries it.",
    )
    options: tuple[ExportOption, ...] = pydantic.Field(
        (),
        description="Options of the export pipeline: `OverwriteBlobs` replaces a blob of the same "
        "name, `ContinueOnErrors` exports what it can.",
        examples=[["OverwriteBlobs"]],
    )

    @property
    def batches(self) -> tuple[Batch, ...]:
        """What each run carries: as the lock remembers, or as the list is cut.

        Raises:
            SettingsError: the lock or the list cannot be read, or both are given, or neither.
        """
        if not self.locked_images:
            return cut_into_batches(parse_artifacts(self.images, "images"))
        if self.images:
            rule = "with a lock, what to transfer stands in the lock alone"
            raise SettingsError([Problem("images", list(self.images), rule, "Leave it out.")])
        return parse_lock(self.locked_images, "locked_images").batches


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
        "`runs`: one pipeline run for each blob that the source exported. `both` imports a blob "
        "twice, so it needs `OverwriteTags`.",
        examples=["trigger"],
    )
    options: tuple[ImportOption, ...] = pydantic.Field(
        (),
        validate_default=True,
        description="Options of the import pipeline: `OverwriteTags` moves a tag that exists, "
        "`DeleteSourceBlobOnSuccess` removes an imported blob, `ContinueOnErrors` imports what it "
        "can.",
        examples=[["OverwriteTags"]],
    )

    @pydantic.field_validator("options")
    @classmethod
    def _lets_a_blob_be_imported_twice(
        cls, options: tuple[ImportOption, ...], info: pydantic.ValidationInfo
    ) -> tuple[ImportOption, ...]:
        if info.data.get("import_by") == "both":
            if "OverwriteTags" not in options:
                raise ValueError(
                    "with import_by: both a tag is written twice, so OverwriteTags is needed"
                )
            if "DeleteSourceBlobOnSuccess" in options:
                raise ValueError(
                    "with import_by: both the second import would not find the blob that the "
                    "first one deleted"
                )
        return options

    @property
    def deletes_blobs(self) -> bool:
        """Whether the pipeline deletes a blob of its container once it has imported it."""
        return "DeleteSourceBlobOnSuccess" in self.options

    @property
    def makes_account(self) -> bool:
        """Whether the side has a new storage account; with shared blobs it has none."""
        return self.blobs == "copied" and super().makes_account

    def sharing(self, container_id: str) -> Self:
        """Give the options of a target that imports from the source's container."""
        return self.model_copy(update={"storage": container_id})
