"""Microsoft.Insights: diagnostic settings; they are checked and kept, and no log flows."""

import re

from typing_extensions import override

from emulator.arm.base import Handler, Put
from emulator.arm.ids import parse
from emulator.errors import AzureError
from emulator.resource_types import (
    ACCOUNT_TYPE,
    BLOB_SERVICE_TYPE,
    REGISTRY_TYPE,
    VAULT_TYPE,
    WORKSPACE_TYPE,
)
from emulator.state import Resource
from emulator.values import JsonObject, child, objects, same, text

_LOGS: dict[str, tuple[str, ...]] = {
    ACCOUNT_TYPE: (),
    BLOB_SERVICE_TYPE: ("StorageRead", "StorageWrite", "StorageDelete"),
    VAULT_TYPE: ("AuditEvent", "AzurePolicyEvaluationDetails"),
    REGISTRY_TYPE: ("ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents"),
}
_STORAGE_METRICS = ("Transaction", "Capacity", "AllMetrics")
_METRICS = {ACCOUNT_TYPE: _STORAGE_METRICS, BLOB_SERVICE_TYPE: _STORAGE_METRICS}
_GROUPS = ("allLogs", "audit")
_DESTINATIONS = (
    "workspaceId",
    "storageAccountId",
    "eventHubAuthorizationRuleId",
    "marketplacePartnerId",
)


class DiagnosticSettings(Handler):
    """Settings of one resource, whose id is their scope."""

    type = "Microsoft.Insights/diagnosticSettings"
    created_status = 200

    @override
    async def put(self, request: Put) -> Resource:
        """Say which logs and metrics of a resource go where."""
        scope = self.cloud.state.require(request.id.scope)
        wanted = request.properties
        logs, metrics = objects(wanted, "logs"), objects(wanted, "metrics")
        _check_categories(scope, logs, metrics)
        if not any(text(wanted, name) for name in _DESTINATIONS):
            raise _bad_request("At least one data sink needs to be specified.")
        self._check_workspace(text(wanted, "workspaceId"))
        properties: JsonObject = {k: v for k, v in wanted.items() if v is not None}
        properties["logs"] = [_kept(item) for item in logs]
        properties["metrics"] = [_kept(item) for item in metrics]
        body = self.new_body(request, properties)
        return Resource(id=text(body, "id"), type=self.type, body=body)

    @override
    def listed(self, scope: str, filter_: str) -> list[JsonObject]:
        """Give the settings of a resource, without those of what lies in it."""
        found = super().listed(scope, filter_)
        return [body for body in found if same(parse(text(body, "id")).scope, scope)]

    def _check_workspace(self, workspace_id: str) -> None:
        if not workspace_id:
            return
        if not re.match(r"/(subscriptions|providers)/[^/]+/", workspace_id):
            raise AzureError(
                400,
                "LinkedInvalidPropertyId",
                f"Property id '{workspace_id}' at path 'properties.workspaceId' is invalid. Expect "
                "fully qualified resource Id that start with '/subscriptions/{subscriptionId}' or "
                "'/providers/{resourceProviderNamespace}/'.",
            )
        if not same(parse(workspace_id).type, WORKSPACE_TYPE):
            raise _bad_request(f"The workspace id '{workspace_id}' is not valid.")
        self.cloud.state.require(workspace_id)


def _check_categories(scope: Resource, logs: list[JsonObject], metrics: list[JsonObject]) -> None:
    categories = _LOGS.get(scope.type)
    if categories is None:
        raise AzureError(
            400,
            "ResourceTypeNotSupported",
            f"The resource type '{scope.type.lower()}' does not support diagnostic settings.",
        )
    for log in logs:
        group = text(log, "categoryGroup")
        if group and categories:
            _check_one(group, _GROUPS, "Category group")
        else:
            _check_one(group or text(log, "category"), categories, "Category")
    for metric in metrics:
        known = _METRICS.get(scope.type, ("AllMetrics",))
        _check_one(text(metric, "category"), known, "Metric category")


def _check_one(name: str, known: tuple[str, ...], noun: str) -> None:
    if not any(same(name, item) for item in known):
        listed = f", supported categories are: '{', '.join(known)}'" if known else ""
        raise _bad_request(f"{noun} '{name}' is not supported{listed}.")


def _kept(item: JsonObject) -> JsonObject:
    return item | {
        "retentionPolicy": {"days": 0, "enabled": False} | child(item, "retentionPolicy")
    }


def _bad_request(message: str) -> AzureError:
    return AzureError(400, "BadRequest", message)
