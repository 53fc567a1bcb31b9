"""What the two stacks and the `acr-transfer` command know of each other: names, types, version.

A contract is the plain stack output `contract`. Nothing in it is secret: a SAS never crosses
stacks, as a reference to a stack under another passphrase yields an empty secret without an error.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Self

import pydantic

from .errors import ContractError
from .resource_ids import ResourceId

OUTPUT_NAME = "contract"
VERSION: Literal[1] = 1


class _Part(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


class RegistryPart(_Part):
    """A container registry."""

    id: str = pydantic.Field(description="Resource ID.")
    login_server: str = pydantic.Field(description="Host that registry clients talk to.")


class ContainerPart(_Part):
    """A blob container, and the account that it lies in."""

    account_id: str = pydantic.Field(description="Resource ID of the storage account.")
    container: str = pydantic.Field(description="Name of the container.")
    uri: str = pydantic.Field(description="https address of the container, without a SAS.")
    allows_shared_keys: bool = pydantic.Field(
        default=True, description="Whether the account's keys may sign a SAS."
    )

    @property
    def account(self) -> ResourceId:
        """The storage account."""
        return ResourceId(self.account_id)

    @property
    def account_name(self) -> str:
        """Name of the storage account."""
        return self.account.name

    @property
    def subscription(self) -> str:
        """Subscription of the storage account."""
        return self.account.subscription

    @property
    def resource_group(self) -> str:
        """Resource group of the storage account."""
        return self.account.resource_group

    @property
    def id(self) -> str:
        """Resource ID of the container."""
        return f"{self.account_id}/blobServices/default/containers/{self.container}"


class RunPart(_Part):
    """A pipeline run and the one blob that it writes or reads."""

    name: str = pydantic.Field(description="Name of the pipeline run in its registry.")
    blob: str = pydantic.Field(description="Name of the blob in the container.")
    artifacts: tuple[str, ...] = pydantic.Field(description="Artifacts that the blob holds.")
    digests: dict[str, str] = pydantic.Field(
        default_factory=dict, description="The digest of each artifact, where a lock tells it."
    )
    after: tuple[str, ...] = pydantic.Field(
        default=(), description="Blobs that hold older content of its tags: imported before it."
    )

    @property
    def is_locked(self) -> bool:
        """Whether a lock tells what it carries, so that each blob is written once."""
        return bool(self.digests)


class _Contract(_Part):
    version: Literal[1] = pydantic.Field(default=VERSION, description="Version of this contract.")
    registry: RegistryPart
    pipeline_id: str = pydantic.Field(description="Resource ID of the pipeline.")
    container: ContainerPart
    runs: tuple[RunPart, ...]
    # A stack output leaves out what is null.
    sas_expires: datetime | None = pydantic.Field(
        default=None,
        description="End of the SAS in the vault, UTC; none where there is no SAS, or where an "
        "access policy of the container tells it.",
    )

    @classmethod
    def from_outputs(cls, stack: str, outputs: Mapping[str, object]) -> Self:
        """Read and check the contract among a stack's outputs.

        Raises:
            ContractError: the output is missing, of another version, or not of this side.
        """
        fix = f"Run pulumi up -s {stack} with this version of the program."
        value = outputs.get(OUTPUT_NAME)
        if not isinstance(value, Mapping) or not value:
            raise ContractError(stack, f"it has no output {OUTPUT_NAME!r}", fix)
        if value.get("version") != VERSION:
            found = value.get("version")
            reason = f"its contract has version {found!r}, this program reads version {VERSION}"
            raise ContractError(stack, reason, fix)
        try:
            return cls.model_validate(value)
        except pydantic.ValidationError as error:
            places = ", ".join(".".join(map(str, item["loc"])) for item in error.errors())
            raise ContractError(stack, f"its contract is not usable at: {places}", fix) from error


class SourceContract(_Contract):
    """What the source stack tells: which runs wrote which blobs where."""

    side: Literal["source"] = "source"

    @classmethod
    def from_outputs(cls, stack: str, outputs: Mapping[str, object]) -> Self:
        """Read and check the contract; one without runs has nothing to transfer."""
        contract = super().from_outputs(stack, outputs)
        if not contract.runs:
            reason = "it has exported nothing, as it is told no images"
            fix = f"List them as `images`, and run pulumi up -s {stack}."
            raise ContractError(stack, reason, fix)
        return contract


class TargetContract(_Contract):
    """What the target stack tells: where blobs are expected, and what imports them."""

    side: Literal["target"] = "target"
    source_stack: str = pydantic.Field(
        description="Name of the source stack, as configured; empty where a file stands in for it."
    )
    blobs: Literal["copied", "shared"] = pydantic.Field(
        description="Whether blobs are copied into an own container or read from the source's."
    )
    import_by: Literal["trigger", "runs", "both"] = pydantic.Field(
        description="Whether the source trigger imports blobs, one pipeline run each, or both."
    )
    deletes_blobs: bool = pydantic.Field(
        default=False, description="Whether a blob is deleted as soon as it is imported."
    )
