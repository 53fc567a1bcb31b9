"""Names of what we create in Azure: pure functions of a prefix, a side and a random suffix.

A rule that a name would break is refused here; a name is never cut to fit.
"""

import re
from dataclasses import dataclass
from typing import Literal

Side = Literal["source", "target"]
SIDES: tuple[Side, Side] = ("source", "target")

SIDE_TAG = "acr-transfer-side"
SIDE_METADATA = "acr_transfer_side"
"""The tag, and the metadata of a container, by which what a side has made is known."""
SUFFIX_LENGTH = 8
MAX_PREFIX_LENGTH = 10

_SIDE_CODES: dict[Side, str] = {"source": "src", "target": "tgt"}
_PIPELINE_VERBS: dict[Side, str] = {"source": "export", "target": "import"}

_BLOB_PREFIX = "acr-transfer-"

# https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
_STORAGE_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
_VAULT = re.compile(r"[a-zA-Z](?!.*--)[a-zA-Z0-9-]{1,22}[a-zA-Z0-9]")
_IDENTITY = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,127}")
_RESOURCE_GROUP = re.compile(r"[\w.()-]{0,89}[\w()-]")
_PIPELINE = re.compile(r"[a-zA-Z0-9]{5,50}")


@dataclass(frozen=True)
class AzureNames:
    """Names of one side; each method takes the random suffix, known only at deploy time."""

    prefix: str
    side: Side

    def resource_group(self, suffix: str) -> str:
        """Name the resource group, unique in its subscription."""
        return _checked(f"rg-{self.prefix}-{self.side}-{suffix}", _RESOURCE_GROUP)

    def storage_account(self, suffix: str) -> str:
        """Name the storage account, unique in the world."""
        return _checked(f"{self.prefix}{_SIDE_CODES[self.side]}{suffix}", _STORAGE_ACCOUNT)

    def vault(self, suffix: str) -> str:
        """Name the key vault, unique in the world even while soft-deleted."""
        return _checked(f"{self.prefix}-{_SIDE_CODES[self.side]}-{suffix}", _VAULT)

    def identity(self, suffix: str) -> str:
        """Name the user-assigned identity."""
        return _checked(f"id-{self.prefix}-{self.side}-{suffix}", _IDENTITY)

    def pipeline(self, suffix: str) -> str:
        """Name the pipeline, unique in its registry."""
        return _checked(f"{self.prefix}{_PIPELINE_VERBS[self.side]}{suffix}", _PIPELINE)

    def run(self, suffix: str, key: str) -> str:
        """Name a pipeline run by what tells it from others, unique in its registry."""
        return _checked(f"{_PIPELINE_VERBS[self.side]}{suffix}{key}", _PIPELINE)


def blob_name(batch: str) -> str:
    """Name the blob that carries a batch."""
    return f"{_BLOB_PREFIX}{batch}"


def run_tag(batch: str, rerun: int) -> str:
    """Name one attempt at a batch; putting its run again does nothing unless this differs."""
    return f"{batch}-{rerun}"


def batch_of_blob(blob: str) -> str:
    """Tell the batch that a blob carries."""
    return blob.removeprefix(_BLOB_PREFIX)


def _checked(name: str, rule: re.Pattern[str]) -> str:
    if rule.fullmatch(name) is None:
        raise ValueError(f"name {name!r} breaks Azure's rule {rule.pattern}")
    return name
