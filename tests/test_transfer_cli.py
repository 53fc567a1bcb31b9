"""The command keeps its word on exit codes, streams and sentences."""

import json
import os
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from check_support import UNREAD, FakeReader
from doc_commands import ROOT, fault_of
from locks import found, lock
from ready_stack import ReadyStack
from transfer_support import (
    SOURCE_HOST,
    TARGET_HOST,
    FakeClock,
    FakeCloud,
    FakeRegistries,
    FakeStorage,
    md5,
    plain_console,
    run_part,
    source_contract,
    storage_transport,
    target_contract,
)
from typer.testing import CliRunner

import transfer.wiring
from components.model.artifacts import cut_into_batches, parse_artifact
from components.model.errors import ContractError, Problem, SettingsError
from components.model.images_lock import ImagesLock, LockedArtifact
from transfer.check.facts import Missing, StorageFacts
from transfer.cli import app
from transfer.console import Console
from transfer.copy.folder import FolderBlob, FolderManifest
from transfer.errors import CommandFailedError, StoppedError, WrongUseError
from transfer.hints import Hint, Pulumi, Rerun
from transfer.left_undone import Transferred
from transfer.pair import Pair
from transfer.session import Network, Session
from transfer.stacks import MadeResource, Stack
from transfer.verdicts import Verdict
from transfer.verify import Check, Verification

ENVIRONMENT = {"DOCKER_CONFIG": "/nonexistent"}


class Scene:
    """What the command finds: stacks by name, and registries."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.registries = FakeRegistries()
        self.reader = FakeReader()
        self.storage = FakeStorage()
        self.stacks: dict[str, Stack] = {
            "source": ReadyStack("source", source_contract(run_part(1, "shop/web:1"))),
            "target": ReadyStack("target", target_contract("shared")),
        }
        self.open_stack: Callable[[str], Stack] = lambda name: self.stacks.get(
            name, ReadyStack(name, None)
        )
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(transfer.wiring, "open_session", self._open)

    def fail_with(self, error: BaseException) -> None:
        """Make every use of a stack fail."""

        def fail(name: str) -> Stack:
            assert name
            raise error

        self.open_stack = fail

    def call(self, *arguments: str) -> tuple[int, str, str]:
        """Run the command; give its exit code, stdout and stderr."""
        self._monkeypatch.setattr(sys, "argv", ["acr-transfer", *arguments])
        result = CliRunner().invoke(app, arguments)
        return result.exit_code, result.stdout, result.stderr

    def type(self, line: str) -> int:
        """Type the last line of a failure, in which the engine succeeds; give its exit code."""
        code = 0
        for command in line.split(" && "):
            assert fault_of(command) is None
            program, *arguments = shlex.split(command)
            code = self.call(*arguments)[0] if program == "acr-transfer" else 0
        return code

    def _open(self, pair: Pair, environment: object, *, as_json: bool) -> Session:
        assert pair.directory.is_dir()
        assert environment is os.environ
        console = plain_console()[0] if as_json else Console()
        network = Network(self.registries.client(), lambda: storage_transport(self.storage.handle))
        return Session(
            pair,
            self.open_stack,
            lambda _side, _stack: FakeCloud(),
            lambda _side, _stack: self.reader,
            network,
            console,
            FakeClock(),
            ENVIRONMENT,
        )


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Two stacks that are up, shared blobs, and registries that are empty."""
    return Scene(monkeypatch)


def test_verify_ends_with_0_and_a_table_when_all_arrived(scene: Scene) -> None:
    digest = scene.registries.push_both("shop/web", "1", "sha256:" + "a" * 64)

    code, stdout, stderr = scene.call("verify")

    assert (code, stderr) == (0, "")
    for cell in ("shop/web:1", digest[7:19], "acr-transfer-1", "1 platform", "arrived"):
        assert cell in stdout


def test_verify_ends_with_1_and_the_next_command_when_something_is_missing(scene: Scene) -> None:
    scene.registries.push(SOURCE_HOST, "shop/web", "1", "sha256:" + "a" * 64)

    code, stdout, stderr = scene.call("verify")

    assert code == 1
    assert "1 artifacts: 1 missing" in stdout
    assert stderr.splitlines()[-1] == "acr-transfer run"


