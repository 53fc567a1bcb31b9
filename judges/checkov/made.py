"""What both sides register in arrangements that differ in what they make."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import pulumi

from components.source_side import SourceSide, SourceSideArgs
from components.target_side import TargetSide, TargetSideArgs
from components.testing import SUBSCRIPTION, AzureMocks, Properties, unwrap

_WORKSPACE = "Microsoft.OperationalInsights/workspaces/logs"
_SHARED = {"as_of": "2026-11-24T12:00:00Z", "registry_resource_group": "registries"}
# What a setting closes in one arrangement is open in another, so that each waiver is needed.
ARRANGEMENTS: Mapping[str, Mapping[str, object]] = {
    "default": {},
    "roles": {"vault": "roles", "sas_kind": "account"},
    "identity": {"storage_access": "managed-identity"},
    "registry": {"create_registry": True},
    "hardened": {
        "sas_policy": "block",
        "storage_redundancy": "Standard_GZRS",
        "vault_addresses": ["203.0.113.0/24"],
        "log_analytics_workspace": f"{SUBSCRIPTION}/resourceGroups/logs/providers/{_WORKSPACE}",
    },
}


@dataclass(frozen=True)
class Made:
    """A resource as it was registered."""

    type: str
    name: str
    inputs: Mapping[str, Any]


def made_in(arrangement: str) -> list[Made]:
    """Give what both sides make in an arrangement."""
    mocks = _Recorder()
    # The SDK takes the thread's loop.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        pulumi.runtime.set_mocks(mocks, "acr-transfer", arrangement)
        contracts: list[Mapping[str, object]] = []
        _make_source(ARRANGEMENTS[arrangement], contracts)
        _make_target(ARRANGEMENTS[arrangement], contracts[0])
    finally:
        loop.close()
        asyncio.set_event_loop(None)
    return mocks.made


@pulumi.runtime.test  # type: ignore[untyped-decorator]
def _make_source(
    values: Mapping[str, object], contracts: list[Mapping[str, object]]
) -> pulumi.Output[None]:
    args = {**_SHARED, "registry_name": "contososource", "images": ["shop/web:1.4"], **values}
    return SourceSide("source", cast("SourceSideArgs", args)).contract.apply(contracts.append)


@pulumi.runtime.test  # type: ignore[untyped-decorator]
def _make_target(
    values: Mapping[str, object], source: Mapping[str, object]
) -> pulumi.Output[Mapping[str, object]]:
    of_source = {"source": source, "source_stack": "organization/acr-transfer/source"}
    args = {**_SHARED, "registry_name": "contosotarget", **of_source, **values}
    return TargetSide("target", cast("TargetSideArgs", args)).contract


class _Recorder(AzureMocks):
    def __init__(self) -> None:
        super().__init__()
        self.made: list[Made] = []

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, Properties]:
        if args.typ.startswith("azure-native:"):
            kind = args.typ.removeprefix("azure-native:")
            self.made.append(Made(kind, args.name, unwrap(args.inputs)))
        return super().new_resource(args)
