"""The lock against git and against stacks: what is read, and what is said where that is missing."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from git_support import Repository
from locks import REGISTRY, found, lock
from pydantic import SecretStr
from ready_stack import ReadyStack
from transfer_support import (
    SAS,
    SOURCE_REGISTRY_ID,
    TARGET_HOST,
    FakeRegistries,
    new_place,
    plain_console,
    source_contract,
    target_contract,
)

from components.model.contract import RunPart
from components.model.errors import SettingsError, TransferError
from components.model.images_lock import ImagesLock
from components.model.names import Side, blob_name, run_tag
from transfer.diff.of_git import diff_against
from transfer.diff.of_stacks import diff_of_stacks
from transfer.diff.record import Diff
from transfer.errors import CommandFailedError, WrongUseError
from transfer.pair import Pair
from transfer.registry.client import Registry
from transfer.stacks import MadeResource, Stack

BASE = [found("shop/api:2.0"), found("shop/web:1.4")]
BEFORE = lock(BASE)
AFTER = lock([*BASE, found("shop/web:1.5")], BEFORE.artifacts)
OLD, NEW = AFTER.artifacts[0].batch, AFTER.artifacts[2].batch
LOCK = "images.lock"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose lock has one image more than what was exported."""
    (tmp_path / "Pulumi.yaml").write_text("name: acr-transfer\n")
    write_stack_file(tmp_path, "source", f"acr-transfer:images_lock: {LOCK}")
    write_stack_file(tmp_path, "target", "acr-transfer:options: [OverwriteTags]")
    (tmp_path / LOCK).write_text(AFTER.text())
    return tmp_path


def write_stack_file(project: Path, side: str, *lines: str) -> None:
    settings = [
        f"acr-transfer:side: {side}",
        f"acr-transfer:registry: rg-contoso/contoso{side}",
        *lines,
    ]
    text = "\n".join(["config:", *(f"  {line}" for line in settings)])
    (project / f"Pulumi.{side}.yaml").write_text(text)


def place(**changed: str) -> MadeResource:
    """Keep, in the source stack, the place that its file names; but for what is changed."""
    kept = new_place(SOURCE_REGISTRY_ID.lower().replace("/rg/", "/rg-contoso/"))
    return MadeResource("pulumi:index:Stash", "source-place", {"input": {**kept, **changed}}, {})


def pipeline_run(batch: str, status: str = "Succeeded", rerun: int = 0) -> MadeResource:
    return MadeResource(
        "azure-native:containerregistry:PipelineRun",
        batch,
        {"forceUpdateTag": run_tag(batch, rerun), "pipelineRunName": f"export{batch}"},
        {"response": {"status": status}},
    )


def parts(of: ImagesLock, *, with_digests: bool = True) -> list[RunPart]:
    return [
        RunPart(
            name=f"export{batch.name}",
            blob=blob_name(batch.name),
            artifacts=tuple(map(str, batch.artifacts)),
            digests=dict(batch.digests) if with_digests else {},
        )
        for batch in of.batches
    ]


class Scene:
    """Two stacks and the target's registry."""

    def __init__(self, project: Path) -> None:
        self.registries = FakeRegistries()
        self.pair = Pair(directory=project)
        self.runs: Sequence[RunPart] = parts(BEFORE)
        self.made: list[MadeResource] = [pipeline_run(OLD)]
        self.target: Stack = ReadyStack("target", target_contract())
        # What a new registry answers.
        for repository in ("shop/api", "shop/web"):
            self.tags(repository)

    def tags(self, repository: str, *tags: str) -> None:
        listed = ",".join(f'"{tag}"' for tag in tags)
        path = f"{TARGET_HOST}/v2/{repository}/tags/list"
        self.registries.content[path] = f'{{"tags":[{listed}]}}'.encode()

    def diff(self) -> Diff:
        contract = source_contract(*self.runs) if self.runs else None
        stacks: dict[Side, Stack] = {
            "source": ReadyStack("source", contract, self.made),
            "target": self.target,
        }
        return diff_of_stacks(self.pair, stacks.__getitem__, self._open, plain_console()[0])

    def _open(self, side: Side, host: str) -> Registry:
        assert side == "target"
        return Registry(host, self.registries.client(), no_sign_in, {"DOCKER_CONFIG": "/none"})


def no_sign_in() -> SecretStr:
    raise AssertionError("nobody asks for it")


@pytest.fixture
def scene(project: Path) -> Scene:
    """Stacks that have exported and imported all but the newest image."""
    return Scene(project)


def test_the_run_of_a_new_image_is_made_and_the_one_that_was_exported_stays(scene: Scene) -> None:
    found = scene.diff()

    assert [run.artifacts for run in found.new_runs] == [("shop/web:1.5",)]
    assert (found.kept_runs, found.unchanged, found.notes) == ((OLD,), 2, ())
    assert found.compared_with == "what stack 'source' has exported"