def test_verify_for_machines_prints_json_and_nothing_else(scene: Scene) -> None:
    scene.registries.push(SOURCE_HOST, "shop/web", "1", "sha256:" + "a" * 64)

    code, stdout, _ = scene.call("verify", "--json")

    report = json.loads(stdout)
    assert code == report["exit_code"] == 1
    assert report["complete"] is False
    assert [entry["verdict"] for entry in report["artifacts"]] == ["missing"]


def test_verify_tells_drift_from_a_lock_by_exit_code_3_and_what_overwrites_it(
    scene: Scene,
) -> None:
    locked = scene.registries.push(SOURCE_HOST, "shop/web", "1", "sha256:" + "a" * 64)
    run = run_part(1, digests={"shop/web:1": locked})
    scene.stacks["source"] = ReadyStack("source", source_contract(run))
    scene.registries.push(TARGET_HOST, "shop/web", "1", "sha256:" + "b" * 64)

    code, stdout, stderr = scene.call("verify", "--deep")

    assert (code, "1 artifacts: 1 differs" in stdout) == (3, True)
    assert stderr.splitlines()[-1] == (
        "pulumi config set --path 'acr-transfer:options[0]' OverwriteTags -s target && "
        "acr-transfer lock --renew shop/web:1 && acr-transfer run"
    )


