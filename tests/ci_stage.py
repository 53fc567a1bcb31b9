"""A checkout in git with a change, in which the lines of a pipeline are run with stand-ins."""

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from ci_jobs import Job, Step, filled
from conftest_emulator import ROOT
from fake_engine import FakeEngine
from git_support import Repository
from locks import found, lock

from components.model.images_lock import ImagesLock

# What needs a cloud, a service or minutes. All other commands are the real ones.
_STAND_INS = """\
  "rehearse "*) echo {rehearsal} ;;
  "fleet run "*|"fleet verify "*|"fleet each lock --all"*|"fleet each lock --check --all"*) ;;
"""
_COMMAND = """\
#!/bin/bash
printf '%q ' acr-transfer "$@" >> {calls}; echo >> {calls}
case "$* " in
{stand_ins}  *) exec {command} "$@" ;;
esac
"""
# It tells one thing that each of our calls asks for.
_OTHER = """\
#!/bin/bash
printf '%q ' {name} "$@" >> {calls}; echo >> {calls}
[ "$(wc -l < {calls})" != {failing} ] || exit 1
{answer}
"""
_ANSWERS = {
    "make": "",
    "gh": "echo number=17",
}
_REHEARSAL = {
    "version": 1,
    "since": "HEAD^1",
    "seconds": 60,
    "pairs": [
        {
            "name": "contoso",
            "source": "contoso-source",
            "target": "contoso-target",
            "artifacts": ["shop/web:1.4", "shop/web:1.5"],
            "steps": [{"step": "transfer", "outcome": "proved", "said": "", "seconds": 30}],
            "changed": [],
            "moved": ["shop/web:1.5"],
        }
    ],
    "not_proved": [],
}


