"""A recording engine for unit tests: answers as Azure would, refuses what it does not know."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime import rpc, settings

SIGNATURE = "c2VjcmV0LXNpZ25hdHVyZQ"
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
SUFFIX = "abcd2345"

Properties = dict[str, Any]


@dataclass(frozen=True)
class Registration:
    """One resource as the engine was asked to register it."""

    type: str
    name: str
    inputs: Mapping[str, Any]
    secret_inputs: frozenset[str]
    parent: str
    depends_on: tuple[str, ...]
    deleted_with: str
    ignore_changes: tuple[str, ...]
    protect: bool
    retain_on_delete: bool
    provider: str
    after_create: tuple[str, ...]
    deletes_before_replace: bool | None
    """None: as the provider asks."""
    replacement_trigger: Any


@dataclass
class RecordingMocks(pulumi_mocks.Mocks):
    """Answers registrations and calls; `answers` replaces or extends what a type or call gives."""

    answers: dict[str, Mapping[str, Any]] = field(default_factory=Properties)
    calls: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, Properties]:
        inputs = unwrap(args.inputs)
        short_type = args.typ.removeprefix("azure-native:")
        if args.typ.startswith("acrtransfer:index:"):
            return None, {}
        if pulumi.runtime.is_dry_run():
            return None, inputs
        identifier, outputs = _RESOURCES[short_type](inputs)
        outputs = {**inputs, **outputs, **self.answers.get(short_type, {})}
        return identifier, outputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> Properties:  # type: ignore[override]
        inputs = unwrap(args.args)
        self.calls.append((args.token, inputs))
        short_token = args.token.removeprefix("azure-native:")
        answer = _CALLS[short_token](inputs)
        return {**answer, **self.answers.get(short_token, {})}


class RecordingMonitor(pulumi_mocks.MockMonitor):
    """Keeps each registration with its options."""

    def __init__(self, mocks: pulumi_mocks.Mocks) -> None:
        super().__init__(mocks)
        self.registrations: list[Registration] = []

    def RegisterResource(self, request: Any) -> Any:
        raw = rpc.deserialize_properties(request.object)
        if request.type != "pulumi:pulumi:Stack":
            self.registrations.append(
                Registration(
                    type=request.type.removeprefix("azure-native:"),
                    name=request.name,
                    inputs=unwrap(raw),
                    secret_inputs=frozenset(key for key, value in raw.items() if is_secret(value)),
                    parent=request.parent.rsplit("::", 1)[-1],
                    depends_on=tuple(urn.rsplit("::", 1)[-1] for urn in request.dependencies),
                    deleted_with=request.deletedWith.rsplit("::", 1)[-1],
                    ignore_changes=tuple(request.ignoreChanges),
                    protect=request.protect,
                    retain_on_delete=request.retainOnDelete,
                    after_create=tuple(request.hooks.after_create),
                    deletes_before_replace=(
                        request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None
                    ),
                    replacement_trigger=unwrap(
                        rpc.deserialize_property(request.replacement_trigger)
                    ),
                    provider=request.provider.rpartition("::")[0].rsplit("::", 1)[-1],
                )
            )
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Recording:
    """What a program registered and called, and what its result came to."""

    registrations: tuple[Registration, ...]
    calls: tuple[tuple[str, Mapping[str, Any]], ...]
    result: Any
    result_is_secret: bool

    def only(self, type_: str) -> Registration:
        """Give the one registration of a type."""
        found = self.all(type_)
        assert len(found) == 1, f"{len(found)} resources of type {type_}"
        return found[0]

    def all(self, type_: str) -> list[Registration]:
        """Give the registrations of a type."""
        return [item for item in self.registrations if item.type == type_]

    def called(self, token: str) -> list[Mapping[str, Any]]:
        """Give the arguments of the calls of a function."""
        return [args for name, args in self.calls if name == f"azure-native:{token}"]


def record(
    program: Callable[[], Any],
    *,
    preview: bool = False,
    answers: Mapping[str, Mapping[str, Any]] | None = None,
) -> Recording:
    """Run a program to its end on the recording engine."""
    # The SDK takes the thread's loop, which another test may have closed.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return _record(program, preview, answers or {})
    finally:
        # What a refused program left unfinished must not reach the next one.
        left = asyncio.all_tasks(loop)
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        settings.SETTINGS.rpc_manager.clear()
        # Its lost errors are not logged: the collector may find them while Python 3.11 parses, and
        # the text of a traceback is parsed too, which it cannot do inside.
        loop.set_exception_handler(lambda *_: None)
        loop.close()
        asyncio.set_event_loop(None)


def _record(
    program: Callable[[], Any], preview: bool, answers: Mapping[str, Mapping[str, Any]]
) -> Recording:
    mocks = RecordingMocks(answers=dict(answers))
    monitor = RecordingMonitor(mocks)
    pulumi.runtime.set_mocks(
        mocks, "acr-transfer", "dev", preview, monitor=monitor, organization="organization"
    )
    seen: dict[str, Any] = {}

    async def resolve(output: pulumi.Output[Any]) -> None:
        seen["known"] = await output.is_known()
        seen["secret"] = await output.is_secret()
        seen["value"] = await output.future()

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def run() -> pulumi.Output[None]:
        output: pulumi.Output[Any] = pulumi.Output.from_input(program())
        return pulumi.Output.from_input(resolve(output))

    run()
    return Recording(
        tuple(monitor.registrations), tuple(mocks.calls), seen["value"], seen["secret"]
    )


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


_RESOURCES: dict[str, Callable[[Properties], tuple[str, Properties]]] = {
    "random:index/randomString:RandomString": lambda _: (SUFFIX, {"result": SUFFIX}),
    "pulumi:pulumi:StackReference": _named("name"),
    "resources:ResourceGroup": _named("resourceGroupName"),
    "storage:StorageAccount": _storage_account,
    "storage:BlobServiceProperties": _named("blobServicesName"),
    "storage:BlobContainer": _named("containerName"),
    "storage:ManagementPolicy": _named("managementPolicyName"),
    "keyvault:Vault": _vault,
    "keyvault:AccessPolicy": _named("vaultName"),
    "keyvault:Secret": _named("secretName"),
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


_CALLS: dict[str, Callable[[Properties], Properties]] = {
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
    "operationalinsights:getWorkspace": lambda inputs: {"name": inputs["workspaceName"]},
    "authorization:getClientConfig": lambda _: {
        "tenantId": "00000000-0000-0000-0000-00000000bbbb",
        "subscriptionId": SUBSCRIPTION.split("/")[2],
    },
    "storage:listStorageAccountServiceSAS": lambda _: {"serviceSasToken": f"sv=1&sig={SIGNATURE}"},
    "pulumi:pulumi:readStackOutputs": lambda inputs: {"name": inputs["name"], "outputs": {}},
    "storage:listStorageAccountSAS": lambda _: {"accountSasToken": f"sv=1&sig={SIGNATURE}"},
}
