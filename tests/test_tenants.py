"""Tenants: the folder of one, what all of them share, and where a value comes from."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest_emulator import ROOT

from components.model.configuration import load_settings, shared_configuration
from components.model.errors import SettingsError
from components.model.names import SIDES, Side
from components.model.settings import SourceSettings, TargetSettings
from fleet.tenants.folder import Tenant, existing_tenant, free_prefix, tenants_of
from fleet.tenants.new import SideGiven, make_tenant
from fleet.tenants.origins import Origin, origins
from transfer.stack_file import init_words, program_directory, read_entries
from transfer.stack_names import stack_of

SHARED = """\
both:
  acr-transfer:sas_policy: block
  acr-transfer:tags: {owner: platform}
source:
  acr-transfer:options: [OverwriteBlobs]
target:
  acr-transfer:options: [OverwriteTags]
"""
LOCK = (
    '# acr-transfer images.lock, version 1: written by "acr-transfer lock", not by hand\n'
    "# registry hubregistry\n"
    f"shop/web:1@sha256:{'a' * 64} 1 - - {'b' * 16} shop/web:1\n"
    "# end\n"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with what all tenants share."""
    (tmp_path / "tenants.yaml").write_text(SHARED)
    return tmp_path


def made(root: Path, name: str = "contoso", **place: str) -> Tenant:
    tenant = Tenant(root, name)
    sides: dict[Side, SideGiven] = {
        "source": SideGiven("rg-hub/hubregistry"),
        "target": SideGiven(f"rg-{name}/targetregistry", place),
    }
    make_tenant(tenant, sides)
    (tenant.folder / "images.lock").write_text(LOCK)
    return tenant


def settings(tenant: Tenant, side: Side) -> SourceSettings | TargetSettings:
    """Read a side's settings as the program does, in its own directory."""
    entries = read_entries(tenant.stack_file(side))
    config = {key: str(entry["value"]) for key, entry in entries.items()}
    return load_settings(config, tenant.stack(side), program_directory(tenant.folder), {})


def test_a_new_tenant_has_what_all_share_and_what_is_its_own(root: Path) -> None:
    tenant = made(root)

    here, there = (settings(tenant, side) for side in SIDES)

    assert (here.prefix, here.sas_policy, here.options) == ("contoso", "block", ("OverwriteBlobs",))
    assert (there.tags, there.options) == ({"owner": "platform"}, ("OverwriteTags",))
    assert isinstance(there, TargetSettings)
    assert there.source_stack == "contoso-source"
    assert isinstance(here, SourceSettings)
    assert [batch.name for batch in here.batches] == ["b" * 16]


def test_what_a_tenant_says_itself_goes_before_what_all_share(root: Path) -> None:
    tenant = made(root)
    with tenant.stack_file("source").open("a") as file:
        file.write("  acr-transfer:sas_policy: log\n")

    assert settings(tenant, "source").sas_policy == "log"
    assert settings(tenant, "target").sas_policy == "block"


def test_another_subscription_and_tenant_are_told_to_the_engine(root: Path) -> None:
    tenant = made(root, subscriptionId="s", tenantId="t")

    entries = read_entries(tenant.stack_file("target"))

    assert entries["azure-native:subscriptionId"] == {"value": "s"}
    assert entries["azure-native:tenantId"] == {"value": "t"}
    assert not any("azure-native" in key for key in read_entries(tenant.stack_file("source")))


def test_a_folder_of_a_tenant_needs_no_option_for_its_stacks(root: Path) -> None:
    tenant = made(root)

    assert [stack_of(side, side, tenant.folder) for side in SIDES] == [
        "contoso-source",
        "contoso-target",
    ]
    assert stack_of("source", "other", tenant.folder) == "other"


def test_the_two_files_of_a_plain_project_go_before_files_of_a_like_name(root: Path) -> None:
    (root / "Pulumi.yaml").write_text("name: acr-transfer\n")
    (root / "Pulumi.eu-source.yaml").touch()
    assert stack_of("source", "source", root) == "eu-source"

    (root / "Pulumi.source.yaml").touch()

    assert stack_of("source", "source", root) == "source"


