"""The resources in Terraform's language, as its provider azurerm names what it has of them."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from judges.checkov.made import Made

Arguments = dict[str, Any]


def terraform_form(made: Iterable[Made]) -> str:
    """Write the resources that azurerm has; pipelines and their runs are not among them."""
    known = {(one.type, one.name): one.inputs for one in made}
    resources = {
        (_FORMS[kind][0], name): _FORMS[kind][1](inputs)
        for (kind, name), inputs in known.items()
        if kind in _FORMS
    }
    for (kind, name), inputs in known.items():
        if kind == "storage:BlobServiceProperties":
            # In azurerm they are a part of the account.
            account = name.removesuffix("-blob-service") + "-account"
            properties = _blob_properties(inputs)
            resources["azurerm_storage_account", account]["blob_properties"] = properties
    return "\n".join(
        "\n".join(_block(f'resource "{kind}" "{name}"', arguments))
        for (kind, name), arguments in resources.items()
    )


def _block(head: str, arguments: Arguments) -> Iterator[str]:
    yield f"{head} {{"
    for key, value in arguments.items():
        if key == "tags":
            yield f"  tags = {json.dumps(value)}"
        elif isinstance(value, dict):
            yield from (f"  {line}" for line in _block(key, value))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for item in value:
                yield from (f"  {line}" for line in _block(key, item))
        elif value is not None:
            yield f"  {key} = {json.dumps(value)}"
    yield "}"


def _account(inputs: Mapping[str, Any]) -> Arguments:
    tier, replication = inputs["sku"]["name"].split("_")
    sas = inputs.get("sasPolicy")
    network = inputs["networkRuleSet"]
    return {
        "name": inputs["accountName"],
        "resource_group_name": inputs["resourceGroupName"],
        "location": inputs["location"],
        "account_kind": inputs["kind"],
        "account_tier": tier,
        "account_replication_type": replication,
        "min_tls_version": inputs["minimumTlsVersion"],
        "https_traffic_only_enabled": inputs["enableHttpsTrafficOnly"],
        "allow_nested_items_to_be_public": inputs["allowBlobPublicAccess"],
        "shared_access_key_enabled": inputs["allowSharedKeyAccess"],
        "cross_tenant_replication_enabled": inputs["allowCrossTenantReplication"],
        "default_to_oauth_authentication": inputs["defaultToOAuthAuthentication"],
        "local_user_enabled": inputs["isLocalUserEnabled"],
        "sftp_enabled": inputs["isSftpEnabled"],
        "infrastructure_encryption_enabled": inputs["encryption"][
            "requireInfrastructureEncryption"
        ],
        "public_network_access_enabled": _is_enabled(inputs.get("publicNetworkAccess")),
        "network_rules": {
            "default_action": network["defaultAction"],
            "bypass": [network["bypass"]],
        },
        "sas_policy": sas
        and {
            "expiration_period": sas["sasExpirationPeriod"],
            "expiration_action": sas["expirationAction"],
        },
        "tags": inputs["tags"],
    }


def _is_enabled(access: str | None) -> bool | None:
    return None if access is None else access == "Enabled"


def _blob_properties(inputs: Mapping[str, Any]) -> Arguments:
    def days(key: str) -> Arguments | None:
        policy = inputs.get(key, {})
        return {"days": int(policy["days"])} if policy.get("enabled") else None

    return {
        "delete_retention_policy": days("deleteRetentionPolicy"),
        "container_delete_retention_policy": days("containerDeleteRetentionPolicy"),
    }


def _container(inputs: Mapping[str, Any]) -> Arguments:
    access = {"None": "private", "Blob": "blob", "Container": "container"}
    return {
        "name": inputs["containerName"],
        "storage_account_name": inputs["accountName"],
        "container_access_type": access[inputs["publicAccess"]],
    }


def _vault(inputs: Mapping[str, Any]) -> Arguments:
    properties = inputs["properties"]
    network = properties["networkAcls"]
    addresses = [rule["value"] for rule in network.get("ipRules", [])]
    return {
        "name": inputs["vaultName"],
        "resource_group_name": inputs["resourceGroupName"],
        "location": inputs["location"],
        "tenant_id": properties["tenantId"],
        "sku_name": properties["sku"]["name"],
        "soft_delete_retention_days": int(properties["softDeleteRetentionInDays"]),
        "purge_protection_enabled": properties["enablePurgeProtection"],
        "rbac_authorization_enabled": properties["enableRbacAuthorization"],
        "enabled_for_deployment": properties["enabledForDeployment"],
        "enabled_for_disk_encryption": properties["enabledForDiskEncryption"],
        "enabled_for_template_deployment": properties["enabledForTemplateDeployment"],
        "public_network_access_enabled": _is_enabled(properties.get("publicNetworkAccess")),
        "network_acls": {
            "default_action": network["defaultAction"],
            "bypass": network["bypass"],
            "ip_rules": addresses or None,
        },
        "tags": inputs["tags"],
    }


def _secret(inputs: Mapping[str, Any]) -> Arguments:
    properties = inputs["properties"]
    return {
        "name": inputs["secretName"],
        "key_vault_id": inputs["vaultName"],
        "value": properties["value"],
        "content_type": properties["contentType"],
        "not_before_date": _moment(properties["attributes"]["notBefore"]),
        "expiration_date": _moment(properties["attributes"]["expires"]),
    }


def _registry(inputs: Mapping[str, Any]) -> Arguments:
    policies = inputs["policies"]
    return {
        "name": inputs["registryName"],
        "resource_group_name": inputs["resourceGroupName"],
        "location": inputs["location"],
        "sku": inputs["sku"]["name"],
        "admin_enabled": inputs["adminUserEnabled"],
        "anonymous_pull_enabled": inputs["anonymousPullEnabled"],
        "public_network_access_enabled": _is_enabled(inputs.get("publicNetworkAccess")),
        "zone_redundancy_enabled": _is_enabled(inputs.get("zoneRedundancy")),
        "data_endpoint_enabled": inputs.get("dataEndpointEnabled"),
        "export_policy_enabled": policies["exportPolicy"]["status"] == "enabled",
        "network_rule_bypass_option": inputs["networkRuleBypassOptions"],
        "tags": inputs["tags"],
    }


def _access_policy(inputs: Mapping[str, Any]) -> Arguments:
    policy = inputs["policy"]
    return {
        "key_vault_id": inputs["vaultName"],
        "tenant_id": policy["tenantId"],
        "object_id": policy["objectId"],
        "secret_permissions": [right.capitalize() for right in policy["permissions"]["secrets"]],
    }


def _role(inputs: Mapping[str, Any]) -> Arguments:
    return {
        "scope": inputs["scope"],
        "role_definition_id": inputs["roleDefinitionId"],
        "principal_id": inputs["principalId"],
        "principal_type": inputs["principalType"],
    }


def _identity(inputs: Mapping[str, Any]) -> Arguments:
    return {
        "name": inputs["resourceName"],
        "resource_group_name": inputs["resourceGroupName"],
        "location": inputs["location"],
        "tags": inputs["tags"],
    }


def _logs(inputs: Mapping[str, Any]) -> Arguments:
    return {
        "name": inputs["name"],
        "target_resource_id": inputs["resourceUri"],
        "log_analytics_workspace_id": inputs["workspaceId"],
        "enabled_log": [{"category": log["category"]} for log in inputs["logs"]],
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_FORMS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], Arguments]]] = {
    "authorization:RoleAssignment": ("azurerm_role_assignment", _role),
    "containerregistry:Registry": ("azurerm_container_registry", _registry),
    "keyvault:AccessPolicy": ("azurerm_key_vault_access_policy", _access_policy),
    "keyvault:Secret": ("azurerm_key_vault_secret", _secret),
    "keyvault:Vault": ("azurerm_key_vault", _vault),
    "managedidentity:UserAssignedIdentity": ("azurerm_user_assigned_identity", _identity),
    "monitor:DiagnosticSetting": ("azurerm_monitor_diagnostic_setting", _logs),
    "storage:BlobContainer": ("azurerm_storage_container", _container),
    "storage:StorageAccount": ("azurerm_storage_account", _account),
}