def test_a_failed_run_is_told_with_what_repeats_it(scene: Scene) -> None:
    scene.made = [pipeline_run(OLD, "Failed")]

    found = scene.diff()

    assert found.kept_runs == (OLD,)
    (note,) = found.notes
    assert note.startswith(f"The run of batch {OLD} has failed")
    assert note.endswith(f"acr-transfer lock --renew {OLD}")


def test_a_run_that_is_told_but_was_never_made_will_be_made(scene: Scene) -> None:
    scene.runs, scene.made = parts(AFTER), [pipeline_run(NEW)]

    found = scene.diff()

    assert [run.batch for run in found.new_runs] == [OLD]
    assert [item.artifact for item in found.exported_again] == ["shop/api:2.0", "shop/web:1.4"]


def test_a_raised_rerun_makes_all_runs_anew(scene: Scene, project: Path) -> None:
    lock_line = f"acr-transfer:images_lock: {LOCK}"
    write_stack_file(project, "source", lock_line, "acr-transfer:rerun: 1")
    scene.made = [pipeline_run(OLD), pipeline_run(NEW, rerun=1)]

    assert [run.batch for run in scene.diff().new_runs] == [OLD]


def test_what_a_plain_list_exported_is_exported_once_more(scene: Scene) -> None:
    scene.runs = [RunPart(name="export1", blob=blob_name("1" * 16), artifacts=("shop/web:1.4",))]
    scene.made = [pipeline_run("1" * 16)]

    found = scene.diff()

    assert [item.artifact for item in found.exported_again] == ["shop/web:1.4"]
    assert (len(found.new_runs), found.lost_runs) == (2, ("1" * 16,))
    assert "was exported from a plain list" in found.notes[0]


def test_of_a_source_that_has_exported_nothing_everything_is_new(scene: Scene) -> None:
    scene.runs, scene.made = (), []

    found = scene.diff()

    assert (len(found.added), len(found.new_runs)) == (3, 2)
    assert found.notes == ("Stack 'source' has exported nothing yet, so everything is new.",)


def test_after_a_change_of_the_registry_everything_is_new(scene: Scene, project: Path) -> None:
    write_stack_file(project, "source", f"acr-transfer:images_lock: {LOCK}")
    (project / "Pulumi.source.yaml").write_text(
        "config: {acr-transfer:side: source, acr-transfer:registry: rg/other1, "
        f"acr-transfer:images_lock: {LOCK}}}"
    )
    (project / LOCK).write_text(replace(AFTER, registry="other1").text())

    found = scene.diff()

    assert (len(found.added), found.kept_runs) == (3, ())
    assert f"has exported from registry '{REGISTRY}'" in found.notes[0]


def test_the_targets_tags_are_compared_with_the_lock(scene: Scene) -> None:
    other = scene.registries.push(TARGET_HOST, "shop/web", "1.5", "sha256:" + "a" * 64)
    scene.tags("shop/web", "1.5", "0.1")

    found = scene.diff()

    assert [(item.artifact, item.target_digest) for item in found.overwrites] == [
        ("shop/web:1.5", other)
    ]
    assert found.target is not None
    assert (found.target.differs, found.target.unlisted) == ((), ("shop/web:0.1",))


def test_a_tag_that_the_target_does_not_list_is_not_asked_for(scene: Scene) -> None:
    scene.diff()

    assert [line for line in scene.registries.requests if "/manifests/" in line] == []


@pytest.mark.parametrize(
    ("reason", "target"),
    [
        ("it has no output 'contract'", ReadyStack("target", None)),
        (
            "it reads its images from stack 'other'",
            ReadyStack("target", target_contract().model_copy(update={"source_stack": "other"})),
        ),
    ],
)
def test_a_target_that_cannot_be_compared_is_a_note(
    scene: Scene, reason: str, target: Stack
) -> None:
    scene.target = target

    found = scene.diff()

    assert (len(found.new_runs), found.target) == (1, None)
    assert found.notes == (f"What the target holds is not known, stack 'target': {reason}.",)


def test_a_target_stack_that_fails_is_a_note(scene: Scene) -> None:
    class FailingStack(ReadyStack):
        def outputs(self) -> dict[str, object]:
            raise CommandFailedError("the passphrase is wrong.")

    scene.target = FailingStack("target", None)

    assert scene.diff().notes[0].endswith("stack 'target': the passphrase is wrong.")


def test_a_target_registry_that_refuses_is_a_note(scene: Scene) -> None:
    scene.registries.refusals[f"{TARGET_HOST}/v2/shop/api/tags/list"] = 403

    found = scene.diff()

    assert (len(found.new_runs), found.target, len(found.notes)) == (1, None, 1)
    assert TARGET_HOST in found.notes[0]


def test_a_target_without_the_option_overwrites_nothing(scene: Scene, project: Path) -> None:
    allowed = scene.diff().may_overwrite
    write_stack_file(project, "target")

    assert (allowed, scene.diff().may_overwrite) == (True, False)


def test_a_stack_that_names_no_lock_is_refused_with_what_to_write(project: Path) -> None:
    write_stack_file(project, "source")

    with pytest.raises(SettingsError, match=r"Write acr-transfer:images_lock: images\.lock"):
        diff_against("main", Pair(directory=project))