@pytest.mark.parametrize("name", ["", "Contoso", "a--b", "-a", "a-", "1a", "a" * 41, "../x", "a/b"])
def test_a_name_that_breaks_the_rule_is_refused_and_nothing_is_written(
    root: Path, name: str
) -> None:
    with pytest.raises(SettingsError, match="has up to 40 lower-case letters"):
        made(root, name)

    assert not (root / "tenants").exists()


def test_a_name_that_is_taken_is_refused(root: Path) -> None:
    made(root)

    with pytest.raises(SettingsError, match="tenants/contoso is there already"):
        made(root)


def test_tenants_of_like_names_have_different_prefixes(root: Path) -> None:
    names = ["contoso-europe-west", "contoso-europe-north", "contoso-europe-south"]

    prefixes = [settings(made(root, name), "source").prefix for name in names]

    assert prefixes == ["contosoeur", "contosoeu2", "contosoeu3"]
    assert free_prefix(Tenant(root, "x")) == "xx"


def test_a_folder_that_cannot_be_written_is_not_left_half_made(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_text

    def fail_at_the_last(self: Path, text: str, **more: str) -> int:
        if self.name == "Pulumi.contoso-target.yaml":
            raise OSError(28, "No space left on device", str(self))
        return write(self, text, **more)

    monkeypatch.setattr(Path, "write_text", fail_at_the_last)

    with pytest.raises(OSError, match="No space left"):
        made(root)
    assert not (root / "tenants" / "contoso").exists()


def test_tenants_are_listed_by_name_and_an_unknown_one_is_asked_about(root: Path) -> None:
    for name in ("fabrikam", "contoso"):
        made(root, name)

    assert [tenant.name for tenant in tenants_of(root)] == ["contoso", "fabrikam"]
    with pytest.raises(SettingsError, match="Did you mean fabrikam"):
        existing_tenant(root, "fabricam")


def test_a_stack_is_made_with_the_secrets_provider_that_its_file_names(root: Path) -> None:
    key = "azurekeyvault://contoso-keys.vault.azure.net/keys/pulumi"
    registries = ("--source", "rg/hub12", "--target", "rg/there")

    type_command(root, "new", "contoso", *registries, "--secrets-provider", key)
    type_command(root, "new", "fabrikam", *registries)

    words = ["stack", "init", "--no-select"]
    contoso, fabrikam = (tenant.stack_file("source") for tenant in tenants_of(root))
    assert init_words(contoso) == [*words, "--secrets-provider", key]
    assert init_words(fabrikam) == words
    assert init_words(root / "Pulumi.none.yaml") == words


def test_each_value_is_shown_with_the_file_that_it_comes_from(root: Path) -> None:
    tenant = made(root, subscriptionId="s")

    found = {item.key: item for item in origins(tenant, "target")}

    assert found["prefix"] == Origin("prefix", "contoso", "Pulumi.contoso-target.yaml")
    assert found["tags"] == Origin("tags", '{"owner": "platform"}', "../../tenants.yaml")
    assert found["folder"] == Origin("folder", "tenants/contoso", "Pulumi.yaml")
    assert found["protect"] == Origin("protect", "false", "")
    assert found["azure-native:subscriptionId"].value == "s"


def test_what_a_stack_leaves_to_all_tenants_is_told_as_its_own_configuration_is(
    root: Path,
) -> None:
    tenant = made(root)
    config = {
        key: str(entry["value"]) for key, entry in read_entries(tenant.stack_file("target")).items()
    }
    program = program_directory(tenant.folder)

    shared = shared_configuration(config, program)
    own = shared_configuration({**config, "acr-transfer:options": "[]"}, program)

    assert shared["acr-transfer:options"] == '["OverwriteTags"]'
    assert shared["acr-transfer:sas_policy"] == "block"
    assert "acr-transfer:prefix" not in shared
    assert "acr-transfer:options" not in own


def test_a_secret_is_shown_as_one(root: Path) -> None:
    tenant = made(root)
    with tenant.stack_file("source").open("a") as file:
        file.write("  acr-transfer:sas:\n    secure: v1:abc\n")

    found = {item.key: item.value for item in origins(tenant, "source")}

    assert found["sas"] == "[secret]"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("both: [a]\n", "tenants.yaml both ['a'] is not valid: it holds keys and values"),
        ("shared: {}\n", "'shared' is not valid: there is no such section"),
        ("both: {sas_policy: block}\n", "a shared key begins with acr-transfer:"),
        ("both: {azure-native:location: x}\n", "a shared key begins with acr-transfer:"),
        ("both: {acr-transfer:registry: a/b}\n", "it is a tenant's own"),
        ("both: {acr-transfer:sas: x}\n", "it is a tenant's own"),
        ("both: {acr-transfer:sas_polcy: x}\n", "Did you mean acr-transfer:sas_policy?"),
        ("source: {acr-transfer:import_by: runs}\n", "there is no such key"),
        ("- a\n", "the file holds sections of keys"),
        ("a: [\n", "is not YAML"),
        (
            "both: {acr-transfer:sas_days: 999}\n",
            "Write acr-transfer:sas_days: 30 in ../../tenants.yaml.",
        ),
    ],
)
def test_a_mistake_in_what_is_shared_is_named_with_its_file(
    root: Path, text: str, rule: str
) -> None:
    tenant = made(root)
    (root / "tenants.yaml").write_text(text)

    with pytest.raises(SettingsError) as caught:
        settings(tenant, "source")

    assert rule in str(caught.value)
    assert "tenants.yaml" in str(caught.value)


