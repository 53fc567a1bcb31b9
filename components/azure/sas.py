"""The SAS of a pipeline: signed by the storage account, or brought by the user."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pulumi
import pulumi_azure_native.storage as storage
from pydantic import SecretStr

from ..model.errors import SettingsError
from ..model.sas_check import sas_faults, sas_problem
from ..model.sas_source import (
    GIVE_ANOTHER,
    WARN_BEFORE,
    BroughtSas,
    MintedSas,
    SasSource,
    SasTerms,
    sas_fields,
)
from ..model.sas_terms import Grant, SasWindow
from .engine_errors import without_traceback
from .storage import ContainerPlace


@dataclass(frozen=True)
class PipelineSas:
    """A SAS with the times that its vault and the contract tell."""

    token: pulumi.Output[str]
    """The SAS, secret, with a leading `?`."""
    start: pulumi.Output[datetime]
    expiry: pulumi.Output[datetime | None]
    """None where the SAS does not tell it: a stored access policy does."""


def pipeline_sas(
    source: SasSource,
    brought: pulumi.Input[str] | None,
    grant: Grant,
    place: ContainerPlace,
    now: datetime,
    parent: pulumi.Resource,
) -> PipelineSas:
    """Take the SAS that the user brings, or have the storage account sign one for the window."""
    if isinstance(source, MintedSas):
        opts = pulumi.InvokeOutputOptions(parent=parent, provider=place.provider)
        return PipelineSas(
            token=_mint(grant, source.window, place, opts),
            start=pulumi.Output.from_input(source.window.start),
            expiry=pulumi.Output.from_input(source.window.expiry),
        )
    assert brought is not None
    token = pulumi.Output.secret(brought)
    # The times are no secret: the contract and the vault tell them to everybody.
    terms = pulumi.Output.unsecret(token).apply(lambda text: SasTerms.of(sas_fields(text)))
    return PipelineSas(
        token=token.apply(lambda text: _checked(text, grant, place, now)),
        start=terms.apply(lambda known: known.begins or datetime.fromtimestamp(0, UTC)),
        expiry=terms.apply(lambda known: known.ends),
    )


@without_traceback()
def _checked(token: str, grant: Grant, place: ContainerPlace, now: datetime) -> str:
    problems = [sas_problem("sas", fault, GIVE_ANOTHER) for fault in sas_faults(token, grant, now)]
    if place.rules is not None:
        problems += place.rules.problems(BroughtSas(SecretStr(token)))
    if problems:
        raise SettingsError(problems)
    terms = SasTerms.of(sas_fields(token))
    if terms.ends is None:
        pulumi.log.warn(
            f"When the SAS given as `sas` ends stands in the container's access policy "
            f"{terms.access_policy!r}, which is not read: nothing counts the days, and nothing "
            "rotates the SAS."
        )
    elif terms.ends - now < WARN_BEFORE:
        pulumi.log.warn(
            f"The SAS given as `sas` ends at {terms.ends:%Y-%m-%d %H:%M} UTC, and nothing rotates "
            f"it. {GIVE_ANOTHER}"
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