class CiStage:
    """Two tenants on main, and a commit after it in which one of them gets another image."""

    def __init__(self, root: Path, quick_start: Mapping[str, str]) -> None:
        self.root = root
        self._quick_start = quick_start
        self.engine = FakeEngine(root, "contoso", "fabrikam")
        # As `pulumi stack ls` tells that there is no stack.
        self.engine.plays(**{"": {"out": ["[]"]}})
        self._calls = root / "typed"
        self.is_rehearsed = True
        shutil.copytree(ROOT / ".ci", root / ".ci")
        (root / "policy").mkdir()
        (root / "policy/PulumiPolicy.yaml").touch()
        (root / ".gitignore").write_text("/bin/\n/typed\n/calls\n/arguments\n/*.json\n/waiting\n")
        before = lock([found("shop/web:1.4")])
        for name in ("contoso", "fabrikam"):
            self.lists(name, "shop/web:1.4")
            self.locks(name, before)
        self._repository = Repository(root)
        self.commit()
        self.lists("contoso", "shop/web:1.4", "shop/web:1.5")
        after = lock([found("shop/web:1.4"), found("shop/web:1.5")], before.artifacts)
        self.locks("contoso", after)
        self.commit()
        self._write_programs()

    def lists(self, tenant: str, *images: str) -> None:
        """Write the list of a tenant."""
        file = self.root / f"tenants/{tenant}/images.yaml"
        file.write_text(f"images: [{', '.join(images)}]\n")

    def locks(self, tenant: str, lock: ImagesLock) -> None:
        """Write the lock of a tenant."""
        file = self.root / f"tenants/{tenant}/images.lock"
        file.write_text(lock.text().replace(lock.registry, "registry1"))

    def commit(self) -> None:
        """Commit all that there is."""
        self._repository.run("add", ".")
        assert self._repository.run("commit", "--quiet", "--message", "A change") == 0

    def run(self, job: Job) -> list[tuple[str, int, str]]:
        """Run the steps of a job in turn; give the exit code of each, and what it wrote."""
        outputs: dict[str, str] = {}
        return [(step.text, *self._run(step, outputs)) for step in job.steps]

    def ends_well(self, job: Job) -> bool:
        """Run the steps of a job up to the first that fails."""
        outputs: dict[str, str] = {}
        return all(self._run(step, outputs)[0] == 0 for step in job.steps)

    def lets_fail(self, call: int) -> None:
        """Let a call fail, counted from 1 (0: none), and all others just end well."""
        for name, answer in {"acr-transfer": "echo contoso", **_ANSWERS}.items():
            self._write_other(name, answer, call)
        (self.root / "records").mkdir(exist_ok=True)

    def typed(self) -> list[str]:
        """Give the commands that were called, and start anew."""
        lines = self._calls.read_text().splitlines() if self._calls.exists() else []
        self._calls.unlink(missing_ok=True)
        return [line.strip() for line in lines]

    def _run(self, step: Step, outputs: dict[str, str]) -> tuple[int, str]:
        told = self.root / "output.json"
        told.write_text("")
        values = {**_EXPRESSIONS, **outputs}
        asked = {
            key: filled(text, values)
            for key, text in step.environment.items()
            if not text.startswith("$CI_")
        }
        environment = {
            **_SERVICE,
            **asked,
            **self.engine.environment(),
            **self._quick_start,
            "GITHUB_OUTPUT": str(told),
            "GITHUB_PATH": str(self.root / "path.json"),
            "GITHUB_STEP_SUMMARY": str(self.root / "summary.json"),
            "AZURE_FEDERATED_TOKEN_FILE": str(self.root / "token.json"),
        }
        if "acr-transfer review" in step.text:
            (self.root / "records").mkdir(exist_ok=True)
        if "acr-transfer review" in step.text and self.is_rehearsed:
            (self.root / "records/rehearse.json").write_text(json.dumps(_REHEARSAL))
        done = subprocess.run(
            [*step.shell, "-c", filled(step.text, values)],
            cwd=self.root,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        for line in told.read_text().splitlines():
            name, _, value = line.partition("=")
            outputs[f"steps.{step.name}.outputs.{name}"] = value
        return done.returncode, done.stdout + done.stderr

    def _write_programs(self) -> None:
        calls = shlex.quote(str(self._calls))
        stand_ins = _STAND_INS.format(rehearsal=shlex.quote(json.dumps(_REHEARSAL)))
        command = shlex.quote(str(ROOT / ".venv" / "bin" / "acr-transfer"))
        text = _COMMAND.format(calls=calls, command=command, stand_ins=stand_ins)
        self._write_program("acr-transfer", text)
        for name, answer in _ANSWERS.items():
            self._write_other(name, answer, failing=0)

    def _write_other(self, name: str, answer: str, failing: int) -> None:
        calls = shlex.quote(str(self._calls))
        text = _OTHER.format(calls=calls, name=name, answer=answer, failing=failing)
        self._write_program(name, text)

    def _write_program(self, name: str, text: str) -> None:
        file = self.root / "bin" / name
        file.write_text(text)
        file.chmod(0o755)


_SERVICE = {
    "TENANTS": "contoso",
    "CHANGED_TENANTS": "contoso",
    "BASE": "HEAD^1",
    "CI_MERGE_REQUEST_DIFF_BASE_SHA": "HEAD^1",
    "CI_COMMIT_BEFORE_SHA": "HEAD^1",
    "ARM_OIDC_TOKEN": "invented",
    "GITHUB_REPOSITORY": "contoso/images",
    "HOME": os.environ["HOME"],
}
_EXPRESSIONS = {
    "github.event.before": "HEAD^1",
    "inputs.tenants": "",
    "inputs.target": "setup",
    "parameters.target": "setup",
    "matrix.tenants": "contoso",
    "needs.offline.outputs.tenants": "contoso",
    "github.token": "invented",
    "github.server_url": "https://github.com",
    "github.repository": "contoso/images",
    "github.run_id": "1",
    "github.event.workflow_run.head_sha": "0" * 40,
    "github.event.workflow_run.head_repository.full_name == github.repository && "
    "github.event.workflow_run.head_branch || format('{0}:{1}', "
    "github.event.workflow_run.head_repository.owner.login, "
    "github.event.workflow_run.head_branch)": "stranger:branch",
    **{
        f"vars.{name}": ""
        for name in (
            "PULUMI_BACKEND_URL",
            "ARM_CLIENT_ID",
            "ARM_CLIENT_ID_READER",
            "ARM_TENANT_ID",
            "ARM_SUBSCRIPTION_ID",
        )
    },
}
