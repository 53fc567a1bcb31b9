"""The tenants of this repository on a stage: the clouds and registries that their files name."""

import json
import shutil
from pathlib import Path
from typing import Any

import yaml
from conftest_emulator import ROOT, Emulator, variables_in
from engine_stage import EngineStage, Result

from benchmarks.isolation import resources_of
from components.model.names import SIDES, Side
from emulator.account import Ids, load
from fleet.tenants.folder import FOLDER, SHARED_FILE, Tenant, tenants_of
from transfer.stack_file import read_entries

# What the locks of the tenants say is made of these, by content.
IMAGES = {"shop/web:1.4": "web", "shop/api:2.0": "api", "tools/agent:3.1": "agent"}

# It has what all tenants share, until it says otherwise.
PROTECTED = "contoso"


def set_key(tenant: Tenant, side: Side, key: str, value: object) -> None:
    """Write a key of ours into the file of a tenant's stack."""
    file = tenant.stack_file(side)
    content = yaml.safe_load(file.read_text())
    content["config"][f"acr-transfer:{key}"] = value
    file.write_text(yaml.safe_dump(content, sort_keys=False))


def unprotect(tenant: Tenant) -> None:
    """Have the files of a tenant's stacks say that what they made may go."""
    for side in SIDES:
        set_key(tenant, side, "protect", value=False)


class FleetStage:
    """A checkout with the tenants, and a cloud with the registries of all of them."""

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.engine = EngineStage(emulator, folder)
        self.root = self.engine.project
        self._emulator = emulator
        shutil.copytree(ROOT / FOLDER, self.root / FOLDER)
        (self.root / "policy").symlink_to(ROOT / "policy")
        shared = yaml.safe_load((ROOT / SHARED_FILE).read_text())
        # The emulated directory knows a new identity at once.
        shared["both"]["acr-transfer:role_wait_seconds"] = 0
        (self.root / SHARED_FILE).write_text(yaml.safe_dump(shared))
        self.tenants = tenants_of(self.root)
        for file in self.root.glob(f"{FOLDER}/*/Pulumi.*.yaml"):
            file.write_text(f"{file.read_text()}secretsprovider: {self.engine.states_key}\n")
        for tenant in self.tenants:
            # The others can be removed whenever somebody likes.
            if tenant.name != PROTECTED:
                unprotect(tenant)
        for tenant in self.tenants:
            self._make_registry(tenant, "target")
            # The hub of all of them.
            self.hub = self._make_registry(tenant, "source")
        self.engine.registries["source"] = self.hub
        self.engine.log_in(self.hub)
        for name, content in IMAGES.items():
            self.engine.push(name, content)

    def call(self, *words: str) -> Result:
        """Run `acr-transfer` at the root."""
        return self.engine.transfer(*words)

    def pulumi(self, stack: str, *words: str) -> Result:
        """Run the engine as a person does, in the folder of a stack's tenant."""
        folder = self.root / FOLDER / stack.rpartition("-")[0]
        return self.engine.pulumi("-C", str(folder), *words, "-s", stack)

    def resources(self) -> list[dict[str, Any]]:
        """Give all of the emulated cloud, with what it never shows."""
        return resources_of(self._emulator.directory)

    def logs(self) -> list[Path]:
        """Give the logs of the last commands."""
        return sorted((self.root / ".acr-transfer" / "fleet" / "logs").iterdir())

    def stacks(self) -> list[str]:
        """Name the stacks that there are."""
        listed = json.loads(self.engine.succeed("stack", "ls", "--json").out)
        return [str(item["name"]) for item in listed]

    def container(self, stack: str) -> str:
        """Give the address of a stack's container."""
        return str(self.engine.contract(stack)["container"]["uri"])

    def get(self, address: str) -> int:
        """Ask storage for something; give the status of its answer."""
        with self._emulator.stranger() as client:
            return client.get(address).status_code

    def owner(self, tenant: Tenant, side: Side) -> Emulator:
        """Give the cloud as the Azure tenant of a stack sees it."""
        entries = read_entries(tenant.stack_file(side))
        elsewhere = {
            name: str(entries[f"azure-native:{key}"]["value"])
            for key, name in (("tenantId", "TENANT_ID"), ("subscriptionId", "SUBSCRIPTION_ID"))
            if f"azure-native:{key}" in entries
        }
        if not elsewhere:
            return self._emulator
        directory = self._emulator.directory
        # The very application that all sign in as: one that several tenants know.
        ids = Ids(elsewhere["TENANT_ID"], elsewhere["SUBSCRIPTION_ID"], load(directory).default)
        return Emulator(directory, variables_in(directory, tenant.name, ids=ids))

    def _make_registry(self, tenant: Tenant, side: Side) -> str:
        owner = self.owner(tenant, side)
        registry = str(read_entries(tenant.stack_file(side))["acr-transfer:registry"]["value"])
        group_name, _, name = registry.partition("/")
        group = f"/subscriptions/{owner.subscription}/resourceGroups/{group_name}"
        path = f"{group}/providers/Microsoft.ContainerRegistry/registries/{name}"
        body: dict[str, object] = {"location": "westeurope"}
        with owner.client() as arm:
            arm.put(group, params={"api-version": "2024-03-01"}, json=body).raise_for_status()
            answer = arm.put(
                path,
                params={"api-version": "2023-07-01"},
                json={**body, "sku": {"name": "Premium"}},
            )
            return str(answer.raise_for_status().json()["properties"]["loginServer"])
