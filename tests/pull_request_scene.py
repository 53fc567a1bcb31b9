"""A pull request on tenants in a repository of its own, and the records that its steps leave."""

import shutil
from pathlib import Path

import yaml
from git_support import Repository
from locks import found, locked
from typer.testing import CliRunner

from components.model.images_lock import FoundArtifact, ImagesLock, LockedArtifact
from components.model.names import SIDES, Side
from fleet.selection import changed_since
from fleet.tenants.folder import SHARED_FILE, Tenant, tenants_of
from fleet.tenants.new import SideGiven, make_tenant
from transfer.cli import app

ROOT = Path(__file__).parent.parent
REGISTRY = "hubregistry"
# What `rehearse` and `fleet preview` have printed of this very change.
RECORDED = Path(__file__).parent / "pull_request"


def list_images(
    tenant: Tenant, *artifacts: FoundArtifact, before: tuple[LockedArtifact, ...] = ()
) -> tuple[LockedArtifact, ...]:
    """Write a tenant's list of images, and lock it."""
    named = [str(item.artifact) for item in artifacts]
    (tenant.folder / "images.yaml").write_text(yaml.safe_dump({"images": named}))
    lines = locked(artifacts, before)
    (tenant.folder / "images.lock").write_text(ImagesLock(REGISTRY, lines).text())
    return lines


def make(root: Path, name: str, *artifacts: FoundArtifact) -> tuple[LockedArtifact, ...]:
    """Make a tenant with a locked list of images."""
    tenant = Tenant(root, name)
    target = f"rg-{name}/{name}registry"
    given: dict[Side, SideGiven] = {
        "source": SideGiven(f"rg-hub/{REGISTRY}"),
        "target": SideGiven(target),
    }
    make_tenant(tenant, given)
    return list_images(tenant, *artifacts)


def tell(root: Path, name: str, key: str, value: object) -> None:
    """Write a setting into both stack files of a tenant."""
    for side in SIDES:
        file = Tenant(root, name).stack_file(side)
        entries = yaml.safe_load(file.read_text())
        entries["config"][key] = value
        file.write_text(yaml.safe_dump(entries))


def open_pull_request(root: Path) -> None:
    """Make a repository with seven tenants; change five of them, add one and remove one."""
    repository = Repository(root)
    shutil.copy(ROOT / SHARED_FILE, root)
    before = make(root, "contoso", found("shop/api:2.0"), found("shop/web:1.4"))
    for name in ("adatum", "fabrikam", "litware", "tailspin", "wingtip", "woodgrove"):
        make(root, name, found("shop/web:1.4"))
    repository.run("add", ".")
    assert repository.run("commit", "--quiet", "--message", "Seven tenants") == 0
    assert repository.run("checkout", "--quiet", "-b", "change") == 0

    # An image is added, and a tag has moved.
    web, api = found("shop/web:1.4"), found("shop/api:2.0", 1)
    list_images(Tenant(root, "contoso"), api, web, found("shop/web:1.5"), before=before)
    make(root, "northwind", found("shop/web:1.4"), found("tools/agent:3.1"))
    # Another arrangement.
    tell(root, "fabrikam", "acr-transfer:storage_access", "managed-identity")
    # All is made anew elsewhere, and the old is deleted.
    tell(root, "adatum", "acr-transfer:location", "northeurope")
    # Longer than the policies allow.
    tell(root, "tailspin", "acr-transfer:sas_days", 100)
    # Whoever did this forgot to lock it.
    images = {"images": ["shop/web:1.4", "shop/cart:1.0"]}
    (root / "tenants/litware/images.yaml").write_text(yaml.safe_dump(images))
    shutil.rmtree(root / "tenants/wingtip")
    repository.run("add", ".")
    assert repository.run("commit", "--quiet", "--message", "Change tenants") == 0


def record(root: Path, records: Path) -> None:
    """Leave the records that the steps of the pipeline leave."""
    for tenant in changed_since("main", root).tenants:
        folder = records / tenant.name
        folder.mkdir(parents=True)
        place = ("--json", "--dir", str(tenant.folder))
        (folder / "lock.json").write_text(call("lock", "--check", "--offline", *place))
        (folder / "diff.json").write_text(call("diff", "--against", "main", *place))
    for file in RECORDED.glob("*.json"):
        shutil.copy(file, records)


def call(*words: str) -> str:
    """Give what a command prints on stdout."""
    return CliRunner().invoke(app, words).stdout


def names(root: Path) -> list[str]:
    """Name the tenants of a checkout."""
    return [tenant.name for tenant in tenants_of(root)]
