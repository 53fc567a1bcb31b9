"""Diagnostic settings: the logs of what is created, sent to a workspace of the user's."""

from collections.abc import Sequence

import pulumi
import pulumi_azure_native as azure_native

from .child_options import child_of


def send_logs(
    name: str,
    workspace_id: pulumi.Input[str] | None,
    resource_id: pulumi.Input[str],
    categories: Sequence[str],
    parent: pulumi.Resource,
) -> None:
    """Send these logs of a resource to the workspace, if one is given.

    The categories are those of https://learn.microsoft.com/azure/azure-monitor/reference/.
    """
    if workspace_id is None:
        return
    # Not imported above, as few stacks need it: the SDK loads a module at its first use.
    azure_native.monitor.DiagnosticSetting(
        name,
        name="acr-transfer",
        resource_uri=resource_id,
        workspace_id=workspace_id,
        logs=[{"category": category, "enabled": True} for category in categories],
        opts=child_of(parent),
    )