def test_a_shared_file_that_is_not_there_is_refused(root: Path) -> None:
    tenant = made(root)
    (root / "tenants.yaml").unlink()

    with pytest.raises(SettingsError, match=r"shared_file '../../tenants.yaml' is not valid"):
        settings(tenant, "source")


@pytest.mark.parametrize("tenant", tenants_of(ROOT), ids=lambda tenant: tenant.name)
def test_the_lock_of_each_tenant_here_fits_its_list(tenant: Tenant) -> None:
    words = ("lock", "--check", "--offline", "--dir", str(tenant.folder))

    done = run_command(*words)

    assert (done.returncode, done.stderr) == (0, "")


def test_the_tenants_here_show_different_arrangements() -> None:
    told = {
        f"{tenant.name}-{side}": {item.key: item.value for item in origins(tenant, side)}
        for tenant in tenants_of(ROOT)
        for side in SIDES
    }

    access = {stack: values["storage_access"] for stack, values in told.items()}
    assert {stack for stack, way in access.items() if way == "managed-identity"} == {
        "fabrikam-source",
        "fabrikam-target",
    }
    elsewhere = [stack for stack, values in told.items() if "azure-native:tenantId" in values]
    assert elsewhere == ["adatum-target"]
    prefixes = [values["prefix"] for values in told.values()]
    assert len(set(prefixes)) == len(tenants_of(ROOT))


def test_the_command_says_what_it_wrote_and_how_to_go_on(root: Path) -> None:
    done = type_command(root, "new", "contoso", "--source", "rg/hub12", "--target", "rg/there")

    assert done.stdout.splitlines() == [
        "tenants/contoso/Pulumi.yaml",
        "tenants/contoso/images.yaml",
        "tenants/contoso/Pulumi.contoso-source.yaml",
        "tenants/contoso/Pulumi.contoso-target.yaml",
        "List what moves in images.yaml. Then: cd tenants/contoso",
    ]
    assert yaml.safe_load((root / "tenants/contoso/images.yaml").read_text()) == {"images": []}


def test_the_command_refuses_with_exit_code_2(root: Path) -> None:
    done = type_command(root, "show", "contoso")

    assert done.returncode == 2
    assert "tenant 'contoso' is not valid: there is no such tenant" in done.stderr


def type_command(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run_command("tenant", *words, "--dir", str(root))


def run_command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "transfer", *words], capture_output=True, text=True, check=False
    )