def test_against_a_commit_only_git_and_files_are_read(project: Path) -> None:
    repository = Repository(project)
    repository.commit(LOCK, BEFORE.text())
    (project / LOCK).write_text(AFTER.text())

    found = diff_against("main", Pair(directory=project))

    assert found.compared_with == "images.lock of main"
    assert [item.artifact for item in found.added] == ["shop/web:1.5"]
    assert (found.kept_runs, found.target, found.notes) == ((OLD,), None, ())


@pytest.mark.parametrize("file", [LOCK, f"../{LOCK}"])
def test_a_lock_is_found_by_its_place_beside_the_stack_file(project: Path, file: str) -> None:
    inner = project / "inner"
    inner.mkdir()
    repository = Repository(project)
    repository.commit(LOCK, (BEFORE if file.startswith("..") else AFTER).text())
    repository.commit(f"inner/{LOCK}", (AFTER if file.startswith("..") else BEFORE).text())
    (inner / file).write_text(AFTER.text())
    (inner / "Pulumi.yaml").write_text("name: acr-transfer\n")
    write_stack_file(inner, "source", f"acr-transfer:images_lock: {file}")

    assert [item.artifact for item in diff_against("main", Pair(directory=inner)).added] == [
        "shop/web:1.5"
    ]


def test_an_error_of_a_registry_is_shown_without_what_is_secret(scene: Scene) -> None:
    class FailingStack(ReadyStack):
        def outputs(self) -> dict[str, object]:
            raise CommandFailedError(f"no answer from https://a.example/?{SAS}")

    scene.target = FailingStack("target", None)

    assert "TOP-SECRET" not in scene.diff().as_json()


def test_where_a_commit_has_no_lock_everything_is_new(project: Path) -> None:
    Repository(project).commit("Pulumi.yaml", "name: acr-transfer\n")

    found = diff_against("main", Pair(directory=project))

    assert len(found.added) == 3
    assert found.notes == ("There is no images.lock of main, so everything is new.",)


def test_where_a_commit_has_the_lock_of_another_registry_everything_is_new(project: Path) -> None:
    Repository(project).commit(LOCK, replace(BEFORE, registry="other").text())
    (project / LOCK).write_text(AFTER.text())

    found = diff_against("main", Pair(directory=project))

    assert (len(found.added), len(found.new_runs)) == (3, 2)
    assert "is of registry 'other'" in found.notes[0]


@pytest.mark.parametrize("ref", ["nowhere", "--version", "-x", ""])
def test_a_commit_that_is_not_there_is_refused(project: Path, ref: str) -> None:
    Repository(project).commit(LOCK, BEFORE.text())

    with pytest.raises(WrongUseError, match=f"--against '{ref}' is not valid"):
        diff_against(ref, Pair(directory=project))


def test_a_directory_outside_of_git_is_refused(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.parent))

    with pytest.raises(WrongUseError, match="git says: "):
        diff_against("main", Pair(directory=project))


def test_without_git_it_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(project))

    with pytest.raises(CommandFailedError, match="git is not on PATH"):
        diff_against("main", Pair(directory=project))


def test_a_lock_that_is_broken_at_the_commit_is_told_with_its_place(project: Path) -> None:
    Repository(project).commit(LOCK, BEFORE.text() + "<<<<<<< HEAD\n")
    (project / LOCK).write_text(AFTER.text())

    with pytest.raises(TransferError, match=r"images\.lock of main line"):
        diff_against("main", Pair(directory=project))


def test_a_source_that_stands_where_its_file_says_has_exported_what_it_has(scene: Scene) -> None:
    scene.made = [pipeline_run(OLD), place()]

    made = scene.diff()

    assert made.kept_runs == (OLD,)
    assert made.notes == ()


@pytest.mark.parametrize(
    ("key", "before"),
    [
        ("prefix", "other"),
        ("storage_access", "managed-identity"),
        ("resource_group", "/subscriptions/1111/resourcegroups/rg-transfer"),
        ("registry", SOURCE_REGISTRY_ID.lower()),
    ],
)
def test_a_place_that_is_not_applied_yet_is_named_and_all_counts_as_exported_again(
    scene: Scene, key: str, before: str
) -> None:
    scene.made = [pipeline_run(OLD), place(**{key: before})]

    made = scene.diff()

    assert (made.kept_runs, len(made.exported_again), len(made.added)) == ((), 2, 1)
    (note,) = made.notes
    assert note.startswith(f"The source side changes: {key} from {before!r} to ")
    assert "All images are exported again." in note


def test_a_location_is_compared_where_the_file_names_one(project: Path, scene: Scene) -> None:
    scene.made = [pipeline_run(OLD), place()]
    lines = (f"acr-transfer:images_lock: {LOCK}", "acr-transfer:location: northeurope")
    write_stack_file(project, "source", *lines)

    made = scene.diff()

    assert made.kept_runs == ()
    assert "location from 'westeurope' to 'northeurope'" in made.notes[0]
