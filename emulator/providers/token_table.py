"""The resource types of azure-native that the emulator has."""

from emulator.errors import EmulatorError
from emulator.providers.tokens import TypeMap

_GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
_ACCOUNT = f"{_GROUP}/providers/Microsoft.Storage/storageAccounts/{{accountName}}"
_VAULT = f"{_GROUP}/providers/Microsoft.KeyVault/vaults/{{vaultName}}"
_REGISTRY = f"{_GROUP}/providers/Microsoft.ContainerRegistry/registries/{{registryName}}"
ACCESS_POLICY = "azure-native:keyvault:AccessPolicy"
SECRET = "azure-native:keyvault:Secret"
GENERIC = "azure-native:resources:Resource"


def type_map(token: str) -> TypeMap:
    """Give the map of a token, or fail loudly."""
    found = _BY_TOKEN.get(token)
    if found is None:
        raise EmulatorError(
            f"The emulator does not have the resource type '{token}'. "
            f"It has {', '.join(sorted(_BY_TOKEN))}."
        )
    return found


def tokens() -> list[str]:
    """Give all tokens."""
    return list(_BY_TOKEN)


_TYPES = (
    TypeMap(
        "azure-native:resources:ResourceGroup",
        _GROUP,
        "2024-03-01",
        flat=False,
        fixed=("location",),
        has_location=True,
    ),
    TypeMap(
        GENERIC,
        f"{_GROUP}/providers/{{resourceProviderNamespace}}/{{parentResourcePath}}"
        "/{resourceType}/{resourceName}",
        "2024-03-01",
        flat=False,
        has_location=True,
        version_input="apiVersion",
    ),
    TypeMap(
        "azure-native:storage:StorageAccount",
        _ACCOUNT,
        "2024-01-01",
        names={
            "enableHttpsTrafficOnly": "supportsHttpsTrafficOnly",
            "enableNfsV3": "isNfsV3Enabled",
            "networkRuleSet": "networkAcls",
            "networkRuleSet.ipRules.iPAddressOrRange": "value",
            "networkRuleSet.virtualNetworkRules.virtualNetworkResourceId": "id",
            "encryption.keyVaultProperties": "keyvaultproperties",
        },
        fixed=("location", "isHnsEnabled"),
        has_location=True,
    ),
    TypeMap(
        "azure-native:storage:BlobServiceProperties",
        f"{_ACCOUNT}/blobServices/{{blobServicesName}}",
        "2024-01-01",
        singleton=True,
    ),
    TypeMap(
        "azure-native:storage:BlobContainer",
        f"{_ACCOUNT}/blobServices/default/containers/{{containerName}}",
        "2024-01-01",
    ),
    TypeMap(
        "azure-native:storage:ManagementPolicy",
        f"{_ACCOUNT}/managementPolicies/{{managementPolicyName}}",
        "2024-01-01",
    ),
    TypeMap(
        "azure-native:keyvault:Vault",
        _VAULT,
        "2024-11-01",
        flat=False,
        own_resources=("accessPolicies",),
        has_location=True,
    ),
    TypeMap(
        SECRET,
        f"{_VAULT}/secrets/{{secretName}}",
        "2024-11-01",
        flat=False,
        names={
            "properties.attributes.expires": "exp",
            "properties.attributes.notBefore": "nbf",
        },
        write_only="value",
    ),
    TypeMap(
        "azure-native:managedidentity:UserAssignedIdentity",
        f"{_GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{{resourceName}}",
        "2023-01-31",
        fixed=("location",),
        has_location=True,
    ),
    TypeMap(
        "azure-native:authorization:RoleAssignment",
        "{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
        "2022-04-01",
        fixed=("principalId",),
    ),
    TypeMap(
        "azure-native:containerregistry:Registry",
        _REGISTRY,
        "2023-01-01-preview",
        fixed=("location",),
        has_location=True,
    ),
    *(
        TypeMap(
            f"azure-native:containerregistry{module_version}:{kind}Pipeline",
            f"{_REGISTRY}/{kind.lower()}Pipelines/{{{kind.lower()}PipelineName}}",
            api_version,
            has_location=True,
        )
        # The second token is what the package of a single version, or an own class, says.
        for module_version, api_version in (
            ("", "2023-01-01-preview"),
            ("/v20250601preview", "2025-06-01-preview"),
        )
        for kind in ("Export", "Import")
    ),
    TypeMap(
        "azure-native:containerregistry:PipelineRun",
        f"{_REGISTRY}/pipelineRuns/{{pipelineRunName}}",
        "2024-11-01-preview",
    ),
    TypeMap(
        "azure-native:operationalinsights:Workspace",
        f"{_GROUP}/providers/Microsoft.OperationalInsights/workspaces/{{workspaceName}}",
        "2023-09-01",
        fixed=("location",),
        has_location=True,
    ),
    TypeMap(
        "azure-native:monitor:DiagnosticSetting",
        "{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}",
        "2021-05-01-preview",
    ),
    TypeMap(
        ACCESS_POLICY,
        f"{_VAULT}/accessPolicy/{{policy.objectId}}",
        "2024-11-01",
    ),
)
_BY_TOKEN = {item.token: item for item in _TYPES}
