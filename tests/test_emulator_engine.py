"""The emulated azure-native provider under the real engine, with programs of the tests' own."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from conftest_emulator import ROOT, Emulator, tenant_of, tool_path

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("emulator")]

PROJECT = """\
name: emulator-test
runtime: {name: python, options: {virtualenv: .venv}}
"""
REGISTRY = """\
import pulumi
from pulumi_azure_native import containerregistry, resources

group = pulumi.Config().require("group")
registry = containerregistry.Registry(
    "registry",
    registry_name=pulumi.Config().require("registry"),
    resource_group_name=group,
    sku={"name": "Premium"},
    admin_user_enabled=False,
    network_rule_bypass_options="AzureServices",
    policies={"retention_policy": {"status": "enabled", "days": 30}},
    opts=pulumi.ResourceOptions(retain_on_delete=True),
)
"""
PIPELINE = """\
class ImportPipeline(pulumi.CustomResource):
    identity: pulumi.Output[dict]

    def __init__(self, name, properties, opts):
        token = "azure-native:containerregistry/v20250601preview:ImportPipeline"
        super().__init__(token, name, properties, opts)


pipeline = ImportPipeline(
    "pipeline",
    {
        "importPipelineName": "import1",
        "registryName": registry.name,
        "resourceGroupName": group,
        "location": registry.location,
        "identity": {"type": "SystemAssigned"},
        "source": {
            "type": "AzureStorageBlobContainer",
            "uri": "https://127.0.0.1:1/account1/transfer",
            "storageAccessMode": "ManagedIdentity",
        },
        "trigger": {"sourceTrigger": {"status": "Disabled"}},
    },
    pulumi.ResourceOptions(import_=pulumi.Config().get("pipeline")),
)
pulumi.export("server", registry.login_server)
pulumi.export("principal", pipeline.identity["principalId"])
pulumi.export("pipeline", pipeline.id)
"""
GENERIC = """\
pipeline = resources.Resource(
    "pipeline",
    api_version="2025-06-01-preview",
    resource_group_name=group,
    resource_provider_namespace="Microsoft.ContainerRegistry",
    parent_resource_path=registry.name.apply(lambda name: f"registries/{name}"),
    resource_type="importPipelines",
    resource_name_="import1",
    identity={"type": resources.ResourceIdentityType.SYSTEM_ASSIGNED},
    properties={"source": {"uri": "https://127.0.0.1:1/account1/transfer"}},
)
"""
DEFAULT_PROVIDER = """\
import pulumi
from pulumi_azure_native import Provider, authorization

pulumi.export("here", authorization.get_client_config_output().tenant_id)
"""
EXPLICIT_PROVIDER = """
opts = pulumi.InvokeOptions(provider=Provider("other"))
pulumi.export("there", authorization.get_client_config_output(opts=opts).tenant_id)
"""
LOOKUP = """\
import pulumi
from pulumi_azure_native import Provider, resources

