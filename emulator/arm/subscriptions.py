"""What a signed-in application sees of tenants, subscriptions and their content."""

import re

from emulator.account import Account, Application
from emulator.arm.base import Caller
from emulator.arm.ids import parse
from emulator.arm.storage_skus import LOCATIONS
from emulator.errors import AzureError
from emulator.resource_types import GROUP_TYPE, SUBSCRIPTION_TYPE
from emulator.state import Resource, State
from emulator.values import JsonObject, same, text

_CONDITION = re.compile(r"(?i)(?P<key>resourceType|resourceGroup|name) eq '(?P<value>[^']*)'")


class Subscriptions:
    """Reads of a subscription as such; the rest of Resource Manager is about what lies in one."""

    def __init__(self, state: State, account: Account) -> None:
        self._state = state
        self._account = account

    def tenants(self, caller: Caller) -> list[JsonObject]:
        """Give the tenant of the caller."""
        tenant = caller.tenant_id
        domain = f"{tenant}.azure.test"
        return [
            {
                "id": f"/tenants/{tenant}",
                "tenantId": tenant,
                "displayName": "Emulated",
                "defaultDomain": domain,
                "domains": [domain],
                "countryCode": "NL",
                "tenantCategory": "Home",
                "tenantType": "AAD",
            }
        ]

    def all(self, caller: Caller) -> list[JsonObject]:
        """Give the subscriptions of the caller's tenant."""
        claimed = [
            subscription.id.split("/")[2]
            for subscription in self._state.list(SUBSCRIPTION_TYPE)
            if same(text(subscription.body, "tenantId"), caller.tenant_id)
        ]
        own = [app.subscription_id for app in self._applications(caller)]
        return [_subscription(id_, caller) for id_ in dict.fromkeys([*own, *claimed])]

    def get(self, subscription_id: str, caller: Caller) -> JsonObject:
        """Give one of them."""
        for subscription in self.all(caller):
            if same(text(subscription, "subscriptionId"), subscription_id):
                return subscription
        raise AzureError(
            404,
            "SubscriptionNotFound",
            f"The subscription '{subscription_id}' could not be found.",
        )

    def locations(self, subscription_id: str) -> list[JsonObject]:
        """Give the locations of which the emulator knows the redundancy; it takes any other."""
        return [
            {
                "id": f"/subscriptions/{subscription_id}/locations/{name}",
                "name": name,
                "type": "Region",
                "displayName": name,
                "regionalDisplayName": name,
                "metadata": {"regionType": "Physical", "regionCategory": "Recommended"},
            }
            for name in LOCATIONS
        ]

    def resources(self, scope: str, filter_: str) -> list[JsonObject]:
        """Give the resources of a subscription or a group, of those that a filter names."""
        conditions = _conditions(filter_)
        return [
            _entry(resource)
            for resource in self._state.under(scope)
            if _is_top(resource) and all(_holds(resource, *pair) for pair in conditions)
        ]

    def _applications(self, caller: Caller) -> list[Application]:
        return [
            app
            for app in self._account.applications()
            if same(app.tenant_id, caller.tenant_id) and same(app.client_id, caller.client_id)
        ]


def _subscription(id_: str, caller: Caller) -> JsonObject:
    return {
        "id": f"/subscriptions/{id_}",
        "subscriptionId": id_,
        "tenantId": caller.tenant_id,
        "displayName": f"Emulated {id_[:8]}",
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
    }


def _conditions(filter_: str) -> list[tuple[str, str]]:
    pairs = []
    for part in re.split(r"\s+and\s+", filter_) if filter_ else []:
        found = _CONDITION.fullmatch(part.strip())
        if found is None:
            raise AzureError(
                400, "InvalidFilterInQueryString", f"Invalid $filter '{filter_}' in the query."
            )
        pairs.append((found["key"].lower(), found["value"]))
    return pairs


def _holds(resource: Resource, key: str, value: str) -> bool:
    match key:
        case "resourcetype":
            return same(resource.type, value)
        case "resourcegroup":
            return same(resource.id.split("/")[4], value)
    return same(resource.name, value)


def _is_top(resource: Resource) -> bool:
    """Tell whether a resource lies in a group, and in nothing else there."""
    rid = parse(resource.id)
    return same(rid.scope, rid.group_id) and not rid.parent and resource.type != GROUP_TYPE


def _entry(resource: Resource) -> JsonObject:
    keys = ("id", "name", "type", "location", "tags", "sku", "kind", "identity")
    return {key: resource.body[key] for key in keys if key in resource.body}
