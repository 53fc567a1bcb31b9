"""Answers as Azure would give them, for unit tests of programs that use the components.

`AzureMocks` goes to `pulumi.runtime.set_mocks`: docs/reuse.md has an example.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
from pulumi.runtime import rpc

SIGNATURE = "c2VjcmV0LXNpZ25hdHVyZQ"
"""What every SAS ends with that is signed here."""
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
SUFFIX = "abcd2345"
"""The random part of every name."""

Properties = dict[str, Any]


class _AutoNamed(Properties):
    """Inputs in which a name that was left out is the resource's own, as with azure-native."""

    def __init__(self, name: str, inputs: Properties) -> None:
        super().__init__(inputs)
        self._name = name

    def __missing__(self, key: str) -> str:
        if key.endswith("Name"):
            return self._name
        raise KeyError(key)


class AzureMocks(pulumi.runtime.Mocks):
    """Answers every resource and call of the components; of others it gives the inputs back.

    Args:
        answers: What a type or call answers instead or besides, by its token without
            `azure-native:`, such as `{"keyvault:getVault": {"name": "theirs"}}`.
    """

    def __init__(self, answers: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.answers = dict(answers or {})
        self.inputs: dict[str, Properties] = {}
        """The inputs of each resource by its name, secrets unwrapped."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, Properties]:
        """Give the ID and the outputs of a resource."""
        inputs = self.inputs[args.name] = unwrap(args.inputs)
        short_type = args.typ.removeprefix("azure-native:")
        if args.typ.startswith("acrtransfer:index:"):
            return None, {}
        if pulumi.runtime.is_dry_run():
            return None, inputs
        answer = RESOURCES.get(short_type)
        named = _AutoNamed(args.name, inputs)
        identifier, outputs = answer(named) if answer else (f"id-of-{args.name}", {})
        return identifier, {**inputs, **outputs, **self.answers.get(short_type, {})}

    def call(self, args: pulumi.runtime.MockCallArgs) -> Properties:  # type: ignore[override]
        """Give the result of a function."""
        short_token = args.token.removeprefix("azure-native:")
        answer = CALLS.get(short_token)
        result = answer(unwrap(args.args)) if answer else {}
        # A provider of another subscription finds what lies there.
        subscription = (args.provider or "").rpartition("::")[2]
        if subscription and "id" in result:
            identifier = result["id"].replace(SUBSCRIPTION, f"/subscriptions/{subscription}")
            result = {**result, "id": identifier}
        return {**result, **self.answers.get(short_token, {})}


def is_secret(value: object) -> bool:
    """Tell whether a property arrived wrapped as a secret."""
    return isinstance(value, dict) and value.get(rpc._special_sig_key) == rpc._special_secret_sig


def unwrap(value: Any) -> Any:
    """Take the secret wrappings off a property, at any depth."""
    if is_secret(value):
        return unwrap(value["value"])
    if isinstance(value, dict):
        return {key: unwrap(item) for key, item in value.items()}
    if isinstance(value, list):
        return [unwrap(item) for item in value]
    return value


def _arm_id(group: str, path: str) -> str:
    return f"{SUBSCRIPTION}/resourceGroups/{group}/providers/{path}"


def _child_of_registry(kind: str, name_key: str) -> Callable[[Properties], tuple[str, Properties]]:
    def answer(inputs: Properties) -> tuple[str, Properties]:
        registry = f"Microsoft.ContainerRegistry/registries/{inputs['registryName']}"
        name = inputs[name_key]
        outputs = {"name": name}
        if inputs.get("identity", {}).get("type") == "SystemAssigned":
            principal = "00000000-0000-0000-0000-00000000dddd"
            outputs["identity"] = {"type": "systemAssigned", "principalId": principal}
        return _arm_id(inputs["resourceGroupName"], f"{registry}/{kind}/{name}"), outputs

    return answer


def _pipeline_run(inputs: Properties) -> tuple[str, Properties]:
    identifier, outputs = _child_of_registry("pipelineRuns", "pipelineRunName")(inputs)
    return identifier, {
        **outputs,
        "provisioningState": "Succeeded",
        "response": {"status": "Succeeded"},
    }


def _made_registry(inputs: Properties) -> tuple[str, Properties]:
    made = _registry(inputs)
    return made["id"], {**made, "location": inputs["location"]}


def _storage_account(inputs: Properties) -> tuple[str, Properties]:
    name = inputs["accountName"]
    path = f"Microsoft.Storage/storageAccounts/{name}"
    return _arm_id(inputs["resourceGroupName"], path), {
        "name": name,
        "primaryEndpoints": {"blob": f"https://{name}.blob.core.windows.net/"},
    }


def _vault(inputs: Properties) -> tuple[str, Properties]:
    name = inputs["vaultName"]
    return _arm_id(inputs["resourceGroupName"], f"Microsoft.KeyVault/vaults/{name}"), {
        "name": name,
        "properties": {**inputs["properties"], "vaultUri": f"https://{name}.vault.azure.net/"},
    }


def _secret(inputs: Properties) -> tuple[str, Properties]:
    name = inputs["secretName"]
    path = f"Microsoft.KeyVault/vaults/{inputs['vaultName']}/secrets/{name}"
    return _arm_id(inputs["resourceGroupName"], path), {"name": name}


def _identity(inputs: Properties) -> tuple[str, Properties]:
    name = inputs["resourceName"]
    path = f"Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
    return _arm_id(inputs["resourceGroupName"], path), {
        "name": name,
        "principalId": "00000000-0000-0000-0000-00000000aaaa",
    }


def _named(key: str) -> Callable[[Properties], tuple[str, Properties]]:
    return lambda inputs: (f"id-of-{inputs[key]}", {"name": inputs[key]})


def _existing_identity(inputs: Properties) -> Properties:
    path = f"Microsoft.ManagedIdentity/userAssignedIdentities/{inputs['resourceName']}"
    return {
        "id": _arm_id(inputs["resourceGroupName"], path),
        "principalId": "00000000-0000-0000-0000-00000000cccc",
    }


def _existing_vault(inputs: Properties) -> Properties:
    name = inputs["vaultName"]
    return {
        "id": _arm_id(inputs["resourceGroupName"], f"Microsoft.KeyVault/vaults/{name}"),
        "name": name,
        "properties": {
            "tenantId": "00000000-0000-0000-0000-00000000bbbb",
            "sku": {"family": "A", "name": "standard"},
            "vaultUri": f"https://{name}.vault.azure.net/",
            "enableRbacAuthorization": name.endswith("roles"),
            "provisioningState": "Succeeded",
            "hsmPoolResourceId": "",
        },
    }


def _existing_account(inputs: Properties) -> Properties:
    name = inputs["accountName"]
    return {
        "id": _arm_id(inputs["resourceGroupName"], f"Microsoft.Storage/storageAccounts/{name}"),
        "name": name,
        "primaryEndpoints": {"blob": f"https://{name}.blob.core.windows.net/"},
    }


RESOURCES: dict[str, Callable[[Properties], tuple[str, Properties]]] = {
    "random:index/randomString:RandomString": lambda _: (SUFFIX, {"result": SUFFIX}),
    "pulumi:pulumi:StackReference": _named("name"),
    "resources:ResourceGroup": _named("resourceGroupName"),
    "storage:StorageAccount": _storage_account,
    "storage:BlobServiceProperties": _named("blobServicesName"),
    "storage:BlobContainer": _named("containerName"),
    "storage:ManagementPolicy": _named("managementPolicyName"),
    "keyvault:Vault": _vault,
    "keyvault:AccessPolicy": _named("vaultName"),
    "keyvault:Secret": _secret,
    "managedidentity:UserAssignedIdentity": _identity,
    "authorization:RoleAssignment": _named("roleAssignmentName"),
    "monitor:DiagnosticSetting": _named("name"),
    "containerregistry/v20250601preview:ExportPipeline": _child_of_registry(
        "exportPipelines", "exportPipelineName"
    ),
    "containerregistry/v20250601preview:ImportPipeline": _child_of_registry(
        "importPipelines", "importPipelineName"
    ),
    "pulumi:index:Stash": lambda inputs: ("stash", {"output": inputs["input"]}),
    "containerregistry:Registry": _made_registry,
    "pulumi:providers:azure-native": lambda inputs: (inputs["subscriptionId"], {}),
    "containerregistry:ExportPipeline": _child_of_registry("exportPipelines", "exportPipelineName"),
    "containerregistry:ImportPipeline": _child_of_registry("importPipelines", "importPipelineName"),
    "containerregistry:PipelineRun": _pipeline_run,
}


def _registry(inputs: Properties) -> Properties:
    name = inputs["registryName"]
    path = f"Microsoft.ContainerRegistry/registries/{name}"
    return {
        "id": _arm_id(inputs["resourceGroupName"], path),
        "name": name,
        "location": "westeurope",
        "loginServer": f"{name}.azurecr.io",
        "sku": {"name": "Premium", "tier": "Premium"},
        "policies": {"exportPolicy": {"status": "enabled"}},
    }


def _sas(inputs: Properties) -> str:
    """Sign what is asked for, as an account does."""
    asked = {
        "sv": "1",
        "srt": inputs.get("resourceTypes"),
        "sp": inputs["permissions"],
        "spr": inputs["protocols"],
        "st": inputs["sharedAccessStartTime"],
        "se": inputs["sharedAccessExpiryTime"],
        "sig": SIGNATURE,
    }
    return "&".join(f"{name}={value}" for name, value in asked.items() if value)


CALLS: dict[str, Callable[[Properties], Properties]] = {
    "containerregistry:getRegistry": _registry,
    "keyvault:getVault": _existing_vault,
    "storage:getStorageAccount": _existing_account,
    "storage:getBlobContainer": lambda inputs: {"name": inputs["containerName"]},
    "managedidentity:getUserAssignedIdentity": _existing_identity,
    "resources:getResourceGroup": lambda inputs: {
        "id": f"{SUBSCRIPTION}/resourceGroups/{inputs['resourceGroupName']}",
        "name": inputs["resourceGroupName"],
        "location": "northeurope",
    },
    "operationalinsights:getWorkspace": lambda inputs: {
        "id": _arm_id(
            inputs["resourceGroupName"],
            f"Microsoft.OperationalInsights/workspaces/{inputs['workspaceName']}",
        ),
        "name": inputs["workspaceName"],
    },
    "authorization:getClientConfig": lambda _: {
        "tenantId": "00000000-0000-0000-0000-00000000bbbb",
        "subscriptionId": SUBSCRIPTION.split("/")[2],
    },
    "storage:listStorageAccountServiceSAS": lambda args: {"serviceSasToken": _sas(args)},
    "pulumi:pulumi:readStackOutputs": lambda inputs: {"name": inputs["name"], "outputs": {}},
    "storage:listStorageAccountSAS": lambda args: {"accountSasToken": _sas(args)},
}
