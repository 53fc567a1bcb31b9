"""A pull request on a tenant that is merged, deployed by the workflow's own lines, and reverted."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import yaml
from ci_jobs import all_jobs
from engine_stage import Result
from fleet_stage import IMAGES, PROTECTED, FleetStage, set_key, unprotect
from git_support import Repository

from fleet.tenants.folder import FOLDER, Tenant

TENANT = PROTECTED
ADDED = "shop/web:1.5"
MOVED = "shop/api:2.0"
_DEPLOY = "ci/github/workflows/deploy.yml"


@dataclass
class Deployed:
    """What a push to main has brought."""

    tenants: list[str]
    """For each of these the workflow has a job."""
    results: list[Result]
    """Of the lines of these jobs, and of a check and a verification after them."""
    digests: dict[str, str]
    """What the target's registry holds."""


@dataclass
class MergedChange:
    """What a target holds before a change, after its merge, and after the merge is reverted."""

    before: dict[str, str]
    locked: Result
    merged: Deployed
    reverted: Deployed
    told: Result
    """By `diff`, after that."""
    moved: Result
    """A deployment that would replace what the tenant protects."""
    made: list[str]
    """What it has made in the cloud."""
    unprotected: list[Result]
    """The deployment of files that say that all may go."""


def play(stage: FleetStage) -> MergedChange:
    """Add an image in a branch, and lock a tag that moved; merge and deploy; revert and deploy."""
    folder = stage.root / FOLDER / TENANT
    registry = stage.engine.contract(f"{TENANT}-target")["registry"]["login_server"]
    stage.engine.log_in(registry)
    before = _digests(stage, registry)

    (stage.root / ".gitignore").write_text("/.acr-transfer/\n/*.json\n")
    repository = Repository(stage.root)
    _commit(repository, "Tenants")
    assert repository.run("checkout", "--quiet", "-b", "change") == 0
    stage.engine.push(ADDED, "cart")
    stage.engine.push(MOVED, "moved")
    images = folder / "images.yaml"
    listed = yaml.safe_load(images.read_text())["images"]
    images.write_text(yaml.safe_dump({"images": [*listed, ADDED]}))
    locked = stage.call("lock", "--dir", str(folder))
    _commit(repository, "Add an image, and lock what a tag holds now")

    assert repository.run("checkout", "--quiet", "main") == 0
    assert repository.run("merge", "--quiet", "--no-ff", "--no-edit", "change") == 0
    merged = _deploy(stage, registry)
    assert repository.run("revert", "--no-edit", "--mainline", "1", "HEAD") == 0
    stage.engine.push(MOVED, IMAGES[MOVED])
    reverted = _deploy(stage, registry)
    told = stage.call("diff", "--dir", str(folder), "--json")

    there = {item["id"] for item in stage.resources()}
    tenant = Tenant(stage.root, TENANT)
    set_key(tenant, "source", "location", "northeurope")
    moved = next(_jobs_lines(stage, TENANT))
    made = sorted({item["id"] for item in stage.resources()} - there)
    assert repository.run("checkout", "--", f"{FOLDER}/{TENANT}") == 0
    unprotect(tenant)
    unprotected = list(_jobs_lines(stage, TENANT))
    return MergedChange(before, locked, merged, reverted, told, moved, made, unprotected)


def _commit(repository: Repository, message: str) -> None:
    assert repository.run("add", ".") == 0
    assert repository.run("commit", "--quiet", "--message", message) == 0


def _deploy(stage: FleetStage, registry: str) -> Deployed:
    """Do what the workflow does when the newest commit is pushed to main."""
    output = stage.root / "output.json"
    for text in _lines("plan"):
        planned = _bash(stage, text, BEFORE="HEAD^1", TENANTS="", GITHUB_OUTPUT=str(output))
        assert planned.code == 0, planned.text
    matrix = json.loads(output.read_text().partition("=")[2])
    output.unlink()
    tenants = [job["tenants"] for job in matrix["include"]]
    done = [result for name in tenants for result in _jobs_lines(stage, name)]
    done += [
        stage.call(verb, "--dir", f"{FOLDER}/{name}")
        for name in tenants
        for verb in ("check", "verify")
    ]
    return Deployed(tenants, done, _digests(stage, registry))


def _lines(job: str) -> list[str]:
    return next(
        [step.text for step in found.steps]
        for found in all_jobs()
        if found.file == _DEPLOY and found.name == job
    )


def _jobs_lines(stage: FleetStage, tenant: str) -> Iterator[Result]:
    """Run the lines of a tenant's job, each when its result is asked for."""
    return (_bash(stage, text, TENANTS=tenant) for text in _lines("tenant"))


def _bash(stage: FleetStage, text: str, **variables: str) -> Result:
    told = [f"{name}={value}" for name, value in variables.items()]
    return stage.engine.run(["env", *told, "bash", "-eo", "pipefail", "-c", text])


def _digests(stage: FleetStage, registry: str) -> dict[str, str]:
    names = stage.engine.crane("catalog", registry).split()
    return {
        f"{name}:{tag}": stage.engine.crane("digest", f"{registry}/{name}:{tag}").strip()
        for name in names
        for tag in stage.engine.crane("ls", f"{registry}/{name}").split()
    }
