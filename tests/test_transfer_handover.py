"""A hand-over file is made at the source, and is all that a far side needs to verify."""

from pathlib import Path

import httpx
import pytest
from ready_stack import ReadyStack
from transfer_support import (
    SOURCE_HOST,
    TARGET_HOST,
    FakeClock,
    FakeCloud,
    FakeRegistries,
    FakeStorage,
    plain_console,
    run_part,
    source_contract,
    storage_transport,
    target_contract,
)

import transfer.copy.carrier
from components.model.contract import RunPart
from components.model.handover import read_hand_over
from components.model.names import Side
from transfer.check.read.reader import Reader
from transfer.console import Console
from transfer.copy.azcopy import Job
from transfer.copy.azcopy_output import JobSummary
from transfer.copy.folder import MANIFEST
from transfer.errors import CommandFailedError, WrongUseError
from transfer.handover import HAND_OVER
from transfer.hints import Pulumi
from transfer.pair import Pair
from transfer.session import Network, Session
from transfer.stacks import Stack
from transfer.verdicts import Verdict

LAYER = "sha256:" + "a" * 64
RUNS = (run_part(1, "shop/web:1"), run_part(2, "shop/api:2"))


class Scene:
    """A source that is up, and a target; all in one cloud, of which a part can be shut off."""

    def __init__(self) -> None:
        self.registries = FakeRegistries()
        self.storage = FakeStorage()
        self.clock = FakeClock()
        self.console, self.shown = plain_console(self.clock)
        self.unreachable: set[str] = set()
        self.seen: list[str] = []
        self.runs: tuple[RunPart, ...] = RUNS
        for repository, tag in (("shop/web", "1"), ("shop/api", "2")):
            self.registries.push(SOURCE_HOST, repository, tag, LAYER)
        for run in RUNS:
            self.storage.put("source", run.blob, b"blob")

    def session(self) -> Session:
        """Give a session on it."""
        stacks = {
            "source": ReadyStack("source", source_contract(*self.runs)),
            "target": ReadyStack("target", target_contract()),
        }

        def open_stack(name: str) -> ReadyStack:
            assert name not in self.unreachable
            return stacks[name]

        def no_reader(side: Side, _stack: Stack) -> Reader:
            raise AssertionError(f"the {side}'s cloud is asked")

        http = httpx.Client(transport=httpx.MockTransport(self._handle))
        return Session(
            Pair(),
            open_stack,
            lambda _side, _stack: FakeCloud(),
            no_reader,
            Network(http, lambda: storage_transport(self._handle)),
            self.console,
            self.clock,
            {},
        )

    def import_image(self, repository: str, tag: str) -> None:
        """Put an image where a finished import leaves it."""
        self.registries.push(TARGET_HOST, repository, tag, LAYER)

    def lock(self) -> None:
        """Have the source's runs come from a lock."""
        # Pushed once more, each tells its digest.
        digests = {
            artifact: self.registries.push(SOURCE_HOST, *artifact.split(":"), LAYER)
            for run in RUNS
            for artifact in run.artifacts
        }
        self.runs = tuple(
            run.model_copy(update={"digests": {item: digests[item] for item in run.artifacts}})
            for run in RUNS
        )

    def _handle(self, request: httpx.Request) -> httpx.Response:
        assert request.url.host not in self.unreachable
        self.seen.append(request.url.path)
        if request.url.host in (SOURCE_HOST, TARGET_HOST):
            return self.registries.handle(request)
        return self.storage.handle(request)


@pytest.fixture
def scene() -> Scene:
    """Two images that are exported and not yet imported."""
    return Scene()


def test_the_file_holds_the_contract_and_the_digests_of_now(scene: Scene, tmp_path: Path) -> None:
    file = tmp_path / "new" / "handover.json"

    made = scene.session().hand_over(file)

    assert read_hand_over(file) == made
    assert made.contract == source_contract(*RUNS)
    assert {
        f"{SOURCE_HOST}/v2/{artifact.partition(':')[0]}/manifests/{digest}"
        for artifact, digest in made.digests.items()
    } <= set(scene.registries.content)


