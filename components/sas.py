"""Shared access signatures for the pipelines: when they are valid, what they allow, who signs them.

A SAS that is made from a reading of the clock is a new one at each `pulumi up`. Start and expiry
are therefore those of a fixed window of calendar time: within a window every `up` gets the same
SAS, the first `up` of the next window rotates it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import pulumi
import pulumi_azure_native.storage as storage

from components.contract import ContainerPart
from components.errors import Problem, SettingsError
from components.names import Side

SasKind = Literal["container", "account"]

# A Monday: windows of 7 days then run from Monday to Monday.
_FIRST_WINDOW = datetime(1970, 1, 5, tzinfo=UTC)
# The clocks of storage servers may be behind ours by some minutes.
_CLOCK_SKEW = timedelta(minutes=15)

# Account SAS: the document that started this project. Container SAS: Microsoft's later pages, which
# ask for delete always; here it is added only when the pipeline deletes what it imported.
_PERMISSIONS: dict[tuple[SasKind, Side], str] = {
    ("account", "source"): "rwlac",
    ("account", "target"): "rl",
    ("container", "source"): "rawl",
    ("container", "target"): "rl",
}
_ACCOUNT_RESOURCE_TYPES: dict[Side, str] = {"source": "co", "target": "sco"}


@dataclass(frozen=True)
class SasWindow:
    """The time that a SAS is valid for, in UTC, and the account key that signs it."""

    start: datetime
    expiry: datetime
    key: Literal["key1", "key2"]

    @classmethod
    def at(cls, now: datetime, days: int, grace_days: int) -> "SasWindow":
        """Find the window of `days` days that holds `now`.

        The SAS outlives its window by `grace_days`, the time left to run the next `up`. Windows
        are signed by the two account keys in turn, so that a key can be renewed while the other
        one is in use.
        """
        length = timedelta(days=days)
        index = (now - _FIRST_WINDOW) // length
        opens = _FIRST_WINDOW + index * length
        return cls(
            start=opens - _CLOCK_SKEW,
            expiry=opens + length + timedelta(days=grace_days),
            key="key1" if index % 2 == 0 else "key2",
        )

    @property
    def period(self) -> str:
        """The length of validity as a storage account's SAS policy writes it: DD.HH:MM:SS."""
        length = self.expiry - self.start
        hours, seconds = divmod(length.seconds, 3600)
        return f"{length.days}.{hours:02}:{seconds // 60:02}:{seconds % 60:02}"


@dataclass(frozen=True)
class Grant:
    """What a pipeline may do in its container: no more than its side and its options need."""

    side: Side
    kind: SasKind
    deletes_blobs: bool = False

    @property
    def permissions(self) -> str:
        """The letters of the SAS, in the order in which storage signs them."""
        letters = _PERMISSIONS[self.kind, self.side]
        return letters.replace("r", "rd", 1) if self.deletes_blobs else letters

    @property
    def resource_types(self) -> str:
        """The resource types of an account SAS."""
        return _ACCOUNT_RESOURCE_TYPES[self.side]


@dataclass(frozen=True)
class ContainerPlace:
    """A blob container, and the account that signs for it."""

    account_id: pulumi.Input[str]
    account_name: pulumi.Input[str]
    resource_group_name: pulumi.Input[str]
    container_name: pulumi.Input[str]
    uri: pulumi.Input[str]
    """https address of the container, without a SAS."""

    @classmethod
    def of_contract(
        cls, part: ContainerPart, subscription_id: pulumi.Output[str]
    ) -> "ContainerPlace":
        """Take the place that another side's contract tells of, in this side's subscription.

        Its account name raises `SettingsError` when the account lies in another subscription.
        """
        return cls(
            account_id=part.account_id,
            account_name=subscription_id.apply(lambda own: _require_in_subscription(part, own)),
            resource_group_name=part.resource_group,
            container_name=part.container,
            uri=part.uri,
        )

    @property
    def contract_part(self) -> dict[str, pulumi.Input[object]]:
        """The container as a contract tells it."""
        return {"account_id": self.account_id, "container": self.container_name, "uri": self.uri}


def mint_sas(
    grant: Grant, window: SasWindow, place: ContainerPlace, parent: pulumi.Resource
) -> pulumi.Output[str]:
    """Have the storage account sign a SAS; the result is secret and starts with `?`."""
    opts = pulumi.InvokeOutputOptions(parent=parent)
    start, expiry = _timestamp(window.start), _timestamp(window.expiry)
    if grant.kind == "account":
        account_sas: pulumi.Output[storage.ListStorageAccountSASResult] = pulumi.Output.secret(
            storage.list_storage_account_sas_output(
                account_name=place.account_name,
                resource_group_name=place.resource_group_name,
                services=storage.Services.B,
                resource_types=grant.resource_types,
                permissions=grant.permissions,
                protocols=storage.HttpProtocol.HTTPS,
                shared_access_start_time=start,
                shared_access_expiry_time=expiry,
                key_to_sign=window.key,
                opts=opts,
            )
        )
        return pulumi.Output.concat("?", account_sas.account_sas_token)
    container_sas: pulumi.Output[storage.ListStorageAccountServiceSASResult] = pulumi.Output.secret(
        storage.list_storage_account_service_sas_output(
            account_name=place.account_name,
            resource_group_name=place.resource_group_name,
            canonicalized_resource=pulumi.Output.concat(
                "/blob/", place.account_name, "/", place.container_name
            ),
            resource=storage.SignedResource.C,
            permissions=grant.permissions,
            protocols=storage.HttpProtocol.HTTPS,
            shared_access_start_time=start,
            shared_access_expiry_time=expiry,
            key_to_sign=window.key,
            opts=opts,
        )
    )
    return pulumi.Output.concat("?", container_sas.service_sas_token)


def _require_in_subscription(part: ContainerPart, subscription_id: str) -> str:
    if part.subscription.lower() != subscription_id.lower():
        rule = "a shared container lies in the subscription of the target, which signs its SAS"
        fix = "Write acr-transfer:blobs: copied in the target's file."
        raise SettingsError([Problem("storage account", part.account_id, rule, fix)])
    return part.account_name


def _timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
