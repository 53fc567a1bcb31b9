"""Both sides on the recording engine, and what a target is told by its source."""

from collections.abc import Mapping
from typing import Any, cast

import pulumi
from mock_engine import SUBSCRIPTION, Recording, record

from components.source_side import SourceSide, SourceSideArgs
from components.target_side import TargetSide, TargetSideArgs

AS_OF = "2026-11-23T12:00:00Z"
SOURCE_REGISTRY = (
    f"{SUBSCRIPTION}/resourceGroups/rg-contoso/providers"
    "/Microsoft.ContainerRegistry/registries/contososource"
)
SOURCE = {
    "version": 1,
    "side": "source",
    "registry": {"id": SOURCE_REGISTRY, "login_server": "contososource.azurecr.io"},
    "pipeline_id": f"{SOURCE_REGISTRY}/exportPipelines/acrtexportabcd2345",
    "container": {
        "account_id": f"{SUBSCRIPTION}/resourceGroups/rg-theirs/providers"
        "/Microsoft.Storage/storageAccounts/theirs",
        "container": "outbox",
        "uri": "https://theirs.blob.core.windows.net/outbox",
        "allows_shared_keys": True,
    },
    "runs": [
        {
            "name": "exportone",
            "blob": "acr-transfer-1111",
            "artifacts": ["shop/web:1"],
            "digests": {},
            "after": [],
        },
        {
            "name": "exporttwo",
            "blob": "acr-transfer-2222",
            "artifacts": ["shop/api:2"],
            "digests": {},
            "after": [],
        },
    ],
    "sas_expires": "2026-12-14T00:00:00Z",
}


def source(
    *, preview: bool = False, answers: Mapping[str, Mapping[str, Any]] | None = None, **args: object
) -> Recording:
    """Make a source side with one image and these arguments."""
    given = {
        "registry_name": "contososource",
        "registry_resource_group": "rg-contoso",
        "images": ["shop/web:1.4"],
        "as_of": AS_OF,
        **args,
    }

    def program() -> pulumi.Output[Mapping[str, object]]:
        return SourceSide("source", cast("SourceSideArgs", given)).contract

    return record(program, preview=preview, answers=answers)


def target(
    *, preview: bool = False, answers: Mapping[str, Mapping[str, Any]] | None = None, **args: object
) -> Recording:
    """Make a target side of that source, with these arguments."""
    given = {
        "registry_name": "contosotarget",
        "registry_resource_group": "rg-contoso",
        "source": SOURCE,
        "source_stack": "organization/acr-transfer/source",
        "as_of": AS_OF,
        **args,
    }

    def program() -> pulumi.Output[Mapping[str, object]]:
        return TargetSide("target", cast("TargetSideArgs", given)).contract

    return record(program, preview=preview, answers=answers)
