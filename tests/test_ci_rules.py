"""Workflows to copy are linted, have the least rights, and are those that run here."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ci_jobs import COPIES, OF_AZURE, OF_GITHUB, OF_GITLAB, OWN, document
from conftest_emulator import ROOT

WORKFLOWS = [file for file in OF_GITHUB if file.parent.name == "workflows"] + OWN
ACTIONS = [file for file in OF_GITHUB if file.name == "action.yml"]
PREVIEW = document(COPIES / "github/workflows/preview.yml")
COMMENT = document(COPIES / "github/workflows/comment.yml")
TOKENS = {"contents": "read", "id-token": "write"}
_USES = re.compile(r"uses: (?P<action>[\w-]+/[\w./-]+)@(?P<pin>\S+)(?P<version>.*)")


def lint(*command: str | Path) -> str:
    """Run a linter; give what it says."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def by_place(file: Path) -> str:
    return str(file.relative_to(ROOT))


def uses(job: dict[str, Any]) -> list[str]:
    return [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step]


def test_actionlint_finds_nothing() -> None:
    assert lint("actionlint", "-oneline", *WORKFLOWS) == ""


def test_zizmor_finds_nothing() -> None:
    command = ("zizmor", "--offline", "--quiet", "--config", ".github/zizmor.yml")
    assert lint(*command, *WORKFLOWS, *ACTIONS) == ""


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-workflows", WORKFLOWS),
        ("github-actions", ACTIONS),
        ("gitlab-ci", OF_GITLAB),
        ("azure-pipelines", OF_AZURE),
    ],
)
def test_files_fit_the_schema_of_their_service(schema: str, files: list[Path]) -> None:
    own = "github" not in schema
    transform = ("--data-transform", schema) if own else ()
    # Some patterns of Azure's schema are no Unicode patterns.
    command = ("check-jsonschema", "--regex-variant", "nonunicode")
    assert lint(*command, "--builtin-schema", f"vendor.{schema}", *transform, *files) == ""


@pytest.mark.parametrize("text", ["on: push\njobs: {a: {runs-on: x}}\n", "on: nothing\njobs: {}\n"])
def test_a_wrong_workflow_is_found(tmp_path: Path, text: str) -> None:
    file = tmp_path / "wrong.yml"
    file.write_text(text)

    assert lint("actionlint", "-oneline", file) != ""


def test_what_is_copied_runs_here_too() -> None:
    here = {file.relative_to(ROOT / ".github") for file in (ROOT / ".github").rglob("*.yml")}
    copies = {file.relative_to(COPIES / "github"): file for file in OF_GITHUB}

    both = here & copies.keys()

    assert {str(name) for name in both} == {
        "actions/login/action.yml",
        "actions/setup/action.yml",
        "workflows/comment.yml",
        "workflows/preview.yml",
    }
    different = [
        name for name in both if (ROOT / ".github" / name).read_bytes() != copies[name].read_bytes()
    ]
    assert different == [], "type: cp -r ci/github/actions .github, and the same for workflows"


@pytest.mark.parametrize("file", WORKFLOWS, ids=by_place)
def test_a_workflow_has_no_right_that_a_job_does_not_name(file: Path) -> None:
    found = document(file)

    assert found["permissions"] == {}
    for job in found["jobs"].values():
        assert job["permissions"]
        assert job["timeout-minutes"]


@pytest.mark.parametrize("file", [*OF_GITHUB, *OF_GITLAB, *OF_AZURE], ids=by_place)
def test_no_file_asks_for_a_stored_secret(file: Path) -> None:
    text = file.read_text()

    assert "secrets." not in text
    assert re.search(r"PASSPHRASE|CLIENT_SECRET|ACCESS_TOKEN|PRIVATE-TOKEN", text) is None


def test_an_action_is_pinned_by_its_commit_the_same_everywhere() -> None:
    found = [use for file in [*WORKFLOWS, *ACTIONS] for use in _USES.finditer(file.read_text())]

    pins: dict[str, set[str]] = {}
    for use in found:
        assert re.fullmatch("[0-9a-f]{40}", use["pin"]), use[0]
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", use["version"]), use[0]
        pins.setdefault(use["action"], set()).add(use["pin"] + use["version"])
    assert {action: len(pin) for action, pin in pins.items()} == dict.fromkeys(pins, 1)
    assert len(pins) == 8


def test_the_job_that_renders_can_read_and_nothing_else() -> None:
    assert PREVIEW["jobs"]["render"]["permissions"] == {"contents": "read"}
    assert "./.github/actions/login" not in uses(PREVIEW["jobs"]["render"])


def test_a_token_is_given_where_a_sign_in_is_and_never_to_a_fork() -> None:
    rights = {name: job["permissions"] for name, job in PREVIEW["jobs"].items()}

    assert rights == {
        "offline": {"contents": "read"},
        "login": TOKENS,
        "render": {"contents": "read"},
    }
    own = "github.event.pull_request.head.repo.full_name == github.repository"
    assert own in PREVIEW["jobs"]["login"]["if"]


def test_the_job_that_posts_runs_nothing_of_the_pull_request() -> None:
    (job,) = COMMENT["jobs"].values()

    assert uses(job) == ["actions/download-artifact", "marocchino/sticky-pull-request-comment"]
    (run,) = [step["run"] for step in job["steps"] if "run" in step]
    assert run.startswith("gh pr view ")
    assert "${{" not in run
    assert "review" not in run, "what an artifact says is never looked at"


def test_the_number_of_the_pull_request_is_that_of_the_event() -> None:
    (job,) = COMMENT["jobs"].values()
    pull, post = job["steps"][1:]

    assert post["with"]["number"] == f"${{{{ steps.{pull['id']}.outputs.number }}}}"
    told = {name: text for name, text in pull["env"].items() if name != "GH_TOKEN"}
    contexts = re.findall(r"(?:github|steps|env|needs)\.[\w.]+", " ".join(told.values()))
    assert {name for name in contexts if name != "github.repository"} == {
        "github.event.workflow_run.head_sha",
        "github.event.workflow_run.head_branch",
        "github.event.workflow_run.head_repository.full_name",
        "github.event.workflow_run.head_repository.owner.login",
    }


def test_tenants_are_deployed_one_by_one_and_apart() -> None:
    job = document(COPIES / "github/workflows/deploy.yml")["jobs"]["tenant"]

    assert job["strategy"]["fail-fast"] is False
    assert job["concurrency"] == {"group": "tenant-${{ matrix.tenants }}"}
    assert job["environment"] == "deploy"
    assert job["permissions"] == TOKENS
