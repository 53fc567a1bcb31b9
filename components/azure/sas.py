"""The SAS of a pipeline: signed by the storage account, or brought by the user."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pulumi
import pulumi_azure_native.storage as storage

from ..model.errors import SettingsError
from ..model.options import SideOptions
from ..model.sas_check import sas_faults, sas_problem, validity
from ..model.sas_terms import Grant, SasWindow
from .engine_errors import without_traceback
from .storage import ContainerPlace

_WARN_BEFORE = timedelta(days=7)


@dataclass(frozen=True)
class PipelineSas:
    """A SAS with the times that its vault and the contract tell."""

    token: pulumi.Output[str]
    """The SAS, secret, with a leading `?`."""
    start: pulumi.Output[datetime]
    expiry: pulumi.Output[datetime]


def pipeline_sas(
    brought: pulumi.Input[str] | None,
    grant: Grant,
    options: SideOptions,
    place: ContainerPlace,
    parent: pulumi.Resource,
) -> PipelineSas:
    """Take the SAS that the user brings, or have the storage account sign one for the window."""
    window, now = options.sas_window, options.as_of
    if brought is None:
        return PipelineSas(
            token=_mint(
                grant,
                window,
                place,
                pulumi.InvokeOutputOptions(parent=parent, provider=place.provider),
            ),
            start=pulumi.Output.from_input(window.start),
            expiry=pulumi.Output.from_input(window.expiry),
        )
    token = pulumi.Output.secret(brought)
    # The times are no secret: the contract and the vault tell them to everybody.
    times = pulumi.Output.unsecret(token).apply(validity)
    return PipelineSas(
        token=token.apply(lambda text: _checked(text, grant, now)),
        start=times.apply(lambda pair: pair[0] or datetime.fromtimestamp(0, UTC)),
        expiry=times.apply(lambda pair: pair[1]),
    )


@without_traceback()
def _checked(token: str, grant: Grant, now: datetime) -> str:
    faults = sas_faults(token, grant, now)
    if faults:
        raise SettingsError([sas_problem("sas", fault, "Give another one.") for fault in faults])
    _, expiry = validity(token)
    if expiry - now < _WARN_BEFORE:
        pulumi.log.warn(
            f"The SAS given as `sas` ends at {expiry:%Y-%m-%d %H:%M} UTC, and nothing rotates it. "
            "Give another one before that."
        )
    return token


def _mint(
    grant: Grant, window: SasWindow, place: ContainerPlace, opts: pulumi.InvokeOutputOptions
) -> pulumi.Output[str]:
    """Have the storage account sign a SAS; the result is secret and starts with `?`."""
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
                "/blob/", place.account_name, "/", place.name
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


def _timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
