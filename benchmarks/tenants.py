"""Tenants of a benchmark's checkout, all between the scene's two registries."""

from pathlib import Path

import yaml

from components.model.names import SIDES
from fleet.tenants.folder import SHARED_FILE, Tenant
from fleet.tenants.new import SideGiven, make_tenant

_SHARED = {
    "source": {"acr-transfer:options": ["OverwriteBlobs"]},
    "target": {"acr-transfer:options": ["OverwriteTags"]},
}


def add_tenant(root: Path, name: str, *images: str, secrets_provider: str | None = None) -> Tenant:
    """Make a tenant that moves images."""
    (root / SHARED_FILE).write_text(yaml.safe_dump(_SHARED))
    tenant = Tenant(root, name)
    sides = {side: SideGiven(f"rg-contoso/contoso{side}") for side in SIDES}
    make_tenant(tenant, sides, secrets_provider)
    # A plain list: the lock of each would be a measurement of its own.
    file = tenant.stack_file("source")
    document = yaml.safe_load(file.read_text())
    del document["config"]["acr-transfer:images_lock"]
    file.write_text(yaml.safe_dump(document))
    choose(tenant, *images)
    return tenant


def choose(tenant: Tenant, *images: str) -> None:
    """Say what moves, in place of what moved so far."""
    (tenant.folder / "images.yaml").write_text(yaml.safe_dump({"images": list(images)}))
