"""Rehearsals by the real command: the example tenants, the arrangements, and a change since git."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest_emulator import ROOT, tool_path
from git_support import Repository
from rehearsal_scene import write_tenant

from emulator.certificates import Certificates

# One cloud for each fixture, so that its tests belong to one process.
pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("rehearsal")]

EXAMPLES = ROOT / "examples" / "arrangements"
PAIRS = {
    "exists": ("everything-exists.source", "shared-blobs.target"),
    "seed": ("seed.source", "new-registry.target"),
    "strict": ("strict-company.source", "without-sas.target"),
    "withoutsas": ("without-sas.source", "without-sas.target"),
}
# By pair, what its files say beside their arrangements.
NEW_REGISTRY = {
    "acr-transfer:registry": "rg-seed/seedsource",
    "acr-transfer:create_registry": True,
}
AIR_GAP = {"acr-transfer:source_file": "handover/handover.json"}
TENANTS = ("adatum", "contoso")
STEPS = ("stage", "transfer", "repeat", "rotation", "destroy")


def config_of(file: Path) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load(file.read_text())["config"]
    return config


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with the example tenants, and each arrangement as a tenant."""
    root = tmp_path_factory.mktemp("checkout")
    # As in a clone: nothing of the program is a link.
    shutil.copytree(ROOT / "components", root / "components")
    for file in ("__main__.py", "Pulumi.yaml", "tenants.yaml"):
        shutil.copy(ROOT / file, root / file)
    (root / ".venv").symlink_to(ROOT / ".venv")
    for name in TENANTS:
        shutil.copytree(ROOT / "tenants" / name, root / "tenants" / name)
    for name, files in PAIRS.items():
        source, target = (config_of(EXAMPLES / f"{file}.yaml") for file in files)
        stack = {"acr-transfer:source_stack": f"{name}-source"}
        source |= NEW_REGISTRY if name == "seed" else {}
        target |= AIR_GAP if name == "strict" else stack
        write_tenant(root, name, source, target)
    write_tenant(root, "zones", {"location": "westus"}, {})
    return root


def rehearse(
    root: Path, quick_start: Mapping[str, str], *words: str
) -> "subprocess.CompletedProcess[str]":
    """Type the command, as a person does who has a cloud and a login of his own."""
    theirs = {
        "ARM_SUBSCRIPTION_ID": "theirs",
        "PULUMI_ACCESS_TOKEN": "theirs",
        "SSL_CERT_FILE": str(Certificates(root.parent / "company").ca_file),
    }
    return subprocess.run(
        ["acr-transfer", "rehearse", *words, "--json"],
        cwd=root,
        env={
            **os.environ,
            **theirs,
            "PATH": tool_path(),
            "VIRTUAL_ENV": str(ROOT / ".venv"),
            **quick_start,
            "GOGC": "400",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )


def outcomes(pair: Mapping[str, Any]) -> dict[str, str]:
    return {row["step"]: row["outcome"] for row in pair["steps"]}


def texts_of(root: Path) -> dict[Path, str]:
    files = [*root.glob("*.yaml"), *(root / "tenants").rglob("*.*")]
    return {file: file.read_text() for file in files if file.is_file()}


def test_each_arrangement_and_tenant_is_proved_and_a_refusal_beside_them_is_azures_own(
    checkout: Path, quick_start: Mapping[str, str]
) -> None:
    before = texts_of(checkout)
    named = {file.name for file in EXAMPLES.iterdir()}

    done = rehearse(checkout, quick_start, "adatum", *PAIRS, "zones")

    assert named == {f"{file}.yaml" for files in PAIRS.values() for file in files}
    pairs = {pair["name"]: pair for pair in json.loads(done.stdout)["pairs"]}
    refused = pairs.pop("zones")
    steps = [row for pair in pairs.values() for row in pair["steps"]]
    assert [row for row in steps if row["outcome"] == "failed"] == []
    assert {name: outcomes(pair) for name, pair in pairs.items()} == {
        name: dict.fromkeys(STEPS, "proved")
        | ({"rotation": "not-needed"} if name == "withoutsas" else {})
        for name in ("adatum", *PAIRS)
    }
    assert outcomes(refused) == dict.fromkeys(STEPS, "not-reached") | {
        "stage": "proved",
        "transfer": "failed",
    }
    assert "not available in selected Region - westus" in refused["steps"][1]["said"]
    last = "acr-transfer rehearse adatum exists seed strict withoutsas zones --json"
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, last)
    assert "Traceback" not in done.stderr
    assert "sig=" not in done.stdout + done.stderr
    assert texts_of(checkout) == before


def test_a_change_since_a_revision_is_told_and_moves_what_is_new_alone(
    checkout: Path, quick_start: Mapping[str, str]
) -> None:
    folder = checkout / "tenants" / "contoso"
    repository = Repository(checkout)
    repository.run("add", "tenants", "tenants.yaml", "__main__.py", "components")
    repository.commit("Pulumi.yaml", (checkout / "Pulumi.yaml").read_text())
    add_image(folder, "shop/cart:1.0")
    file = folder / "Pulumi.contoso-source.yaml"
    file.write_text(f"{file.read_text()}  acr-transfer:blob_retention_days: 30\n")

    done = rehearse(checkout, quick_start, "contoso", "--since", "HEAD")

    assert done.returncode == 0, done.stdout + done.stderr
    (pair,) = json.loads(done.stdout)["pairs"]
    assert outcomes(pair) == dict.fromkeys(("base", *STEPS), "proved")
    assert pair["moved"] == ["shop/cart:1.0"]
    changed = {
        item["stack"]: [(change["operation"], change["name"]) for change in item["changes"]]
        for item in pair["changed"]
    }
    assert sorted(changed.pop("contoso-source")) == [
        ("create", "source-run-1111111111111111"),
        ("update", "source-storage-lifecycle"),
    ]
    assert changed == {"contoso-target": []}


def add_image(folder: Path, name: str) -> None:
    """Add an image to a list and to its lock, in a run of its own."""
    listed = folder / "images.yaml"
    listed.write_text(f"{listed.read_text()}  - {name}\n")
    lock = folder / "images.lock"
    line = (
        f"{name}@sha256:{'c' * 64} 1 application/vnd.oci.image.manifest.v1+json - {'1' * 16} {name}"
    )
    lock.write_text(re.sub("^# end", f"{line}\n# end", lock.read_text(), flags=re.MULTILINE))
