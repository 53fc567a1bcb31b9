"""The options that every child resource has."""

from collections.abc import Sequence

import pulumi


def child_of(
    parent: pulumi.Resource,
    *,
    provider: pulumi.ProviderResource | None = None,
    protect: bool = False,
    depends_on: Sequence[pulumi.Resource] = (),
    deleted_with: pulumi.Resource | None = None,
    hooks: pulumi.ResourceHookBinding | None = None,
) -> pulumi.ResourceOptions:
    """Give the options of a child that, when it is replaced, is made anew before the old one goes.

    azure-native asks to delete first at every replacement (`Diff` in its provider.go), and the
    option overrules it: a `pulumi up` that fails half-way then leaves the old resource in place.

    Args:
        deleted_with: What takes the child along when it is deleted; the child is then not deleted
            by a call of its own.
    """
    return pulumi.ResourceOptions(
        parent=parent,
        provider=provider,
        protect=protect or None,
        depends_on=list(depends_on),
        deleted_with=deleted_with,
        delete_before_replace=False,
        hooks=hooks,
    )