def test_a_whole_transfer_ends_with_exit_code_3_where_drift_is_all_that_is_left(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    drift = Check("shop/web:1", "run", "blob", "", "", 1, Verdict.DIFFERS, locked=True)
    monkeypatch.setattr(Session, "run", lambda *_: Transferred(Verification((drift,))))

    code, stdout, _ = scene.call("run", "--json")

    assert code == json.loads(stdout)["exit_code"] == 3


@pytest.mark.parametrize("options", [(), ("--deep",)])
def test_verify_goes_down_to_layers_where_it_is_told_to(
    scene: Scene, options: tuple[str, ...]
) -> None:
    scene.registries.push_both("shop/web", "1", "sha256:" + "a" * 64)
    scene.registries.remove(TARGET_HOST, "shop/web", f"blobs/sha256:{'a' * 64}")

    code, stdout, _ = scene.call("verify", "--json", *options)

    depth, verdict = ("layers", "incomplete") if options else ("manifests", "arrived")
    report = json.loads(stdout)
    assert (report["exit_code"], report["depth"]) == (code, depth)
    assert [entry["verdict"] for entry in report["artifacts"]] == [verdict]


def other_source(scene: Scene, name: str) -> None:
    """Have the target read another stack, whose image is not at the target."""
    own = target_contract("shared").model_copy(update={"source_stack": name})
    scene.stacks["target"] = ReadyStack("target", own)
    scene.stacks[name] = ReadyStack(name, source_contract(run_part(1, "theirs/web:1")))
    scene.registries.push_both("shop/web", "1", "sha256:" + "a" * 64)
    scene.registries.push(SOURCE_HOST, "theirs/web", "1", "sha256:" + "b" * 64)


@pytest.mark.parametrize("name", ["theirs", "organization/other-project/source"])
def test_verify_compares_with_the_source_that_the_target_names(scene: Scene, name: str) -> None:
    other_source(scene, name)

    code, stdout, stderr = scene.call("verify", "--json")

    report = json.loads(stdout)["artifacts"]
    assert code == 1
    assert [(entry["artifact"], entry["verdict"]) for entry in report] == [
        ("theirs/web:1", "missing")
    ]
    assert stderr.splitlines()[-1] == f"acr-transfer run --source {name}"


@pytest.mark.parametrize("verb", ["verify", "copy"])
def test_another_source_than_the_targets_is_wrong_use(scene: Scene, verb: str) -> None:
    other_source(scene, "theirs")

    code, stdout, stderr = scene.call(verb, "--source", "source")

    assert (code, stdout) == (2, "")
    assert "--source 'source' is not valid: stack 'target' reads its images from 'theirs'" in stderr
    assert "Write --source theirs" in stderr


@pytest.mark.parametrize("name", ["source", "organization/acr-transfer/source"])
def test_the_targets_source_may_be_typed_by_either_name(scene: Scene, name: str) -> None:
    scene.registries.push_both("shop/web", "1", "sha256:" + "a" * 64)
    scene.stacks[name] = scene.stacks["source"]

    assert scene.call("verify", "--source", name)[0] == 0


def test_a_target_that_names_no_source_asks_for_it(scene: Scene) -> None:
    own = target_contract("shared").model_copy(update={"source_stack": ""})
    scene.stacks["target"] = ReadyStack("target", own)
    scene.registries.push_both("shop/web", "1", "sha256:" + "a" * 64)

    code, _, stderr = scene.call("verify")

    assert code == 2
    assert "--source-file" in stderr
    assert scene.call("verify", "--source", "source")[0] == 0


def test_check_begins_with_who_signs_in_and_counts_what_is_good(scene: Scene) -> None:
    scene.registries.push(SOURCE_HOST, "shop/web", "1", "sha256:" + "a" * 64)

    code, stdout, stderr = scene.call("check")

    assert (code, stderr) == (0, "")
    lines = stdout.splitlines()
    assert [line.partition(":")[0] for line in lines[:2]] == [
        "source side, stack 'source'",
        "target side, stack 'target'",
    ]
    assert lines[-1].endswith("things are good; --all lists them.")
    assert "exportPolicy enabled" not in stdout


def test_check_shows_what_is_good_where_all_is_asked_for(scene: Scene) -> None:
    scene.registries.push(SOURCE_HOST, "shop/web", "1", "sha256:" + "a" * 64)

    code, stdout, stderr = scene.call("check", "--all")

    assert (code, stderr) == (0, "")
    assert "good    source  registry 'contoso': exportPolicy enabled" in stdout
    assert "--all" not in stdout


def test_check_that_could_not_read_something_fails(scene: Scene) -> None:
    scene.registries.push(SOURCE_HOST, "shop/web", "1", "sha256:" + "a" * 64)
    scene.reader.held = UNREAD

    code, stdout, stderr = scene.call("check", "--json")

    report = json.loads(stdout)
    assert (code, report["fails"], report["complete"]) == (1, False, False)
    assert stderr.splitlines()[-1] == "acr-transfer check --json"


def test_check_says_first_what_it_could_not_read(scene: Scene) -> None:
    scene.reader.storages = StorageFacts("contoso", allows_shared_keys=False)
    scene.reader.held = UNREAD

    _, stdout, _ = scene.call("check")

    assert stdout.index("unread  source") < stdout.index("fails   source")


def test_check_ends_with_1_and_the_next_command_when_something_fails(scene: Scene) -> None:
    scene.registries.push(SOURCE_HOST, "shop/web", "1", "sha256:" + "a" * 64)
    scene.reader.storages = StorageFacts("contoso", allows_shared_keys=False)

    code, stdout, stderr = scene.call("check")

    assert code == 1
    assert "KeyBasedAuthenticationNotPermitted" in stdout
    assert "2 fails" in stderr
    assert stderr.splitlines()[-1] == "acr-transfer check"


def test_check_looks_at_the_images_in_both_registries(scene: Scene) -> None:
    digest = scene.registries.push(SOURCE_HOST, "shop/web", "1", "sha256:" + "a" * 64)
    scene.registries.refer(SOURCE_HOST, "shop/web", digest, "sha256:" + "b" * 64)
    scene.registries.push(TARGET_HOST, "shop/web", "1", "sha256:" + "c" * 64)

    code, stdout, _ = scene.call("check", "--json")

    found = [item for item in json.loads(stdout)["findings"] if "shop/web:1" in item["what"]]
    assert code == 1
    assert [(item["level"], item["side"]) for item in found] == [
        ("fails", "target"),
        ("warns", "source"),
    ]


@pytest.mark.usefixtures("retry_clock")
def test_images_that_cannot_be_looked_at_are_unread(scene: Scene) -> None:
    scene.registries.unreachable = {SOURCE_HOST}

    code, stdout, _ = scene.call("check", "--json")

    unread = [item for item in json.loads(stdout)["findings"] if item["level"] == "unread"]
    assert code == 1
    assert [item["what"] for item in unread] == ["the images cannot be looked at"]
    assert SOURCE_HOST in unread[0]["why"]


def test_a_run_with_an_image_that_cannot_be_exported_ends_before_anything_moves(
    scene: Scene,
) -> None:
    scene.registries.put(SOURCE_HOST, "shop/web", "1", {"schemaVersion": 1})

    code, _, stderr = scene.call("run")

    lines = stderr.splitlines()
    assert code == 1
    assert lines[0] == "Nothing was exported, as a transfer of the list would fail:"
    assert lines[1].startswith("images of schema 1: shop/web:1.")
    assert lines[-1] == "acr-transfer run"


class LockedStack(ReadyStack):
    """A source that takes its runs from a lock in the directory of the project."""

    def config(self) -> dict[str, str]:
        config = {**super().config(), "acr-transfer:images_lock": "images.lock"}
        del config["acr-transfer:images"]
        return config


def test_a_run_whose_tags_moved_since_the_lock_exports_nothing_and_names_them(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Pulumi.yaml").write_text("name: acr-transfer")
    source = source_contract(run_part(1, "shop/web:1"))
    scene.stacks["source"] = LockedStack("source", source)
    steady = scene.registries.push(SOURCE_HOST, "shop/api", "2", "sha256:" + "b" * 64)
    now = scene.registries.push(SOURCE_HOST, "shop/web", "1", "sha256:" + "a" * 64)
    locked = f"sha256:{'0' * 64}"
    lines = [
        LockedArtifact(parse_artifact(name), digest, 1, "", (), name, "0" * 16)
        for name, digest in (("shop/web:1", locked), ("shop/api:2", steady))
    ]
    (tmp_path / "images.lock").write_text(ImagesLock("contososource", tuple(lines)).text())

    code, _, stderr = scene.call("run")

    assert code == 1, stderr
    assert stderr.splitlines() == [
        "Nothing was exported, as tags have moved since the lock was written:",
        f"shop/web:1: the lock says {locked}, the source registry has {now}.",
        "Lock what they hold now, look at what has changed in the lock, and go on:",
        "acr-transfer lock && acr-transfer run",
    ]


@pytest.mark.usefixtures("retry_clock")
def test_a_run_whose_images_cannot_be_looked_at_says_so_and_goes_on(scene: Scene) -> None:
    scene.registries.unreachable = {SOURCE_HOST}

    code, stdout, stderr = scene.call("run")

    assert "the images could not be looked at" in stdout
    assert (code, "source is up" in stderr) == (1, True)


def test_a_run_that_exports_nothing_looks_at_no_image(scene: Scene) -> None:
    batch = cut_into_batches([parse_artifact("shop/web:1")])[0].name
    inputs = {"pipelineRunName": "export1", "forceUpdateTag": f"{batch}-0"}
    run = MadeResource("azure-native:containerregistry:PipelineRun", "run", inputs, {})
    source = source_contract(run_part(1, "shop/web:1"))
    scene.stacks["source"] = ReadyStack("source", source, [run])

    scene.call("run")

    assert scene.registries.requests == []


def test_check_of_one_side_leaves_the_other_alone(scene: Scene) -> None:
    scene.stacks["source"] = ReadyStack("source", None)

    code, stdout, _ = scene.call("check", "--only", "target", "--json")

    assert code == 0
    assert {finding["side"] for finding in json.loads(stdout)["findings"]} == {"target"}


def test_check_of_the_source_alone_names_an_image_that_it_does_not_hold(scene: Scene) -> None:
    scene.stacks["target"] = ReadyStack("target", None)

    code, stdout, _ = scene.call("check", "--only", "source", "--json")

    findings = json.loads(stdout)["findings"]
    assert code == 1
    assert [finding["what"] for finding in findings if finding["level"] == "fails"] == [
        "images that the source registry does not hold: shop/web:1"
    ]


def test_check_for_machines_prints_json_and_nothing_else(scene: Scene) -> None:
    scene.reader.registries = Missing("registry 'contoso'")

    code, stdout, _ = scene.call("check", "--json")

    report = json.loads(stdout)
    assert code == 1
    assert report["fails"] is True
    assert report["findings"][0]["level"] == "fails"
    assert set(report["findings"][0]) == {"level", "side", "what", "why", "fix"}


def test_verify_by_a_hand_over_file_ends_like_one_by_the_source(
    scene: Scene, tmp_path: Path
) -> None:
    file = str(tmp_path / "handover.json")
    scene.registries.push(SOURCE_HOST, "shop/web", "1", "sha256:" + "a" * 64)

    written = scene.call("hand-over", file)
    code, stdout, stderr = scene.call("verify", "--source-file", file)

    assert (written[0], written[2]) == (0, "")
    assert f"{file}: contract and 1 digests" in written[1]
    assert (code, "1 artifacts: 1 missing" in stdout) == (1, True)
    assert stderr.splitlines()[-1] == f"acr-transfer verify --source-file {file} --wait 20"


def test_copy_of_shared_blobs_says_so_and_ends_with_0(scene: Scene) -> None:
    code, stdout, _ = scene.call("copy")

    assert code == 0
    assert "nothing to copy: the target imports from the source's container" in stdout


def test_copy_for_machines_prints_json_and_nothing_else(scene: Scene) -> None:
    code, stdout, _ = scene.call("copy", "--json")

    assert code == 0
    assert json.loads(stdout)["copied"] == []


@pytest.fixture
def locked(scene: Scene) -> Scene:
    """A lock's runs, of which the target has the first one's image, and no blob any more."""
    digest = scene.registries.push_both("shop/web", "1", "sha256:" + "a" * 64)
    parts = [run_part(1, "shop/web:1"), run_part(2, "shop/api:2")]
    runs = [
        part.model_copy(update={"digests": dict.fromkeys(part.artifacts, digest)}) for part in parts
    ]
    scene.stacks["source"] = ReadyStack("source", source_contract(*runs))
    scene.stacks["target"] = ReadyStack("target", target_contract())
    return scene


def test_copy_names_the_blob_that_is_needed_and_gone_and_what_exports_it_alone(
    locked: Scene,
) -> None:
    code, stdout, stderr = locked.call("copy")

    assert code == 1
    assert "acr-transfer-2 is gone from the source's container" in stdout
    assert "it carried shop/api:2" in stdout
    assert "blobs copied: 0 (0.0 MB), skipped: 0, gone: 1" in stdout
    assert "deleted since their export: acr-transfer-2." in stderr
    assert stderr.splitlines()[-1] == "acr-transfer lock --renew 2 && acr-transfer run"


def test_copy_of_a_finished_transfer_asks_the_target_alone_and_looks_at_no_blob(
    locked: Scene,
) -> None:
    locked.registries.push_both("shop/api", "2", "sha256:" + "a" * 64)

    code, stdout, _ = locked.call("copy")

    assert code == 0
    assert "nothing to copy: the target holds all that the lock names" in stdout
    assert {request.split()[1].partition("/")[0] for request in locked.registries.requests} == {
        TARGET_HOST
    }


def test_a_folder_takes_what_there_is_of_a_lock_and_ends_with_0(
    locked: Scene, tmp_path: Path
) -> None:
    locked.registries.push(SOURCE_HOST, "shop/api", "2", "sha256:" + "a" * 64)

    code, stdout, _ = locked.call("copy", "--to-folder", str(tmp_path))

    assert code == 0
    assert "blobs copied: 0 (0.0 MB), skipped: 0, gone: 2" in stdout


def test_a_stack_that_is_not_up_names_what_to_run(scene: Scene) -> None:
    code, _, stderr = scene.call("verify", "--target", "organization/acr-transfer/other")

    assert code == 1
    assert "stack 'organization/acr-transfer/other': it has no output 'contract'" in stderr
    assert stderr.splitlines()[-1] == (
        "pulumi up -s organization/acr-transfer/other && "
        "acr-transfer verify --target organization/acr-transfer/other"
    )


def test_a_stack_that_does_not_exist_is_made_before_it_is_brought_up(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ReadyStack, "exists", lambda _stack: False)

    code, _, stderr = scene.call("copy", "--to-folder", "disk", "--source", "new")

    assert code == 1
    assert stderr.splitlines()[-1] == (
        "pulumi stack init -s new && pulumi up -s new && "
        "acr-transfer copy --to-folder disk --source new"
    )


@pytest.mark.parametrize(
    ("error", "code", "last_line"),
    [
        (CommandFailedError("Azure refuses.", "az login"), 1, "acr-transfer verify"),
        (StoppedError("Stopped."), 130, "acr-transfer verify"),
        (WrongUseError("folder 'x' is not usable."), 2, "folder 'x' is not usable."),
        (SettingsError([Problem("a", 1, "rule", "Fix.")]), 2, "  - a 1 is not valid: rule. Fix."),
        (ContractError("source", "it has another version", "Fix."), 1, "acr-transfer verify"),
        (KeyboardInterrupt(), 130, "acr-transfer verify"),
        (FileNotFoundError(2, "No such file", "disk/blob"), 1, "acr-transfer verify"),
        (ValueError("odd ?sig=TOP-SECRET"), 1, "ValueError: odd ?sig=REDACTED"),
    ],
    ids=[
        *("failed", "stopped", "wrong-use", "settings", "contract", "interrupt", "file"),
        "unexpected",
    ],
)
def test_errors_are_sentences_with_the_right_exit_code(
    scene: Scene, error: BaseException, code: int, last_line: str
) -> None:
    scene.fail_with(error)

    got, _, stderr = scene.call("verify")

    assert got == code
    assert last_line in stderr.splitlines()[-1]
    assert "Traceback" not in stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--only", "target"),
        ("run", "--timeout", "5"),
        ("copy", "--from-folder", "my disk"),
        ("hand-over", "my file.json"),
        ("verify", "--json", "--wait", "5"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_hint_names_the_stacks_the_directory_and_the_command_as_they_were_typed(
    scene: Scene, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    project = tmp_path / "my project"
    project.mkdir()
    typed = [*arguments, "--source", "org/p/a", "--dir", str(project)]
    steps = (Rerun("source"), Pulumi("source", ("up",)))
    scene.fail_with(CommandFailedError("It is gone.", Hint("Export it again:", steps)))

    code, _, stderr = scene.call(*typed)

    place = f"-s org/p/a -C '{project}'"
    assert (code, stderr.splitlines()) == (
        1,
        [
            "It is gone.",
            "Export it again:",
            f"pulumi config set acr-transfer:rerun 1 {place} && pulumi up {place} && "
            + shlex.join(["acr-transfer", *typed]),
        ],
    )
    assert [fault_of(command) for command in stderr.splitlines()[-1].split(" && ")] == [None] * 3


Change = Callable[[Scene, Path], None]
LAYER = "sha256:" + "a" * 64


def leave_as_it_is(_scene: Scene, _folder: Path) -> None:
    """Change nothing."""


def push_to_source(scene: Scene, _folder: Path) -> None:
    """Push the image to the source."""
    scene.registries.push(SOURCE_HOST, "shop/web", "1", LAYER)


def import_image(scene: Scene, _folder: Path) -> None:
    """Put the image where a finished import leaves it."""
    scene.registries.push_both("shop/web", "1", LAYER)


def bring_target_down(scene: Scene, _folder: Path) -> None:
    """Leave the target without outputs, and all else done."""
    import_image(scene, Path())
    scene.stacks["target"] = ReadyStack("target", None)


def bring_target_up(scene: Scene, _folder: Path) -> None:
    """Bring the target up."""
    scene.stacks["target"] = ReadyStack("target", target_contract("shared"))


def lose_a_file(scene: Scene, folder: Path) -> None:
    """Leave a folder in which a file of the manifest is missing."""
    scene.stacks["target"] = ReadyStack("target", target_contract())
    blob = FolderBlob(name="acr-transfer-1", length=0, md5=md5(b""), run="r", artifacts=())
    FolderManifest(blobs=(blob,)).write(folder)


def bring_the_file(scene: Scene, folder: Path) -> None:
    """Bring the file, which the target's container has already."""
    (folder / "acr-transfer-1").touch()
    scene.storage.put("target", "acr-transfer-1", b"")


def forbid_keys(scene: Scene, folder: Path) -> None:
    """Forbid the keys that a SAS is signed by."""
    push_to_source(scene, folder)
    scene.reader.storages = StorageFacts("contoso", allows_shared_keys=False)


def allow_keys(scene: Scene, _folder: Path) -> None:
    """Allow them again."""
    scene.reader.storages = StorageFacts("contoso")


def write_hand_over(scene: Scene, folder: Path) -> None:
    """Write a hand-over file of an image that is not imported."""
    push_to_source(scene, folder)
    assert scene.call("hand-over", str(folder / "handover.json"))[0] == 0


@pytest.mark.parametrize(
    ("arguments", "spoil", "mend"),
    [
        (("check",), forbid_keys, allow_keys),
        (("hand-over", "{}/handover.json"), leave_as_it_is, push_to_source),
        (("verify",), bring_target_down, bring_target_up),
        (("verify", "--source-file", "{}/handover.json"), write_hand_over, import_image),
        (("copy", "--from-folder", "{}"), lose_a_file, bring_the_file),
    ],
    ids=["check", "gone-at-source", "not-up", "missing-at-target", "damaged-folder"],
)
def test_the_last_line_of_a_failure_ends_well_once_its_cause_is_mended(
    scene: Scene, tmp_path: Path, arguments: tuple[str, ...], spoil: Change, mend: Change
) -> None:
    spoil(scene, tmp_path)
    code, _, stderr = scene.call(*(word.format(tmp_path) for word in arguments))
    assert code == 1, stderr

    mend(scene, tmp_path)

    assert scene.type(stderr.splitlines()[-1]) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("copy", "--to-folder", "a", "--from-folder", "b"),
        ("copy", "--unknown"),
        ("run", "--timeout", "-1"),
        ("hand-over",),
        ("verify", "--source", "source", "--source-file", "handover.json"),
        ("verify", "--source-file", "nowhere/handover.json"),
        ("verify", "--wait", "-1"),
        ("verify", "--dir", "/nonexistent"),
        ("check", "--timeout", "1"),
        ("move",),
    ],
)
def test_wrong_use_ends_with_2(scene: Scene, arguments: tuple[str, ...]) -> None:
    code, _, stderr = scene.call(*arguments)

    assert code == 2
    assert "Traceback" not in stderr


def test_a_directory_without_project_is_wrong_use(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["verify", "--dir", str(tmp_path)])

    assert result.exit_code == 2
    assert "holds a Pulumi.yaml" in result.stderr


def test_help_names_every_command_and_the_exit_codes(scene: Scene) -> None:
    code, stdout, _ = scene.call("--help")

    assert code == 0
    for text in ("check", "run", "copy", "hand-over", "verify", "demo", "Exit code 0: done."):
        assert text in stdout


@pytest.mark.parametrize("arguments", [(), ("check",), ("copy",), ("demo",)])
def test_help_shows_no_type_behind_a_flag(scene: Scene, arguments: tuple[str, ...]) -> None:
    code, stdout, _ = scene.call(*arguments, "--help")

    assert code == 0
    assert "--help" in stdout
    assert "<bool>" not in stdout


def test_the_version_is_that_of_the_project(scene: Scene) -> None:
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())

    assert scene.call("--version") == (0, f"acr-transfer {project['project']['version']}\n", "")


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("acr-transfer ver", ["verify"]),
        ("acr-transfer verify --source ", ["prod.eu", "source", "target"]),
        ("acr-transfer check --target t", ["target"]),
    ],
)
def test_a_shell_completes_commands_and_the_stacks_that_have_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, completed: list[str]
) -> None:
    for name in ("source", "target", "prod.eu"):
        (tmp_path / f"Pulumi.{name}.yaml").touch()
    monkeypatch.chdir(tmp_path)
    environment = {
        "_ACR_TRANSFER_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }

    result = CliRunner().invoke(app, env=environment, prog_name="acr-transfer")

    assert result.stdout.split() == completed


def test_the_engine_can_be_interrupted_though_a_shell_has_begun_the_command_in_the_background(
    tmp_path: Path,
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("{name: acr-transfer, runtime: python}\n")
    engine = tmp_path / "pulumi"
    engine.write_text(
        f"#!{sys.executable} -IS\n"
        "import signal, sys\n"
        "sys.exit(f'ignored: {signal.getsignal(signal.SIGINT) is signal.SIG_IGN}')\n"
    )
    engine.chmod(0o755)
    words = [sys.executable, "-m", "transfer", "verify", "--dir", str(tmp_path)]
    # As a shell does with what `&` puts into the background.
    ignoring = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh", *words]
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}

    done = subprocess.run(
        ignoring, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert (done.returncode, "ignored: False" in done.stderr) == (1, True)


def test_help_does_not_import_pulumi() -> None:
    program = "import sys, transfer.cli; sys.exit('pulumi' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_diff_for_machines_prints_the_record_and_tells_by_exit_code_that_something_would_move(
    scene: Scene, tmp_path: Path
) -> None:
    settings = (
        "{acr-transfer:side: source, acr-transfer:registry: rg/contososource, "
        "acr-transfer:images_lock: images.lock}"
    )
    (tmp_path / "Pulumi.yaml").write_text("name: acr-transfer\n")
    (tmp_path / "Pulumi.source.yaml").write_text(f"config: {settings}")
    (tmp_path / "images.lock").write_text(lock([found("shop/web:1")]).text())

    code, stdout, _ = scene.call("diff", "--json", "--exit-code", "--dir", str(tmp_path))

    report = json.loads(stdout)
    assert code == 3
    assert report["would_move"] is True
    assert [item["artifact"] for item in report["exported_again"]] == ["shop/web:1"]
