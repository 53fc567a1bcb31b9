"""Every line that a workflow to copy runs is run here, with stand-ins for clouds and services."""

import json
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from ci_jobs import Job, Step, all_jobs
from ci_stage import CiStage
from doc_commands import fault_of

JOBS = {str(job): job for job in all_jobs()}
OFFLINE = JOBS["ci/github/workflows/preview.yml:offline"]


@pytest.fixture
def stage(tmp_path: Path, quick_start: Mapping[str, str]) -> CiStage:
    """Tenants in git, one of which the last commit has changed."""
    return CiStage(tmp_path, quick_start)


@pytest.fixture
def removed(stage: CiStage) -> CiStage:
    """The same, after a commit that does nothing but remove the other tenant's folder."""
    shutil.rmtree(stage.root / "tenants/fabrikam")
    stage.commit()
    return stage


def whole(line: str) -> Iterator[str]:
    """Give a command, and the one that it hands on."""
    yield line
    if line.startswith("acr-transfer fleet each "):
        yield f"acr-transfer {shlex.split(line)[3]}"


@pytest.mark.parametrize("job", JOBS.values(), ids=str)
def test_every_line_of_a_job_ends_well_and_calls_what_there_is(stage: CiStage, job: Job) -> None:
    ended = stage.run(job)

    assert [(text, said) for text, code, said in ended if code] == []
    called = [command for line in stage.typed() for command in whole(line)]
    assert [fault for command in called if (fault := fault_of(command))] == []


def test_the_jobs_of_all_services_are_found() -> None:
    assert {
        "ci/github/actions/setup/action.yml:action",
        "ci/github/workflows/comment.yml:post",
        "ci/github/workflows/deploy.yml:tenant",
        ".github/workflows/judges.yml:judges",
        "ci/gitlab/.gitlab-ci.yml:nightly",
        "ci/gitlab/deploy-tenants.yml:tenant",
        "ci/azure-pipelines/deploy.yml:tenant",
        "ci/azure-pipelines/setup.yml:steps",
    } <= set(JOBS)


def test_a_line_that_fails_is_told(stage: CiStage) -> None:
    stage.lists("contoso", "shop/web:9")

    codes = [code for _, code, _ in stage.run(OFFLINE)]

    # The lock does not fit its list; all else is recorded nevertheless.
    assert codes == [0, 0, 3, 0, 0]
    records = stage.root / "records"
    assert json.loads((records / "contoso/lock.json").read_text())["differences"] != []
    assert json.loads((records / "contoso/diff.json").read_text())["would_move"] is True


def unheeded(stage: CiStage, job: Job) -> list[str]:
    """Give the calls of which the step ends well although they fail."""
    stage.lets_fail(0)
    assert stage.ends_well(job)
    calls, found = stage.typed(), []
    for number, call in enumerate(calls, 1):
        stage.lets_fail(number)
        if stage.ends_well(job):
            found.append(call)
        stage.typed()
        (stage.root / "failed").unlink(missing_ok=True)
    return found


@pytest.mark.parametrize("job", JOBS.values(), ids=str)
def test_whichever_command_of_a_job_fails_its_step_fails(stage: CiStage, job: Job) -> None:
    assert unheeded(stage, job) == []


@pytest.mark.parametrize(
    ("text", "shell"),
    [
        ('echo "tenants=$(acr-transfer fleet names)"', ("bash", "-eo", "pipefail")),
        ("acr-transfer fleet names | cat", ("bash", "-e")),
        ("acr-transfer fleet names\necho done", ("bash",)),
    ],
)
def test_a_line_that_hides_a_failure_is_found(
    stage: CiStage, text: str, shell: tuple[str, ...]
) -> None:
    assert unheeded(stage, Job("", "", [Step(text, shell)])) == ["acr-transfer fleet names"]


def test_a_preview_whose_changed_tenants_cannot_be_told_fails(stage: CiStage) -> None:
    shutil.rmtree(stage.root / ".git")

    codes = [code for _, code, _ in stage.run(Job("", "", OFFLINE.steps[:2]))]

    assert codes == [2, 2]


def test_a_preview_is_of_the_changed_tenants_alone(stage: CiStage) -> None:
    stage.run(OFFLINE)

    assert stage.typed()[-1].split()[:3] == ["acr-transfer", "rehearse", "contoso"]


@pytest.mark.parametrize(
    "name",
    [
        "ci/github/workflows/deploy.yml:tenant",
        "ci/gitlab/deploy-tenants.yml:tenant",
        "ci/azure-pipelines/deploy.yml:tenant",
    ],
)
def test_a_deployment_updates_the_source_before_the_target_and_keeps_the_policies(
    stage: CiStage, name: str
) -> None:
    stage.run(JOBS[name])

    calls = [call.split()[:3] for call in stage.engine.calls()]
    assert calls == [
        ["contoso-source", "up", "--policy-pack"],
        ["contoso-target", "up", "--policy-pack"],
    ]
    assert stage.typed()[-1] == "acr-transfer fleet run contoso"


@pytest.mark.parametrize(
    "name",
    [
        "ci/gitlab/.gitlab-ci.yml:offline",
        "ci/gitlab/.gitlab-ci.yml:login",
        "ci/gitlab/.gitlab-ci.yml:plan",
        "ci/azure-pipelines/deploy.yml:plan",
    ],
)
def test_where_a_tenant_is_removed_and_no_other_changes_each_step_ends_well_and_names_it(
    removed: CiStage, name: str
) -> None:
    ended = removed.run(JOBS[name])

    assert [(text, said) for text, code, said in ended if code] == []
    assert "acr-transfer tenant remove fabrikam\n" in "".join(said for *_, said in ended)
    assert "acr-transfer rehearse" not in " ".join(removed.typed())


@pytest.mark.parametrize(
    "name",
    [
        "ci/github/workflows/preview.yml:render",
        "ci/gitlab/.gitlab-ci.yml:review",
        "ci/azure-pipelines/preview.yml:review",
    ],
)
def test_a_tenant_that_is_removed_has_its_text_without_a_record(
    removed: CiStage, name: str
) -> None:
    removed.is_rehearsed = False

    ended = removed.run(JOBS[name])

    assert [(text, said) for text, code, said in ended if code] == []
    text = (removed.root / "review.md").read_text()
    assert "**Nothing changes in 1 tenant, 1 removed.**\n\n### 1 destructive change\n" in text
    assert "acr-transfer tenant remove fabrikam" in text
    assert "Not looked at" not in text


def test_a_pull_request_is_told_which_tenants_it_removes(removed: CiStage) -> None:
    offline = next(step for step in OFFLINE.steps if step.name == "removed")

    removed.run(Job("", "", [offline]))

    assert (removed.root / "output.json").read_text() == "tenants=fabrikam\n"