def test_an_image_that_left_the_source_is_named(scene: Scene, tmp_path: Path) -> None:
    scene.registries.remove(SOURCE_HOST, "shop/api", "manifests/2")

    with pytest.raises(CommandFailedError, match="no longer holds shop/api:2, so") as caught:
        scene.session().hand_over(tmp_path / "handover.json")

    assert caught.value.hint.steps == (Pulumi("source", ("up",)),)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_wrong_use(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(WrongUseError, match="it cannot be written"):
        scene.session().hand_over(tmp_path / "file" / "handover.json")


def test_a_folder_of_blobs_gets_the_file_too(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def carry(job: Job, _console: Console) -> JobSummary:
        for name in job.names:
            (Path(job.target) / name).write_bytes(b"blob")
        return JobSummary("Completed", len(job.names), len(job.names), 0, 0, 8)

    monkeypatch.setattr(transfer.copy.carrier, "carry", carry)
    scene.unreachable = {"target", TARGET_HOST}

    scene.session().copy_to_folder(tmp_path / "disk")

    assert {path.name for path in (tmp_path / "disk").iterdir()} == {
        HAND_OVER,
        MANIFEST,
        *(run.blob for run in RUNS),
    }


def test_a_far_side_verifies_without_reaching_the_source(scene: Scene, tmp_path: Path) -> None:
    file = tmp_path / "handover.json"
    scene.session().hand_over(file)
    scene.unreachable = {"source", SOURCE_HOST}
    scene.import_image("shop/web", "1")
    scene.registries.push(TARGET_HOST, "shop/api", "2", "sha256:" + "b" * 64)

    found = scene.session().verify_file(file)

    assert {check.artifact: check.verdict for check in found.checks} == {
        "shop/web:1": Verdict.ARRIVED,
        "shop/api:2": Verdict.DIFFERS,
    }
    assert scene.clock.slept == 0


def test_a_far_side_blames_no_transfer_for_what_the_source_lacks(
    scene: Scene, tmp_path: Path
) -> None:
    purged = "sha256:" + "c" * 64
    index = scene.registries.push_both("shop/api", "2", purged, index=True)
    scene.registries.refer(SOURCE_HOST, "shop/api", index, "sha256:" + "d" * 64)
    scene.import_image("shop/web", "1")
    scene.registries.refer(
        SOURCE_HOST, "shop/web", scene.registries.push(SOURCE_HOST, "shop/web", "1", LAYER), purged
    )
    file = tmp_path / "handover.json"
    scene.session().hand_over(file)
    scene.unreachable = {"source", SOURCE_HOST}

    found = scene.session().verify_file(file)

    assert [check.verdict for check in found.checks] == [Verdict.ARRIVED, Verdict.BROKEN_AT_SOURCE]
    assert found.checks[0].left_behind == (purged,)


def test_the_file_of_a_lock_is_made_without_the_source_registry(
    scene: Scene, tmp_path: Path
) -> None:
    scene.lock()
    scene.unreachable = {SOURCE_HOST}

    made = scene.session().hand_over(tmp_path / "handover.json")

    assert made.digests == {
        text: digest for run in scene.runs for text, digest in run.digests.items()
    }
    assert (len(made.digests), made.lacking, made.referrers) == (2, {}, {})


def test_a_far_side_tells_drift_from_the_lock(scene: Scene, tmp_path: Path) -> None:
    file = tmp_path / "handover.json"
    scene.lock()
    scene.session().hand_over(file)
    scene.unreachable = {"source", SOURCE_HOST}
    scene.import_image("shop/web", "1")
    scene.registries.push(TARGET_HOST, "shop/api", "2", "sha256:" + "b" * 64)

    found = scene.session().verify_file(file)

    assert [check.verdict for check in found.checks] == [Verdict.ARRIVED, Verdict.DIFFERS]
    assert all(check.locked for check in found.checks)
    assert found.exit_code == 3


def test_a_far_side_tells_foreign_layers_by_the_file_of_a_lock(
    scene: Scene, tmp_path: Path
) -> None:
    foreign = {"layers": [{"digest": "sha256:" + "f" * 64, "urls": ["https://elsewhere.example"]}]}
    digest = scene.registries.put_both("shop/web", "1", foreign)
    scene.runs = (run_part(1, digests={"shop/web:1": digest}),)
    scene.session().hand_over(tmp_path / "handover.json")

    found = scene.session().verify_file(tmp_path / "handover.json")

    assert found.verdicts() == {Verdict.NEEDS_INTERNET}


def test_a_verification_by_a_lock_does_not_reach_the_source_registry(scene: Scene) -> None:
    scene.lock()
    scene.unreachable = {SOURCE_HOST}
    for repository, tag in (("shop/web", "1"), ("shop/api", "2")):
        scene.import_image(repository, tag)

    assert scene.session().verify().is_complete


def test_a_file_that_was_changed_is_wrong_use(scene: Scene, tmp_path: Path) -> None:
    file = tmp_path / "handover.json"
    scene.session().hand_over(file)
    file.write_text(file.read_text().replace("shop/web", "shop/wep"))

    with pytest.raises(WrongUseError, match="changed after it was written"):
        scene.session().verify_file(file)


def test_verify_waits_until_all_has_arrived(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.import_image("shop/web", "1")

    def sleep(seconds: float) -> None:
        scene.clock.slept += seconds
        if scene.clock.slept > 60:
            scene.import_image("shop/api", "2")

    monkeypatch.setattr(scene.clock, "sleep", sleep)

    found = scene.session().verify(wait_seconds=600)

    assert found.is_complete
    assert [check.artifact for check in found.checks] == ["shop/web:1", "shop/api:2"]
    assert 60 < scene.clock.slept < 80
    assert scene.seen.count("/v2/shop/web/manifests/1") == 2, "what arrived is not asked for again"


def test_the_wait_ends_with_its_time_and_says_what_is_missing(scene: Scene) -> None:
    found = scene.session().verify(wait_seconds=90)

    assert found.summary() == "2 artifacts: 2 missing"
    assert scene.clock.slept == 90


def test_what_left_the_source_is_not_waited_for(scene: Scene) -> None:
    scene.import_image("shop/web", "1")
    scene.registries.remove(SOURCE_HOST, "shop/api", "manifests/2")

    found = scene.session().verify(wait_seconds=90)

    assert found.verdicts() == {Verdict.ARRIVED, Verdict.GONE_AT_SOURCE}
    assert scene.clock.slept == 0
