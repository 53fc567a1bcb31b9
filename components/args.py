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
    """Name of the existing registry."""
    registry_resource_group: pulumi.Input[str]
    """Resource group of the registry."""
    location: NotRequired[pulumi.Input[str]]
    """Azure location of what is created; the registry's own when absent."""
    resource_group_name: NotRequired[pulumi.Input[str]]
    """An existing resource group for what is created; a new one when absent."""
    sas: NotRequired[pulumi.Input[str]]
    """A SAS of your own, secret, instead of a signed one; for existing storage or shared blobs."""
    prefix: NotRequired[str]
    container: NotRequired[str]
    storage: NotRequired[str]
    identity: NotRequired[str]
    vault: NotRequired[str]
    sas_kind: NotRequired[str]
    sas_days: NotRequired[int]
    sas_grace_days: NotRequired[int]
    blob_retention_days: NotRequired[int]
    rerun: NotRequired[int]
    tags: NotRequired[dict[str, str]]
    as_of: NotRequired[str]
