"""The stage of a rehearsal: a shell on it, what exists there, and what Azure refuses."""

import json
import os
import ssl
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from conftest_emulator import Emulator
from pydantic import SecretStr
from rehearsal_scene import (
    SHARED,
    SUBSCRIPTION,
    project,
    rehearse,
    running_stage,
    write_pair,
    write_tenant,
)

from components.model.artifacts import Artifact
from emulator.certificates import Certificates, trusted_file
from rehearsal.artifacts import Original, make_stand_ins
from rehearsal.fixtures import Fixtures
from rehearsal.images import MANIFEST_TYPE
from rehearsal.stage import Stage
from transfer.azure.endpoints import trusted_authorities
from transfer.errors import WrongUseError
from transfer.registry.client import Registry

pytestmark = pytest.mark.xdist_group("emulator")

TENANTS = ("11111111-0000-0000-0000-00000000000a", "22222222-0000-0000-0000-00000000000b")
OWN = "33333333-0000-0000-0000-00000000000{}"


@pytest.fixture
def stage(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return running_stage(emulator, tmp_path / "rehearsal", monkeypatch)


@pytest.fixture
def fixtures(stage: Stage) -> Iterator[Fixtures]:
    with closing(Fixtures(stage)) as fixtures:
        yield fixtures


def in_shell(stage: Stage, command: str) -> str:
    """Run a command in a shell on the stage, and give what it prints."""
    stage.checkout.folder.mkdir(exist_ok=True)
    stage.write_script()
    return subprocess.run(
        ["bash", "-euc", f". {stage.script}; {command}"],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


def test_crane_and_the_command_are_signed_in_by_what_the_stage_leaves_for_docker(
    stage: Stage, fixtures: Fixtures, tmp_path: Path
) -> None:
    def not_needed() -> SecretStr:
        raise AssertionError("Azure is asked")

    server, _ = fixtures.set_up(write_pair(tmp_path / "checkout")).login_servers
    stage.log_in([server])
    digest = in_shell(stage, f"crane digest {server}/shop/web:1.4")

    variables = stage.variables
    with httpx.Client(verify=trusted_authorities(variables)) as http:
        found = Registry(server, http, not_needed, variables).manifest("shop/web", "1.4")
    assert found is not None
    assert digest.strip() == found.digest
    assert stat.S_IMODE((stage.docker / "config.json").stat().st_mode) == 0o600


def test_the_shell_trusts_the_machines_authorities_beside_the_emulators(stage: Stage) -> None:
    count = "import ssl; print(len(ssl.create_default_context().get_ca_certs()))"
    trusted = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"]).get_ca_certs()

    assert int(in_shell(stage, f"python3 -c '{count}'")) == len(trusted) > 1


def test_authorities_that_a_company_has_named_are_kept_however_often_the_shell_is_entered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = Certificates(tmp_path / "company").ca_file
    own = Certificates(tmp_path / "cloud").ca_file
    monkeypatch.setenv("SSL_CERT_FILE", str(theirs))

    for _ in range(2):
        file = trusted_file(tmp_path / "cloud")
        monkeypatch.setenv("SSL_CERT_FILE", str(file))

        assert file.read_bytes() == theirs.read_bytes().rstrip() + b"\n" + own.read_bytes()


def test_nothing_on_the_stage_leads_to_the_users_own_clouds(stage: Stage) -> None:
    theirs = {
        "ARM_CLIENT_SECRET": "theirs",
        "AZURE_CONFIG_DIR": "theirs",
        "PULUMI_ACCESS_TOKEN": "theirs",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "theirs",
        "PATH": "/usr/bin",
    }

    found = stage.environment(theirs)

    assert "theirs" not in found.values()
    assert found["PATH"] == "/usr/bin"
    assert found["PULUMI_BACKEND_URL"].startswith(f"file://{stage.cloud}")


def test_each_side_is_in_the_tenant_and_in_the_cloud_that_its_file_names(stage: Stage) -> None:
    first = stage.application("", "", "")
    other = stage.application("", TENANTS[0], OWN.format(1))
    elsewhere = stage.application("usgovernment", TENANTS[1], OWN.format(2))

    assert (other["ARM_TENANT_ID"], other["ARM_SUBSCRIPTION_ID"]) == (TENANTS[0], OWN.format(1))
    assert other["ARM_CLIENT_ID"] == first["ARM_CLIENT_ID"], "one application, in several tenants"
    assert other["ARM_METADATA_HOSTNAME"] == first["ARM_METADATA_HOSTNAME"]
    assert elsewhere["ARM_METADATA_HOSTNAME"] != first["ARM_METADATA_HOSTNAME"]
    with pytest.raises(WrongUseError, match="a rehearsal has two clouds"):
        stage.application("china", "", "")


def test_what_signs_an_image_refers_to_it_on_the_stage_too(
    fixtures: Fixtures, tmp_path: Path
) -> None:
    pair = write_pair(tmp_path / "checkout", {"registry": "rg-a/signedreg"})
    server, _ = fixtures.set_up(pair).login_servers
    image = Original(Artifact("shop/api", "1"), f"sha256:{'a' * 64}", MANIFEST_TYPE, (), "rule")
    signature = Artifact("shop/api", f"sha256:{'b' * 64}")
    made = make_stand_ins(
        [
            Original(signature, signature.reference, MANIFEST_TYPE, (), "rule", is_referrer=True),
            image,
        ],
        tmp_path,
    )
    fixtures.push(pair, made)

    owner = fixtures.owner(pair.source)
    registry = Registry(server, owner.http, owner.cloud.registry_token, {})
    found = registry.referrers("shop/api", made.digests[image.digest])
    assert found == [made.digests[signature.reference]]


def taken(kind: str, name: str) -> str:
    return f"{SHARED}/Microsoft.{kind}/{name}"


# By tenant: what its stack files take as existing, and what Azure says of it.
REFUSED: dict[str, tuple[dict[str, object], dict[str, object], str]] = {
    "hyphenlogs": (
        {"log_analytics_workspace": taken("OperationalInsights/workspaces", "-logs")},
        {},
        "InvalidWorkspaceName",
    ),
    "shortlogs": (
        {"log_analytics_workspace": taken("OperationalInsights/workspaces", "log")},
        {},
        "InvalidWorkspaceName",
    ),
    "shortidentity": (
        {"identity": taken("ManagedIdentity/userAssignedIdentities", "id")},
        {},
        "InvalidIdentityName",
    ),
    "fullstop": (
        {
            "identity": f"{SUBSCRIPTION}/resourceGroups/rg./providers/Microsoft.ManagedIdentity"
            "/userAssignedIdentities/ours"
        },
        {},
        "InvalidResourceGroup",
    ),
    "oneregistry": (
        {"registry": "rg-a/samename"},
        {"registry": "rg-b/samename"},
        "AlreadyInUse",
    ),
    "oneaccount": (
        {"storage": taken("Storage/storageAccounts", "sameaccount")},
        {"storage": taken("Storage/storageAccounts", "sameaccount").replace("shared", "other")},
        "StorageAccountAlreadyTaken",
    ),
    "onevault": (
        {"vault": taken("KeyVault/vaults", "samevault")},
        {"vault": taken("KeyVault/vaults", "samevault").replace("shared", "other")},
        "VaultAlreadyExists",
    ),
    "twotenants": (
        {"azure-native:tenantId": TENANTS[0], "azure-native:subscriptionId": OWN.format(3)},
        {"azure-native:tenantId": TENANTS[1], "azure-native:subscriptionId": OWN.format(3)},
        "InvalidAuthenticationTokenTenant",
    ),
    "theirgroup": (
        {"azure-native:tenantId": TENANTS[0], "azure-native:subscriptionId": OWN.format(5)},
        {"resource_group": f"/subscriptions/{OWN.format(5)}/resourceGroups/rg-theirs"},
        "InvalidAuthenticationTokenTenant",
    ),
    "theirvault": (
        {"azure-native:tenantId": TENANTS[0], "azure-native:subscriptionId": OWN.format(4)},
        {
            "vault": taken("KeyVault/vaults", "theirvault").replace(
                SUBSCRIPTION, f"/subscriptions/{OWN.format(4)}"
            )
        },
        "InvalidAuthenticationTokenTenant",
    ),
}


def test_stack_files_that_azure_would_refuse_are_refused_in_azures_words(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "checkout"
    project(root)
    for name, (source, target, _) in REFUSED.items():
        write_tenant(root, name, source, target)

    typed = rehearse(stage, monkeypatch, "--all", "--dir", str(root), "--json")

    pairs = {pair["name"]: pair["steps"] for pair in json.loads(typed.out)["pairs"]}
    assert {
        name: words
        for name, (_, _, words) in REFUSED.items()
        if words not in pairs[name][0]["said"]
    } == {}
    for first, *others in pairs.values():
        assert (first["step"], first["outcome"]) == ("stage", "failed")
        assert {row["outcome"] for row in others} == {"not-reached"}
    assert (typed.code, typed.last_line) == (1, f"acr-transfer rehearse --all --dir {root} --json")
