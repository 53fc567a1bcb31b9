"""The keys that both components take, in the form that a Pulumi component host understands.

The SDK's analyzer makes the package's schema of the annotations: it takes `list` and `dict` of
plain types and no unions, so choices are `str` here and are checked by the models in `config`.
"""

from typing import NotRequired, TypedDict

import pulumi


class SideArgs(TypedDict):
    """What both sides are told; keys without a text here are those of `SideOptions`.

    A key that decides which resources exist is plain. An input may be an output of another
    resource, and is checked when it is known.
    """

    registry_name: pulumi.Input[str]
    """Name of the registry."""
    registry_resource_group: pulumi.Input[str]
    """Resource group of the registry."""
    location: NotRequired[pulumi.Input[str]]
    """Azure location of what is created; the registry's own when absent."""
    resource_group: NotRequired[pulumi.Input[str]]
    """An existing resource group for what is created, its name, or its ID as plain text."""
    log_analytics_workspace: NotRequired[pulumi.Input[str]]
    """ID of a Log Analytics workspace that logs go to; none when absent."""
    sas: NotRequired[pulumi.Input[str]]
    """A SAS of your own, secret, instead of a signed one; for existing storage or shared blobs."""
    create_registry: NotRequired[bool]
    prefix: NotRequired[str]
    container: NotRequired[str]
    storage: NotRequired[str]
    storage_access: NotRequired[str]
    storage_redundancy: NotRequired[str]
    identity: NotRequired[str]
    vault: NotRequired[str]
    vault_addresses: NotRequired[list[str]]
    role_wait_seconds: NotRequired[int]
    sas_kind: NotRequired[str]
    sas_policy: NotRequired[str]
    sas_days: NotRequired[int]
    sas_grace_days: NotRequired[int]
    blob_retention_days: NotRequired[int]
    rerun: NotRequired[int]
    tags: NotRequired[dict[str, str]]
    protect: NotRequired[bool]
    as_of: NotRequired[str]