group = pulumi.Config().require("group")
other = Provider("other", subscription_id=pulumi.Config().require("subscription"))
there = resources.get_resource_group_output(group, opts=pulumi.InvokeOptions(provider=other))
here = resources.get_resource_group_output(group)
pulumi.export("ids", [here.id, there.id])
"""


@dataclass(frozen=True)
class Project:
    """A project with one stack, and a resource group in an emulated cloud."""

    emulator: Emulator
    client: httpx.Client
    folder: Path
    group: str
    quick_start: Mapping[str, str]

    def write(self, program: str) -> None:
        (self.folder / "__main__.py").write_text(program)

    def pulumi(self, *arguments: str) -> str:
        """Run the engine and require that it succeeds."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(
        self, *arguments: str, without: str = "", **variables: str
    ) -> "subprocess.CompletedProcess[str]":
        """Run the engine, without one variable and with others."""
        environment = {
            **os.environ,
            **self.emulator.variables,
            "PATH": tool_path(),
            "VIRTUAL_ENV": str(ROOT / ".venv"),
            **self.quick_start,
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'backend'}",
            **variables,
        }
        environment.pop(without, None)
        return subprocess.run(
            ["pulumi", *arguments, "--color", "never"],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def up(self, *arguments: str) -> None:
        self.pulumi("up", "--yes", "--skip-preview", *arguments)

    def outputs(self) -> dict[str, str]:
        found = json.loads(self.pulumi("stack", "output", "--json"))
        assert isinstance(found, dict)
        return found

    def group_id(self, subscription: str) -> str:
        return f"/subscriptions/{subscription}/resourceGroups/{self.group}"

    def put(self, resource_id: str, body: dict[str, object]) -> None:
        self.client.put(resource_id, json=body).raise_for_status()

    def exists(self, resource_id: str) -> bool:
        return self.client.get(resource_id).status_code == 200


@pytest.fixture
def project(
    emulator: Emulator, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Project]:
    (tmp_path / "backend").mkdir()
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    with emulator.client() as client:
        project = Project(emulator, client, tmp_path, request.node.name[:80], emulator.quick_start)
        project.put(project.group_id(emulator.subscription), {"location": "westeurope"})
        project.pulumi("stack", "init", "test")
        project.pulumi("config", "set", "group", project.group)
        yield project
        client.delete(project.group_id(emulator.subscription)).raise_for_status()


def test_a_registry_serves_at_once_its_pipeline_is_imported_and_it_stays_when_it_is_retained(
    project: Project,
) -> None:
    project.pulumi("config", "set", "registry", "engine1registry")
    project.write(REGISTRY + PIPELINE)

    project.up()
    made = project.outputs()
    with project.emulator.stranger() as stranger:
        answer = stranger.get(f"https://{made['server']}/v2/")
    assert answer.status_code == 401
    assert "/oauth2/token" in answer.headers["WWW-Authenticate"]
    assert made["principal"]

    project.up("--expect-no-changes")
    project.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")

    import_the_pipeline(project, made)

    project.pulumi("destroy", "--yes", "--skip-preview")
    group = project.group_id(project.emulator.subscription)
    registry = f"{group}/providers/Microsoft.ContainerRegistry/registries/engine1registry"
    assert project.exists(registry)
    assert not project.exists(f"{registry}/importPipelines/import1")


def import_the_pipeline(project: Project, made: dict[str, str]) -> None:
    """Have the stack forget its pipeline, and import it."""
    token = "azure-native:containerregistry/v20250601preview:ImportPipeline"
    urn = f"urn:pulumi:test::emulator-test::{token}::pipeline"
    project.pulumi("state", "delete", urn, "--yes")
    project.pulumi("config", "set", "pipeline", made["pipeline"])

    project.up()

    assert project.outputs() == made


def test_a_generic_pipeline_previews_well_and_cannot_be_made(project: Project) -> None:
    project.pulumi("config", "set", "registry", "engine3registry")
    project.write(REGISTRY + GENERIC)

    project.pulumi("preview")
    done = project.run("up", "--yes", "--skip-preview")

    assert done.returncode != 0
    assert "cannot check existence of resource '/subscriptions/" in done.stdout
    assert "NoRegisteredProviderFound" in done.stdout


def test_an_explicit_provider_looks_into_its_own_subscription(project: Project) -> None:
    other = "99999999-0000-0000-0000-000000000000"
    project.put(project.group_id(other), {"location": "westeurope"})
    project.pulumi("config", "set", "subscription", other)
    project.write(LOOKUP)

    project.up()

    here = project.emulator.subscription
    expected = [project.group_id(subscription) for subscription in (here, other)]
    assert json.loads(project.pulumi("stack", "output", "ids")) == expected
    project.client.delete(expected[1]).raise_for_status()


def test_an_explicit_provider_is_public_whatever_the_variable_says(project: Project) -> None:
    far = tenant_of(project.emulator, "engine", "second")
    there = replace(project, emulator=far)

    def preview(program: str) -> tuple[int, str]:
        there.write(program)
        cloud = {"ARM_ENVIRONMENT": "usgovernment"}
        done = there.run("preview", without="ARM_METADATA_HOSTNAME", **cloud)
        return done.returncode, done.stdout

    by_default, _ = preview(DEFAULT_PROVIDER)
    explicitly, said = preview(DEFAULT_PROVIDER + EXPLICIT_PROVIDER)

    assert by_default == 0
    assert explicitly != 0
    assert "AADSTS" in said
