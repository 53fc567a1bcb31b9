"""Blobs are copied when they have to be, as the import needs them, and checked afterwards."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from azure.core.pipeline.transport import HttpTransport
from transfer_support import (
    NOON,
    FakeClock,
    FakeCloud,
    FakeStorage,
    container_part,
    plain_console,
    run_part,
    source_contract,
    storage_transport,
    target_contract,
)

import transfer.copy.carrier as copy_module
from components.model.contract import RunPart
from components.model.names import Side
from transfer.console import Console
from transfer.copy.azcopy import Job
from transfer.copy.azcopy_output import JobSummary
from transfer.copy.carrier import Carrier
from transfer.copy.folder import MANIFEST, read_manifest
from transfer.errors import CommandFailedError, WrongUseError
from transfer.hints import Hint, Pulumi, Rerun

ONE, TWO = run_part(1), run_part(2)
CONTENTS = {ONE.blob: b"first blob", TWO.blob: b"second blob"}


class Scene:
    """Two containers, and an azcopy that puts the blobs where it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.storage = FakeStorage()
        self.cloud = FakeCloud()
        self.console, self.shown = plain_console()
        self.jobs: list[Job] = []
        self.pauses: list[float] = []
        self.sides: list[Side] = []
        self.carrier = self.carrier_by(self.storage.handle)
        self.put: Callable[[str], None] = lambda name: self.storage.put(
            "target", name, CONTENTS[name]
        )
        monkeypatch.setattr(copy_module, "carry", self._carry)
        # So Microsoft's client waits before it tries again.
        monkeypatch.setattr(HttpTransport, "sleep", lambda _, seconds: self.pauses.append(seconds))

    def carrier_by(self, handle: Callable[[httpx.Request], httpx.Response]) -> Carrier:
        """Give a carrier; the sides whose cloud it asks are noted."""

        def cloud(side: Side) -> FakeCloud:
            self.sides.append(side)
            return self.cloud

        return Carrier(cloud, lambda: storage_transport(handle), self.console, FakeClock())

    def export(self, *names: str) -> None:
        """Put blobs into the source's container."""
        for name in names:
            self.storage.put("source", name, CONTENTS[name])

    def _carry(self, job: Job, _console: Console) -> JobSummary:
        self.jobs.append(job)
        for name in job.names:
            if "BlobLocal" in job.flags[0]:
                (Path(job.target) / name).write_bytes(CONTENTS[name])
            else:
                self.put(name)
        count = len(job.names)
        return JobSummary("Completed", count, count, 0, 0, 21)


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Two containers and a fake azcopy."""
    return Scene(monkeypatch)


def test_only_the_blobs_of_the_runs_are_copied(scene: Scene) -> None:
    scene.export(ONE.blob, TWO.blob)

    report = scene.carrier.between_clouds(source_contract(ONE, TWO), target_contract(), [ONE])

    assert report.copied == (ONE.blob,)
    assert [job.names for job in scene.jobs] == [(ONE.blob,)]


def test_the_copy_has_its_own_sas_with_the_fewest_letters(scene: Scene) -> None:
    scene.export(ONE.blob)

    scene.carrier.between_clouds(source_contract(ONE), target_contract(), [ONE])

    assert scene.cloud.minted == [
        (container_part("source").uri, "rl"),
        (container_part("target").uri, "rcwl"),
    ]
    assert scene.sides == ["source", "target"]


def test_a_blob_that_arrived_already_is_skipped_and_said_so(scene: Scene) -> None:
    scene.export(ONE.blob, TWO.blob)
    scene.storage.put("target", ONE.blob, CONTENTS[ONE.blob])

    report = scene.carrier.between_clouds(source_contract(ONE, TWO), target_contract(), [ONE, TWO])

    assert (report.copied, report.skipped) == ((TWO.blob,), (ONE.blob,))
    assert f"{ONE.blob} is on the target already" in scene.shown.getvalue()


def test_a_blob_that_is_gone_after_the_copy_is_a_failure(scene: Scene) -> None:
    scene.export(ONE.blob)
    scene.put = lambda _: None

    with pytest.raises(CommandFailedError, match="is not there"):
        scene.carrier.between_clouds(source_contract(ONE), target_contract(), [ONE])


def test_a_blob_may_be_gone_after_the_copy_where_imports_delete_it(scene: Scene) -> None:
    scene.export(ONE.blob)
    scene.put = lambda _: None
    target = target_contract(deletes_blobs=True)

    report = scene.carrier.between_clouds(source_contract(ONE), target, [ONE])

    assert report.copied == (ONE.blob,)


def test_a_blob_asked_for_again_is_copied_again(scene: Scene) -> None:
    scene.export(ONE.blob)
    scene.storage.put("target", ONE.blob, CONTENTS[ONE.blob])

    report = scene.carrier.between_clouds(
        source_contract(ONE), target_contract(), [ONE], again=[ONE.blob]
    )

    assert report.copied == (ONE.blob,)


@pytest.mark.parametrize(
    "changed",
    [
        {"x_ms_meta_Category": ""},
        {"content_md5": ""},
        {"content_length": "4"},
        {"last_modified": "Sat, 28 Feb 2026 11:00:00 GMT"},
    ],
    ids=["no-category", "no-md5", "other-length", "61-days-old"],
)
def test_a_blob_that_the_trigger_would_not_take_is_copied_again(
    scene: Scene, changed: dict[str, str]
) -> None:
    scene.export(ONE.blob)
    scene.storage.put("target", ONE.blob, CONTENTS[ONE.blob], **changed)

    report = scene.carrier.between_clouds(source_contract(ONE), target_contract(), [ONE])

    assert report.copied == (ONE.blob,)


def test_shared_blobs_are_not_copied(scene: Scene) -> None:
    report = scene.carrier.between_clouds(source_contract(ONE), target_contract("shared"), [ONE])

    assert "nothing to copy" in report.note
    assert scene.cloud.minted == []


def test_a_missing_blob_names_its_run_and_what_to_do(scene: Scene) -> None:
    scene.export(ONE.blob)

    with pytest.raises(CommandFailedError) as caught:
        scene.carrier.between_clouds(source_contract(ONE, TWO), target_contract(), [ONE, TWO])

    assert "'acr-transfer-2' of run 'export2' (shop/app2:1)" in caught.value.message
    assert caught.value.hint.steps == (Rerun("source"), Pulumi("source", ("up",)))
    assert scene.jobs == [], "nothing is copied before all blobs are known to be there"


def locked(run: RunPart) -> RunPart:
    """Give a run as a lock tells of it."""
    return run.model_copy(update={"digests": dict.fromkeys(run.artifacts, "sha256:1")})


OLD, NEW = locked(ONE), locked(TWO)
BATCHES = source_contract(OLD, NEW)


def test_a_batch_whose_blob_is_gone_is_named_and_others_are_copied(scene: Scene) -> None:
    scene.export(NEW.blob)

    report = scene.carrier.between_clouds(BATCHES, target_contract(), [OLD, NEW])

    assert (report.copied, report.skipped, report.gone) == ((NEW.blob,), (), (OLD.blob,))
    assert f"{OLD.blob} is gone from the source's container" in scene.shown.getvalue()


@pytest.mark.parametrize(("again", "gone"), [((), ()), ((OLD.blob,), (OLD.blob,))])
def test_a_blob_that_waits_at_the_target_is_gone_only_where_it_is_to_be_written_again(
    scene: Scene, again: tuple[str, ...], gone: tuple[str, ...]
) -> None:
    scene.storage.put("target", OLD.blob, CONTENTS[OLD.blob])

    report = scene.carrier.between_clouds(BATCHES, target_contract(), [OLD], again)

    assert (report.copied, report.gone) == ((), gone)
    assert scene.jobs == []


def test_where_nothing_is_needed_no_storage_is_asked(scene: Scene) -> None:
    report = scene.carrier.between_clouds(BATCHES, target_contract(), [])

    assert "nothing to copy" in report.note
    assert (scene.cloud.minted, scene.jobs) == ([], [])


@pytest.mark.parametrize(
    ("changed", "fault"),
    [({"content_md5": ""}, "no Content-MD5"), ({"x_ms_meta_Category": ""}, "no metadata category")],
)
def test_an_export_that_no_import_would_take_is_refused(
    scene: Scene, changed: dict[str, str], fault: str
) -> None:
    scene.storage.put("source", ONE.blob, CONTENTS[ONE.blob], **changed)

    with pytest.raises(CommandFailedError, match=fault):
        scene.carrier.between_clouds(source_contract(ONE), target_contract(), [ONE])


def test_a_copy_that_lost_the_metadata_is_found(scene: Scene) -> None:
    scene.export(ONE.blob)
    scene.put = lambda name: scene.storage.put(
        "target", name, CONTENTS[name], x_ms_meta_Category=""
    )

    with pytest.raises(CommandFailedError, match="after the copy") as caught:
        scene.carrier.between_clouds(source_contract(ONE), target_contract(), [ONE])

    assert "has no metadata category=acr-transfer-blob" in caught.value.message


def test_a_copy_with_other_content_is_found(scene: Scene) -> None:
    scene.export(ONE.blob)
    scene.put = lambda name: scene.storage.put("target", name, b"FIRST BLOB")

    with pytest.raises(CommandFailedError, match="MD5"):
        scene.carrier.between_clouds(source_contract(ONE), target_contract(), [ONE])


def test_a_storage_refusal_is_explained_without_the_sas(scene: Scene) -> None:
    scene.storage.refusal = httpx.Response(
        403, headers={"x-ms-error-code": "KeyBasedAuthenticationNotPermitted"}
    )

    with pytest.raises(CommandFailedError) as caught:
        scene.carrier.between_clouds(source_contract(ONE), target_contract(), [ONE])

    assert "allowSharedKeyAccess" in caught.value.message
    assert "TOP-SECRET" not in str(caught.value)


def test_a_storage_that_stays_busy_is_named_after_some_attempts(scene: Scene) -> None:
    scene.storage.refusal = httpx.Response(503, headers={"x-ms-error-code": "ServerBusy"})

    with pytest.raises(CommandFailedError, match="ServerBusy 503"):
        scene.carrier.between_clouds(source_contract(ONE), target_contract(), [ONE])

    assert len(scene.pauses) == 3


def test_an_unreachable_storage_is_named_without_the_sas(scene: Scene) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"cannot connect to {request.url}")

    with pytest.raises(
        CommandFailedError, match=r"the source's container https://.* cannot be reached"
    ) as caught:
        scene.carrier_by(refuse).between_clouds(source_contract(ONE), target_contract(), [ONE])

    assert "TOP-SECRET" not in str(caught.value)
    assert caught.value.__cause__ is None, "the client's error holds the request and so the SAS"


@pytest.mark.parametrize("fault", ["dropped", "503"])
def test_one_fault_of_each_look_at_a_blob_ends_nothing(scene: Scene, fault: str) -> None:
    scene.export(ONE.blob, TWO.blob)
    seen: set[str] = set()

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path not in seen:
            seen.add(request.url.path)
            if fault == "dropped":
                raise httpx.ConnectError("connection reset by peer")
            return httpx.Response(503, headers={"x-ms-error-code": "ServerBusy"})
        return scene.storage.handle(request)

    report = scene.carrier_by(handle).between_clouds(
        source_contract(ONE, TWO), target_contract(), [ONE, TWO]
    )

    assert report.copied == (ONE.blob, TWO.blob)
    assert len(scene.pauses) == len(seen) == 2


def test_a_role_that_is_lacking_on_the_container_is_named(scene: Scene) -> None:
    code = {"x-ms-error-code": "AuthorizationPermissionMismatch"}
    scene.storage.refusal = httpx.Response(403, headers=code)
    source = source_contract(ONE)
    container = source.container.model_copy(update={"allows_shared_keys": False})

    with pytest.raises(CommandFailedError, match="Storage Blob Data Reader on the container"):
        scene.carrier.to_folder(source.model_copy(update={"container": container}), [ONE], Path())


def test_blobs_that_landed_are_told_with_their_time(scene: Scene) -> None:
    scene.storage.put("target", ONE.blob, CONTENTS[ONE.blob])

    written_at = scene.carrier.written_at(target_contract(), [ONE.blob, TWO.blob])

    assert written_at == {ONE.blob: NOON - timedelta(hours=1), TWO.blob: None}


def test_a_folder_carries_blobs_with_their_md5_to_the_target(scene: Scene, tmp_path: Path) -> None:
    scene.export(ONE.blob, TWO.blob)

    scene.carrier.to_folder(source_contract(ONE, TWO), [ONE, TWO], tmp_path / "disk")
    report = scene.carrier.from_folder(target_contract(), tmp_path / "disk")

    assert report.copied == (ONE.blob, TWO.blob)
    assert "--check-md5=FailIfDifferentOrMissing" in scene.jobs[0].flags
    assert "--put-md5" in scene.jobs[1].flags
    assert "--metadata=category=acr-transfer-blob" in scene.jobs[1].flags


def test_a_second_download_skips_what_the_folder_holds(scene: Scene, tmp_path: Path) -> None:
    scene.export(ONE.blob)
    scene.carrier.to_folder(source_contract(ONE), [ONE], tmp_path)

    report = scene.carrier.to_folder(source_contract(ONE), [ONE], tmp_path)

    assert report.skipped == (ONE.blob,)
    assert len(scene.jobs) == 1


def test_a_folder_may_hold_a_part_of_the_batches(scene: Scene, tmp_path: Path) -> None:
    scene.export(NEW.blob)

    filled = scene.carrier.to_folder(BATCHES, [OLD, NEW], tmp_path)
    emptied = scene.carrier.from_folder(target_contract(), tmp_path)

    assert (filled.copied, filled.gone) == ((NEW.blob,), (OLD.blob,))
    assert emptied.copied == (NEW.blob,)


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_folder_keeps_what_it_holds_of_a_batch_whose_blob_is_gone(
    scene: Scene, tmp_path: Path, *, is_whole: bool
) -> None:
    scene.export(OLD.blob, NEW.blob)
    scene.carrier.to_folder(BATCHES, [OLD], tmp_path)
    scene.storage.remove("source", OLD.blob)
    if not is_whole:
        (tmp_path / OLD.blob).write_bytes(b"FIRST BLOB")

    report = scene.carrier.to_folder(BATCHES, [OLD, NEW], tmp_path)

    kept = (OLD.blob,) if is_whole else ()
    assert (report.copied, report.skipped) == ((NEW.blob,), kept)
    assert {blob.name for blob in read_manifest(tmp_path).blobs} == {NEW.blob, *kept}


def test_a_list_whose_blob_is_gone_fills_no_folder(scene: Scene, tmp_path: Path) -> None:
    with pytest.raises(CommandFailedError, match="has been deleted since"):
        scene.carrier.to_folder(source_contract(ONE), [ONE], tmp_path)

    assert not (tmp_path / MANIFEST).exists()


def test_a_damaged_file_stops_the_upload(scene: Scene, tmp_path: Path) -> None:
    scene.export(ONE.blob)
    scene.carrier.to_folder(source_contract(ONE), [ONE], tmp_path)
    (tmp_path / ONE.blob).write_bytes(b"FIRST BLOB")

    with pytest.raises(
        CommandFailedError, match=r"damaged: acr-transfer-1 .* Nothing was uploaded"
    ):
        scene.carrier.from_folder(target_contract(), tmp_path)

    assert len(scene.jobs) == 1


def test_a_download_that_the_disk_has_lost_is_downloaded_again(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.export(ONE.blob)
    monkeypatch.setitem(CONTENTS, ONE.blob, b"FIRST BLOB")

    with pytest.raises(CommandFailedError, match=r"damaged: acr-transfer-1 .* after the") as caught:
        scene.carrier.to_folder(source_contract(ONE), [ONE], tmp_path)

    assert caught.value.hint == Hint("What is whole is kept. Download the others once more:")
    assert not (tmp_path / MANIFEST).exists()


def test_a_disk_without_room_is_told_before_the_download(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.export(ONE.blob)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=9))

    with pytest.raises(CommandFailedError, match=r"has room for 0\.0 MB") as caught:
        scene.carrier.to_folder(source_contract(ONE), [ONE], tmp_path)

    assert "Make room" in caught.value.hint.words
    assert scene.jobs == []


def test_a_folder_without_manifest_is_no_finished_copy(scene: Scene, tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="--to-folder"):
        scene.carrier.from_folder(target_contract(), tmp_path)


@pytest.mark.parametrize(
    "name", ["../outside", "/etc/passwd", "a/../../b", ""], ids=["up", "root", "winding", "empty"]
)
def test_a_manifest_cannot_name_files_outside_of_its_folder(
    scene: Scene, tmp_path: Path, name: str
) -> None:
    blob = f'{{"name": "{name}", "length": 1, "md5": "", "run": "r", "artifacts": []}}'
    (tmp_path / MANIFEST).write_text(f'{{"version": 1, "blobs": [{blob}]}}')

    with pytest.raises(WrongUseError, match="not valid at: blobs"):
        scene.carrier.from_folder(target_contract(), tmp_path)
